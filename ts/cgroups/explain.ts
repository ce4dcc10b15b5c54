// What the kernel did not do for a cgroup, in words: which line of config.json, and what stands in the way.
import {CtnError} from '../errors.js';
import type {Native} from '../native/native.js';
import {lineOf} from '../native/results.js';
import type {CgroupRecord} from './plan.js';

/** What is known of a plan when one of its ops fails. */
export interface Explained {
	readonly record: CgroupRecord;
	readonly settingAt: (path: string) => string | undefined;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const aboveOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** [file, errno, cure]; the first that fits. */
const cures: ReadonlyArray<readonly [file: RegExp, errno: string, cure: string]> = [
	[/^memory\.(memsw|swap)/, 'ENOENT', 'this kernel does not count swap: leave memory.swap out, or boot with swapaccount=1'],
	[/^memory\.(limit_in_bytes|max)$/, 'EBUSY', 'more than that is in use and cannot be freed'],
	[/^memory\.(limit_in_bytes|memsw)/, 'EINVAL', 'memory.swap counts memory and swap together, and cannot be below memory.limit'],
	[/^memory\.oom_control$/, 'EINVAL', 'the cgroup has others below it'],
	[/^cpu\.(cfs|max)/, 'EINVAL', 'a period is 1000 to 1000000 µs, a quota at least 1000, a burst at most the quota, and no cgroup gets more than the one above it'],
	[/^cpu\.(shares|weight)$/, 'EINVAL', 'a cgroup that is idle has no weight'],
	[/^cpu\.rt/, 'EINVAL', 'the cgroups above have to have as much real-time'],
	[/^cpuset\./, 'EACCES', 'only CPUs and memory nodes of the cgroup above can be given'],
	[/^cpuset\./, 'ERANGE', 'there is no such CPU or memory node'],
	[/^cpuset\./, 'EINVAL', 'there is no such CPU or memory node'],
	[/^devices\.allow$/, 'EPERM', 'the cgroup above does not allow that device'],
	[/^(blkio|io)\./, 'ENODEV', 'there is no such block device; a partition does not count'],
	[/^net_prio\.ifpriomap$/, 'ENODEV', 'there is no such network interface'],
	[/./, 'ENOENT', 'this kernel has no such limit'],
];

const cureFor = (file: string, errno: string): string | undefined => cures.find(([pattern, code]) => code === errno && pattern.test(file))?.[2];

/** Why a file that the controller brings is not there: cgroup2 offers it only below a cgroup that hands it out. */
const whyNoController = async (native: Native, directory: string, controller: string): Promise<string | undefined> => {
	const above = aboveOf(directory);
	const [own, type, available, enabled, processes] = (await native.batch([
		`${directory}/cgroup.type`, `${above}/cgroup.type`, `${above}/cgroup.controllers`, `${above}/cgroup.subtree_control`, `${above}/cgroup.procs`,
	].map(path => ({op: 'read', path, max: 1 << 20, okErrno: 'any'})))).map(lineOf) as [string, string, string, string, string];
	if (enabled.split(' ').includes(controller)) {
		return own.includes('threaded') || own.includes('invalid') ? `${directory} is of type "${own}"` : undefined;
	}

	if (!available.split(' ').includes(controller)) {
		return `${above} was not given the controller ${controller} by the cgroup above it`;
	}

	if (type === 'threaded') { // With processes of its own it becomes "domain threaded" by what it can still hand out
		return `${above} is threaded, and hands out no controllers of whole processes`;
	}

	return processes === ''
		? `${above} does not hand out the controller ${controller}`
		: `${above} has processes of its own, and cgroup v2 hands out no controllers there`;
};

const limitError = async (native: Native, error: CtnError, {record, settingAt}: Explained): Promise<CtnError> => {
	const path = error.subject!;
	const file = nameOf(path);
	const setting = settingAt(path);
	const controller = file.slice(0, file.indexOf('.'));
	const why = record.mode === 'v2' && error.errno === 'ENOENT' ? await whyNoController(native, aboveOf(path), controller) : undefined;
	return new CtnError('ERR_CGROUP_LIMIT', `the kernel refused the cgroup limit ${file}${setting === undefined ? '' : ` of ${setting}`}: ${error.errno!}`, {
		cause: error, errno: error.errno, syscall: 'write', subject: setting ?? path, cure: why ?? cureFor(file, error.errno!),
	});
};

/** A new process could not be put into the cgroup2 directory. */
const joinError = async (native: Native, error: CtnError, directory: string): Promise<unknown> => {
	const [type, handed] = (await native.batch(['cgroup.type', 'cgroup.subtree_control']
		.map(file => ({op: 'read', path: `${directory}/${file}`, max: 4096, okErrno: 'any'})))).map(lineOf);
	const why = type === 'domain' || type === '' || type === undefined
		? (handed ? 'it hands out controllers, and cgroup v2 then takes no processes' : undefined)
		: `it is of type "${type}"`;
	return why === undefined ? error : new CtnError('ERR_CGROUP_LAYOUT', `no process can enter the cgroup ${directory}: ${why}`, {
		cause: error, errno: error.errno, syscall: error.syscall, subject: directory,
	});
};

const mkdirError = (error: CtnError): CtnError => {
	const why: Readonly<Record<string, string>> = {
		EAGAIN: 'a cgroup above allows no more of them (cgroup.max.descendants, cgroup.max.depth)',
		EROFS: 'cgroups are mounted read-only here',
		EACCES: 'it takes root, or a cgroup that was delegated to this user',
		EPERM: 'it takes root, or a cgroup that was delegated to this user',
		EOPNOTSUPP: 'the cgroup above is threaded or invalid',
	};
	return new CtnError('ERR_CGROUP_LAYOUT', `the cgroup ${error.subject!} cannot be made: ${error.errno!}`, {
		cause: error, errno: error.errno, syscall: error.syscall, subject: error.subject, cure: why[error.errno!],
	});
};

/**
 * An error about a cgroup in words; other errors as they are. Looks at the cgroup, so it must still be there.
 *
 * @returns A CtnError `ERR_CGROUP_LIMIT` or `ERR_CGROUP_LAYOUT`, or what was given.
 */
export const explainCgroup = async (native: Native, error: unknown, plan: Explained): Promise<unknown> => {
	if (!(error instanceof CtnError) || error.code !== 'ERR_NATIVE') {
		return error;
	}

	const {v1, unified} = plan.record;
	const directories = [...Object.values(v1), ...(unified === undefined ? [] : [unified])];
	const {subject = '', syscall} = error;
	if (syscall === 'clone3') {
		return unified === undefined ? error : joinError(native, error, unified);
	}

	if (syscall === 'mkdir' && error.errno !== 'EEXIST' && directories.some(directory => directory === subject || directory.startsWith(`${subject}/`))) {
		return mkdirError(error);
	}

	const isLimit = (syscall === 'write' || syscall === 'write_lines' || syscall === 'write_first') && directories.some(directory => subject.startsWith(`${directory}/`));
	return isLimit ? limitError(native, error, plan) : error;
};
