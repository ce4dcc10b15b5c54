// `process` of config.json as steps: what the user's program may do, and how it begins.
import {PER_LINUX, PER_LINUX32} from '../linux/constants.js';
import {capabilitySet} from '../linux/capabilities.js';
import {RLIM_INFINITY, rlimitNumber} from '../linux/rlimits.js';
import {searchPath} from '../linux/search-path.js';
import type {Linux, ValidProcess} from '../oci/config.js';
import type {Step} from '../plan/wire.gen.js';
import {planLabels} from './labels.js';
import {planMemoryPolicy, planScheduling} from './scheduling.js';

const variable = (env: readonly string[], name: string): string | undefined =>
	env.find(entry => entry.startsWith(`${name}=`))?.slice(name.length + 1);

/** A variable that is given twice has its last value, as with runc; getenv(3) would find the first. */
const lastOfEach = (env: readonly string[]): string[] =>
	[...new Map(env.map(entry => [entry.split('=', 1)[0], entry])).values()];

const groupsBlob = (gids: readonly number[]): Uint8Array => new Uint8Array(new Uint32Array(gids).buffer);

/** -1 and what JSON rounded up to 2^64 mean no limit. */
const unsigned64 = (value: number | bigint): bigint => {
	const wide = BigInt(value);
	return wide < 0n || wide > RLIM_INFINITY ? RLIM_INFINITY : wide;
};

/** RLIMIT_* of the process. */
export const planRlimits = (process: ValidProcess): Step[] =>
	(process.rlimits ?? []).map(({type, soft, hard}) =>
		({op: 'rlimit', resource: rlimitNumber(type)!, soft: unsigned64(soft), hard: unsigned64(hard)}));

/**
 * Ids and capabilities. An absent `capabilities` means that nothing is dropped; what this process
 * does not have itself (`available`) is left out, as nobody could give it.
 */
const planCredentials = (process: ValidProcess, available: bigint, setGroups: boolean): Step => {
	const {user = {}, capabilities} = process;
	const set = (names: readonly string[] | undefined) => capabilitySet(names).mask & available;
	const permitted = set(capabilities?.permitted);
	const inheritable = set(capabilities?.inheritable);
	return {
		op: 'credentials',
		uid: user.uid ?? 0,
		gid: user.gid ?? 0,
		groups: groupsBlob(user.additionalGids ?? []),
		set_groups: setGroups ? 1 : 0,
		keep_capabilities: capabilities === undefined ? 1 : 0,
		bounding: set(capabilities?.bounding),
		effective: set(capabilities?.effective) & permitted,
		permitted,
		inheritable,
		ambient: set(capabilities?.ambient) & permitted & inheritable,
	};
};

export interface ProcessFacts {
	readonly capabilities: bigint;
	readonly seccomp: {readonly filter: Uint8Array; readonly flags: number; readonly notify: boolean} | undefined;
	/** False where setgroups(2) is denied: a user namespace with a single mapping. */
	readonly setGroups: boolean;
	/** Steps between the last preparation and the program: `created`, and the wait for start. */
	readonly pause: readonly Step[];
	/** What comes between all of that and the program, given the program's environment. Default: nothing. */
	readonly startHooks?: (environment: readonly string[]) => Step[];
	/** Descriptors before those that the program keeps, and how many it keeps. */
	readonly skipFds: number;
	readonly keepFds: number;
	/** The descriptor at which it waits for start. */
	readonly listener?: number;
}

/**
 * From a prepared root to the program.
 *
 * The seccomp filter comes last, so that it need not allow what we do. Without noNewPrivileges
 * loading it takes CAP_SYS_ADMIN: then the ids and capabilities are given up behind it, and the
 * filter has to allow just the calls that do so, as with runc.
 */
export const planProgram = (process: ValidProcess, facts: ProcessFacts): Step[] => {
	const env = lastOfEach(process.env ?? []);
	const seccomp: Step[] = facts.seccomp
		? [{op: 'seccomp', filter: facts.seccomp.filter, flags: facts.seccomp.flags, notify: facts.seccomp.notify ? 1 : 0}]
		: [];
	// As root first, for a directory that only root may enter; again as the user if that failed
	const enter: Step[] = [{op: 'chdir', path: process.cwd, retry: 0, okErrno: 'EACCES'}];
	const become: Step[] = [
		planCredentials(process, facts.capabilities, facts.setGroups),
		{op: 'chdir', path: process.cwd, retry: 1},
	];
	const find: Step = {op: 'find_program', name: process.args[0]!, path: (variable(env, 'PATH') ?? searchPath).split(':')};
	// An empty HOME is as good as none: it gives way to the one that init finds
	const hasHome = Boolean(variable(env, 'HOME'));
	const envp = hasHome ? env : env.filter(entry => !entry.startsWith('HOME='));
	const home: Step[] = hasHome ? [] : [{op: 'home', uid: process.user?.uid ?? 0}];
	// A path may lead through /proc/self/fd: there is to be nothing of the host by then
	const close: Step = {op: 'close_others', skip_fds: facts.skipFds, keep_fds: facts.keepFds, listener: facts.listener ?? 0};
	const exec: Step = {op: 'exec', argv: process.args, envp, skip_fds: facts.skipFds, keep_fds: facts.keepFds};
	const hooks = facts.startHooks?.(envp) ?? []; // The container's own programs: under its filter, too
	if (process.noNewPrivileges || seccomp.length === 0) {
		return [
			...home, close, ...enter, ...become, find,
			...(process.noNewPrivileges ? [{op: 'no_new_privs'} as const] : []),
			...facts.pause, ...seccomp, ...hooks, exec,
		];
	}

	return [...home, close, ...enter, find, ...facts.pause, ...seccomp, ...become, ...hooks, exec];
};

/** What is asked for while we may still have it: labels, scheduling, personality, memory; the umask. */
export const planSurroundings = (process: ValidProcess, {personality, memoryPolicy}: Linux): Step[] => [
	...planLabels(process),
	...planScheduling(process),
	...(personality ? [{op: 'personality', persona: personality.domain === 'LINUX32' ? PER_LINUX32 : PER_LINUX} as const] : []),
	...planMemoryPolicy(memoryPolicy),
	{op: 'umask', mask: process.user?.umask ?? 0o022},
];
