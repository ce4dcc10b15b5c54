// Resource limits by name and number (getrlimit(2), asm-generic/resource.h).

export const rlimits = {
	RLIMIT_CPU: 0,
	RLIMIT_FSIZE: 1,
	RLIMIT_DATA: 2,
	RLIMIT_STACK: 3,
	RLIMIT_CORE: 4,
	RLIMIT_RSS: 5,
	RLIMIT_NPROC: 6,
	RLIMIT_NOFILE: 7,
	RLIMIT_MEMLOCK: 8,
	RLIMIT_AS: 9,
	RLIMIT_LOCKS: 10,
	RLIMIT_SIGPENDING: 11,
	RLIMIT_MSGQUEUE: 12,
	RLIMIT_NICE: 13,
	RLIMIT_RTPRIO: 14,
	RLIMIT_RTTIME: 15,
} as const;

export type RlimitName = keyof typeof rlimits;

/** "No limit". */
export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

const byName = new Map<string, number>(Object.entries(rlimits));

/** The number of a limit, or undefined if there is none of that name. */
export const rlimitNumber = (name: string): number | undefined => byName.get(name);
