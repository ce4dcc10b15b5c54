/* SPDX-License-Identifier: Apache-2.0 */
/* When, where and from what memory a program runs. */
#include <linux/ioprio.h>
#include <linux/sched/types.h>

#include "init.h"

int step_scheduler(struct init *init, const struct ctn_step_scheduler *step)
{
	struct sched_attr attr = {
		.size = sizeof attr,
		.sched_policy = step->policy,
		.sched_flags = step->flags,
		.sched_nice = (int32_t)step->nice,
		.sched_priority = step->priority,
		.sched_runtime = step->runtime,
		.sched_deadline = step->deadline,
		.sched_period = step->period,
	};

	(void)init;
	return sys(__NR_sched_setattr, 0, &attr, 0);
}

int step_io_priority(struct init *init, const struct ctn_step_io_priority *step)
{
	(void)init;
	return sys(__NR_ioprio_set, IOPRIO_WHO_PROCESS, 0, step->priority);
}

int step_affinity(struct init *init, const struct ctn_step_affinity *step)
{
	uint64_t every[128]; /* the kernel takes as much as it has CPUs, at most 8192 */
	uint32_t length;
	const void *mask = ctn_list_blob(&init->plan, step->mask, &length);
	long n;

	if (!mask) {
		memset(every, 0xff, sizeof every);
		mask = every;
		length = sizeof every;
	}
	n = sys(__NR_sched_setaffinity, 0, length, mask);
	return n < 0 ? n : 0;
}

int step_memory_policy(struct init *init, const struct ctn_step_memory_policy *step)
{
	uint32_t length;
	const void *nodes = ctn_list_blob(&init->plan, step->nodes, &length);

	/* The kernel takes off one: set_mempolicy(2), NOTES */
	return sys(__NR_set_mempolicy, step->mode, nodes, length ? length * 8 + 1 : 0);
}
