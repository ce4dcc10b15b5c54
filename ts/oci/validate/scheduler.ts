// `process.scheduler` and `process.ioPriority`
import type {IoPriority, Scheduler} from '../config.js';
import {array, at, broken, integer, object, oneOf, optional, uint64} from './check.js';

export const checkScheduler = object<Scheduler>({
	policy: oneOf('SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_ISO', 'SCHED_IDLE', 'SCHED_DEADLINE'),
	nice: optional(integer(-20, 19)),
	priority: optional(integer(0, 99)),
	flags: optional(array(oneOf(
		'SCHED_FLAG_RESET_ON_FORK', 'SCHED_FLAG_RECLAIM', 'SCHED_FLAG_DL_OVERRUN', 'SCHED_FLAG_KEEP_POLICY',
		'SCHED_FLAG_KEEP_PARAMS', 'SCHED_FLAG_UTIL_CLAMP_MIN', 'SCHED_FLAG_UTIL_CLAMP_MAX',
	))),
	runtime: optional(uint64),
	deadline: optional(uint64),
	period: optional(uint64),
});

export const checkIoPriority = object<IoPriority>({
	class: oneOf('IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'),
	priority: optional(integer(0, 7)),
});

/** @see sched(7), sched_setattr(2) */
export const schedulerRules = (scheduler: Scheduler, path: string): void => {
	if (scheduler.priority && !['SCHED_FIFO', 'SCHED_RR'].includes(scheduler.policy)) {
		broken(at(path, 'priority'), `must be 0 for ${scheduler.policy}`);
	}

	for (const key of ['runtime', 'deadline', 'period'] as const) {
		if (scheduler[key] && scheduler.policy !== 'SCHED_DEADLINE') {
			broken(at(path, key), `is for SCHED_DEADLINE, not for ${scheduler.policy}`);
		}
	}
};
