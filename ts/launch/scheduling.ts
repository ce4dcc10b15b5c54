// When, where and from what memory a program runs, as steps.
import {cpuMask} from '../linux/cpu-list.js';
import type {IoPriority, MemoryPolicy, Scheduler, ValidProcess} from '../oci/config.js';
import type {Step} from '../plan/wire.gen.js';

/** sched(7) */
const policies: Readonly<Record<Scheduler['policy'], number>> = {
	SCHED_OTHER: 0, SCHED_FIFO: 1, SCHED_RR: 2, SCHED_BATCH: 3, SCHED_ISO: 4, SCHED_IDLE: 5, SCHED_DEADLINE: 6,
};

/** sched_setattr(2) */
const schedulerFlags: Readonly<Record<NonNullable<Scheduler['flags']>[number], bigint>> = {
	SCHED_FLAG_RESET_ON_FORK: 0x1n,
	SCHED_FLAG_RECLAIM: 0x2n,
	SCHED_FLAG_DL_OVERRUN: 0x4n,
	SCHED_FLAG_KEEP_POLICY: 0x8n,
	SCHED_FLAG_KEEP_PARAMS: 0x10n,
	SCHED_FLAG_UTIL_CLAMP_MIN: 0x20n,
	SCHED_FLAG_UTIL_CLAMP_MAX: 0x40n,
};

/** ioprio_set(2) */
const ioClasses: Readonly<Record<IoPriority['class'], number>> = {IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3};

/** set_mempolicy(2), linux/mempolicy.h */
const memoryModes: Readonly<Record<MemoryPolicy['mode'], number>> = {
	MPOL_DEFAULT: 0, MPOL_PREFERRED: 1, MPOL_BIND: 2, MPOL_INTERLEAVE: 3, MPOL_LOCAL: 4, MPOL_PREFERRED_MANY: 5, MPOL_WEIGHTED_INTERLEAVE: 6,
};

const memoryFlags: Readonly<Record<NonNullable<MemoryPolicy['flags']>[number], number>> = {
	MPOL_F_NUMA_BALANCING: 0x2000, MPOL_F_RELATIVE_NODES: 0x4000, MPOL_F_STATIC_NODES: 0x8000,
};

const planScheduler = ({policy, nice = 0, priority = 0, flags = [], runtime = 0, deadline = 0, period = 0}: Scheduler): Step => ({
	op: 'scheduler',
	policy: policies[policy],
	nice: nice >>> 0,
	priority,
	flags: flags.reduce((bits, flag) => bits | schedulerFlags[flag], 0n),
	runtime: BigInt(runtime),
	deadline: BigInt(deadline),
	period: BigInt(period),
});

/** Of the process and all that it starts. */
export const planScheduling = ({scheduler, ioPriority}: ValidProcess): Step[] => [
	...(scheduler ? [planScheduler(scheduler)] : []),
	...(ioPriority ? [{op: 'io_priority', priority: ioClasses[ioPriority.class] << 13 | (ioPriority.priority ?? 0)} as const] : []),
];

export const planMemoryPolicy = (policy: MemoryPolicy | undefined): Step[] => policy === undefined ? [] : [{
	op: 'memory_policy',
	mode: (policy.flags ?? []).reduce((mode, flag) => mode | memoryFlags[flag], memoryModes[policy.mode]),
	nodes: policy.nodes === undefined ? undefined : cpuMask(policy.nodes),
}];

/** The CPUs of a list; without one all that the cgroup allows, whatever this process is held to. */
export const affinityStep = (list?: string): Step => list === undefined
	? {op: 'affinity', mask: undefined, okErrno: 'any'}
	: {op: 'affinity', mask: cpuMask(list)};
