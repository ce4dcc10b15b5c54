// Reads what there is to know of the machine. It judges nothing, and leaves nothing behind.
import {detectLayout, type CgroupLayout} from '../cgroups/layout.js';
import type {FindCriu} from '../criu/find.js';
import {workingCriu, type CriuProbe} from '../criu/probe.js';
import {CtnError} from '../errors.js';
import {MOUNT_ATTR_RDONLY} from '../linux/constants.js';
import {errnoName} from '../linux/errno.js';
import {parseMountInfo, type MountInfo} from '../linux/mountinfo.js';
import {parseProcessStatus, type ProcessStatus} from '../linux/proc.js';
import {programDirectories} from '../linux/search-path.js';
import type {Fd, HostOp, HostResult, Native} from '../native/native.js';
import {lineOf, namesOf} from '../native/results.js';
import {addonPath} from './addon-path.js';

export interface CheckOptions {
	/** The CRIU to look at, or directories to look in for one. */
	readonly criu: FindCriu;
	/** State directory; it need not exist. */
	readonly root: string;
	/** As process.arch has it. */
	readonly arch: string;
}

/** A program that CRIU runs. */
export interface ProgramFact {
	readonly name: string;
	/** Undefined: it is nowhere that CRIU looks. */
	readonly path: string | undefined;
}

/** Everything the rules judge by. */
export interface MachineFacts {
	readonly arch: string;
	/** `uname -r` */
	readonly release: string;
	/** Of this process. */
	readonly status: ProcessStatus;
	/** Names below /proc/self/ns. */
	readonly namespaces: readonly string[];
	/** user.max_user_namespaces; undefined on a kernel without. */
	readonly maxUserNamespaces: number | undefined;
	readonly mounts: readonly MountInfo[];
	/** Or why there is none. */
	readonly cgroups: CgroupLayout | CtnError;
	/** Empty on a kernel without seccomp filters. */
	readonly seccompActions: readonly string[];
	/** Of a mount with other attributes, which was made and let go; undefined if that worked. */
	readonly mountErrno: string | undefined;
	readonly hasUserfaultfd: boolean;
	/** fs.pipe-max-size, in bytes. */
	readonly pipeMaxSize: number;
	/** The mount that /run is on. */
	readonly run: MountInfo | undefined;
	/** The mount that the state directory is on, or would be. */
	readonly state: MountInfo | undefined;
	readonly root: string;
	readonly programs: readonly ProgramFact[];
	/** Path of the addon that is loaded. */
	readonly addon: string | undefined;
	readonly hasInit: boolean;
	/** Or why none works. */
	readonly criu: CriuProbe | CtnError;
}

const programs = ['tar', 'ip'] as const;

const read = (path: string): HostOp => ({op: 'read', path, max: 1 << 24, okErrno: 'any'});

const stat = (path: string): HostOp => ({op: 'stat', path, nofollow: 0, okErrno: 'any'});

/** `/a/b`, `/a`, `/` */
const ancestors = (path: string): string[] => {
	const parts = path.split('/').filter(Boolean);
	return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`).concat('/');
};

/** The mount of the first of these that is there: `struct ctn_stat` has the id of its mount. */
const mountOf = (mounts: readonly MountInfo[], stats: readonly (HostResult | undefined)[]): MountInfo | undefined => {
	const bytes = stats.find(result => result instanceof Uint8Array);
	const id = bytes && Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(32, true));
	return mounts.find(mount => mount.id === id);
};

const firstThere = (paths: readonly string[], stats: readonly HostResult[]): string | undefined =>
	paths.find((_, index) => stats[index] instanceof Uint8Array);

/** What it gave, or the CtnError that it threw: a reason why not is a fact, too. */
const orError = async <Value>(promise: Promise<Value>): Promise<Value | CtnError> => {
	try {
		return await promise;
	} catch (error) {
		if (error instanceof CtnError) {
			return error;
		}

		throw error;
	}
};

/** A detached copy of a mount with an attribute set: open_tree(2) and mount_setattr(2), as every container start makes. */
const tryMount = async (native: Native): Promise<string | undefined> => {
	const [tree] = await native.batch([{
		op: 'open_tree', path: '/', recursive: 0, set: MOUNT_ATTR_RDONLY, clear: 0n, all_set: 0n, all_clear: 0n, propagation: 0n, okErrno: 'any',
	}]) as [number];
	if (tree < 0) {
		return errnoName(tree);
	}

	native.close(tree as Fd);
	return undefined;
};

type TextFacts = Omit<MachineFacts, 'arch' | 'root' | 'cgroups' | 'criu' | 'mountErrno' | 'hasInit'>;

const lookAtFiles = async (native: Native, root: string): Promise<TextFacts> => {
	const programPaths = programs.map(name => programDirectories.map(directory => `${directory}/${name}`));
	const rootPaths = ancestors(root);
	const results = await native.batch([
		...['/proc/sys/kernel/osrelease', '/proc/self/status', '/proc/sys/user/max_user_namespaces', '/proc/self/mountinfo',
			'/proc/sys/kernel/seccomp/actions_avail', '/proc/sys/fs/pipe-max-size', '/proc/self/maps'].map(read),
		{op: 'list', path: '/proc/self/ns', directories: 0, okErrno: 'any'},
		...['/proc/sys/vm/unprivileged_userfaultfd', '/run', ...rootPaths, ...programPaths.flat()].map(stat),
	]);
	const [release, status, maxUser, mountinfo, actions, pipeMax, maps, names, userfaultfd, run, ...stats] = results;
	const mounts = parseMountInfo(lineOf(mountinfo));
	return {
		release: lineOf(release),
		status: parseProcessStatus(lineOf(status)),
		namespaces: namesOf(names),
		maxUserNamespaces: lineOf(maxUser) === '' ? undefined : Number(lineOf(maxUser)),
		mounts,
		seccompActions: lineOf(actions).split(' ').filter(Boolean),
		hasUserfaultfd: userfaultfd instanceof Uint8Array,
		pipeMaxSize: Number(lineOf(pipeMax)),
		run: mountOf(mounts, [run]),
		state: mountOf(mounts, stats.splice(0, rootPaths.length)),
		programs: programs.map((name, index) => ({name, path: firstThere(programPaths[index]!, stats.splice(0, programDirectories.length))})),
		addon: addonPath(lineOf(maps)),
	};
};

/** Looks at everything. CRIU is asked what it can do, which takes a tenth of a second. */
export const gatherFacts = async (native: Native, {criu: wanted, root, arch}: CheckOptions): Promise<MachineFacts> => {
	const [files, cgroups, mountErrno, criu] = await Promise.all([
		lookAtFiles(native, root),
		orError(detectLayout(native)),
		tryMount(native),
		orError(workingCriu(native, wanted)),
	]);
	const [init] = await native.batch([stat(files.addon === undefined ? '' : files.addon.replace(/[^/]*$/, 'ctn-init'))]);
	return {...files, arch, root, cgroups, mountErrno, criu, hasInit: init instanceof Uint8Array};
};
