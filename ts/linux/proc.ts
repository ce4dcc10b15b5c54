// Parsers for the text files of /proc. Text in, data out: whoever has a Native reads the file.

/** /proc/<pid>/stat (proc_pid_stat(5)). */
export interface ProcessStat {
	readonly pid: number;
	/** Name of the program, up to 15 bytes of anything. */
	readonly comm: string;
	/** One letter; `Z` zombie and `X` dead are over. */
	readonly state: string;
	readonly parent: number;
	readonly session: number;
	/** Unit: clock ticks since boot. With the pid it names a process for good. */
	readonly startTime: number;
}

/** Reads /proc/<pid>/stat; undefined if the text is not one (an exited process reads as empty). */
export const parseProcessStat = (text: string): ProcessStat | undefined => {
	// comm may hold spaces, newlines and parentheses, but the last one in the file is its end.
	const open = text.indexOf('(');
	const close = text.lastIndexOf(')');
	const fields = text.slice(close + 1).trim().split(' ');
	if (open < 1 || close < open || fields.length < 20) {
		return undefined;
	}

	return {
		pid: Number(text.slice(0, open)),
		comm: text.slice(open + 1, close),
		state: fields[0]!,
		parent: Number(fields[1]),
		session: Number(fields[3]),
		startTime: Number(fields[19]),
	};
};

/** True for a process that still runs something: there, and neither zombie nor dead. */
export const isAlive = (stat: ProcessStat | undefined): boolean => stat !== undefined && !['Z', 'X', 'x'].includes(stat.state);

/** What we want of /proc/<pid>/status (proc_pid_status(5)). */
export interface ProcessStatus {
	/** Real, effective, saved and filesystem id. */
	readonly uids: readonly number[];
	readonly gids: readonly number[];
	readonly groups: readonly number[];
	/** From the outermost pid namespace that reads this to the innermost of the process. */
	readonly namespacePids: readonly number[];
	readonly capabilities: {readonly [Set in 'inheritable' | 'permitted' | 'effective' | 'bounding' | 'ambient']: bigint};
	readonly noNewPrivileges: boolean;
	/** 0 off, 1 strict, 2 filter. */
	readonly seccomp: number;
}

/** Reads /proc/<pid>/status; what the kernel does not show is 0 or empty. */
export const parseProcessStatus = (text: string): ProcessStatus => {
	const lines = `\n${text}\n`;
	const field = (name: string): string => {
		const start = lines.indexOf(`\n${name}:`);
		return start < 0 ? '' : lines.slice(start + name.length + 2, lines.indexOf('\n', start + 1)).trim();
	};

	const numbers = (name: string): number[] => field(name).split(/\s+/).filter(word => word !== '').map(Number);
	const mask = (name: string): bigint => BigInt(`0x${field(name) || '0'}`);
	return { // Read when it is asked for: most want little of it
		get uids() {
			return numbers('Uid');
		},
		get gids() {
			return numbers('Gid');
		},
		get groups() {
			return numbers('Groups');
		},
		get namespacePids() {
			return numbers('NSpid');
		},
		capabilities: {
			get inheritable() {
				return mask('CapInh');
			},
			get permitted() {
				return mask('CapPrm');
			},
			get effective() {
				return mask('CapEff');
			},
			get bounding() {
				return mask('CapBnd');
			},
			get ambient() {
				return mask('CapAmb');
			},
		},
		get noNewPrivileges() {
			return field('NoNewPrivs') === '1';
		},
		get seccomp() {
			return numbers('Seccomp')[0] ?? 0;
		},
	};
};

/** One line of /proc/<pid>/cgroup (cgroups(7)). */
export interface CgroupEntry {
	/** 0 for cgroup v2. */
	readonly hierarchy: number;
	/** Empty for cgroup v2; a named v1 hierarchy is `name=systemd`. */
	readonly controllers: readonly string[];
	/** Path below the mount of the hierarchy, as the reader's cgroup namespace shows it. */
	readonly path: string;
}

/** Reads /proc/<pid>/cgroup. */
export const parseCgroups = (text: string): CgroupEntry[] => {
	const entries: CgroupEntry[] = [];
	for (const line of text.split('\n')) {
		const match = /^(\d+):([^:]*):(.*)$/.exec(line);
		if (match) {
			entries.push({hierarchy: Number(match[1]), controllers: match[2] === '' ? [] : match[2]!.split(','), path: match[3]!});
		}
	}

	return entries;
};

/** Reads /proc/filesystems: the names of all filesystem types the kernel has loaded. */
export const parseFilesystems = (text: string): Set<string> =>
	new Set(text.split('\n').map(line => line.slice(line.indexOf('\t') + 1).trim()).filter(name => name !== ''));
