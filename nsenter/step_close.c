/* SPDX-License-Identifier: Apache-2.0 */
#include "init.h"

/* The lowest descriptor from `from` on that stays, or the largest number there is. */
static uint32_t next_kept(const struct init *init, const struct ctn_step_close_others *step, uint32_t from)
{
	uint32_t first = CTN_FD_FIRST_FREE + step->skip_fds, next = ~0u;

	if (init->sync >= 0 && (uint32_t)init->sync >= from)
		next = init->sync;
	if (init->root >= 3 && (uint32_t)init->root >= from && (uint32_t)init->root < next)
		next = init->root;
	if (step->listener && step->listener >= from && step->listener < next)
		next = step->listener;
	if (step->keep_fds && from < first + step->keep_fds) {
		uint32_t kept = from > first ? from : first;

		if (kept < next)
			next = kept;
	}
	return next;
}

/*
 * All of them would be closed by execve(2). But a cwd or a program that is named by its descriptor,
 * /proc/self/fd/9/../../bin/sh, is looked up before: with the directory of a cgroup it leads to the
 * host (CVE-2024-21626). What is left are sockets, the root that is its own, and what the caller
 * means the program to have.
 */
int step_close_others(struct init *init, const struct ctn_step_close_others *step)
{
	uint32_t from = 3, next;
	int err = 0;

	while (err >= 0) {
		next = next_kept(init, step, from);
		if (next > from)
			err = sys(__NR_close_range, from, next - (next != ~0u), 0);
		if (next == ~0u)
			break;
		from = next + 1;
	}
	init->null_mount = init->empty_mount = -1;
	return err;
}
