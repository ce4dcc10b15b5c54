// /proc/<pid>/mountinfo (proc_pid_mountinfo(5)).

export interface MountInfo {
	readonly id: number;
	/** The mount it is mounted on. */
	readonly parent: number;
	/** `major:minor` of the filesystem. */
	readonly device: string;
	/** The directory of the filesystem that is mounted. */
	readonly root: string;
	/** Where, below the root directory of the process. */
	readonly mountPoint: string;
	/** Of the mount, such as `ro` and `nosuid`. */
	readonly options: readonly string[];
	/** Propagation: `shared:1`, `master:2`, `propagate_from:3`, `unbindable`; private if empty. */
	readonly propagation: readonly string[];
	readonly type: string;
	readonly source: string;
	/** Of the filesystem. */
	readonly superOptions: readonly string[];
}

/** The kernel writes space, tab, newline, backslash and `#` as a backslash and three octal digits. */
const unescape = (text: string): string =>
	!text.includes('\\') ? text : text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Its lines with filesystems of these types. Found in the text as a whole, as each line would take an interpreter its time. */
const linesOf = (text: string, types: readonly string[]): string[] => {
	const starts: number[] = [];
	for (const type of types) {
		const mark = ` - ${type} `;
		for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
			starts.push(text.lastIndexOf('\n', at) + 1);
		}
	}

	return starts.sort((a, b) => a - b).map(start => {
		const end = text.indexOf('\n', start);
		return end < 0 ? text.slice(start) : text.slice(start, end);
	});
};

/**
 * Reads mountinfo, in its order; lines that are not of its form are left out.
 *
 * @param types Of filesystems, as mountinfo has them: the others are left out. Default: all.
 */
export const parseMountInfo = (text: string, types?: readonly string[]): MountInfo[] => {
	const mounts: MountInfo[] = [];
	for (const line of types === undefined ? text.split('\n') : linesOf(text, types)) {
		const fields = line.split(' ');
		const separator = fields.indexOf('-', 6);
		if (separator < 0 || fields.length < separator + 4) {
			continue;
		}

		mounts.push({
			id: Number(fields[0]),
			parent: Number(fields[1]),
			device: fields[2]!,
			root: unescape(fields[3]!),
			mountPoint: unescape(fields[4]!),
			options: fields[5]!.split(','),
			propagation: fields.slice(6, separator),
			type: unescape(fields[separator + 1]!),
			source: unescape(fields[separator + 2]!),
			superOptions: fields[separator + 3]!.split(',').map(unescape),
		});
	}

	return mounts;
};
