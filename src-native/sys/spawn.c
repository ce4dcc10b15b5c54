/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts ctn-init from a process of any size.
 *
 * The child shares our memory until it execs (CLONE_VM | CLONE_VFORK): copying the page tables of
 * a Node process costs milliseconds. It therefore calls nothing of the C library, and it is never
 * in a pid namespace in which somebody else could look at it: either it is the first process of a
 * new one, or it is in ours and ctn-init, which shares nothing, does the joining.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "../ctn_syscall.h"
#include "sys.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

enum { FD_LIMIT = 256 };

/* Descriptors `fds` become 0, 1, 2 ...; first all go up, so that none is overwritten before its turn. */
static long arrange(const int *fds, int count, int *exe)
{
	int up[FD_LIMIT];
	long err;

	*exe = sys(__NR_fcntl, *exe, F_DUPFD_CLOEXEC, count);
	if (*exe < 0)
		return *exe;
	for (int i = 0; i < count; i++) {
		up[i] = sys(__NR_fcntl, fds[i], F_DUPFD_CLOEXEC, count);
		if (up[i] < 0)
			return up[i];
	}
	for (int i = 0; i < count; i++) {
		err = sys(__NR_dup3, up[i], i, 0);
		if (err < 0)
			return err;
	}
	return sys(__NR_close_range, count, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
}

/* In the child. *error is in the parent's memory, which waits until we are gone from it. */
__attribute__((noreturn, noinline)) static void child(const int *fds, int count, int exe, volatile long *error)
{
	static char *const argv[] = {(char *)"ctn-init", NULL};
	static char *const envp[] = {NULL};
	long err = arrange(fds, count, &exe);

	if (err >= 0)
		err = sys(__NR_execveat, exe, "", argv, envp, AT_EMPTY_PATH);
	*error = err;
	for (;;)
		sys(__NR_exit_group, 127);
}

static long clone_child(const struct ctn_spawn_request *request, int cgroup, const int *fds, int count, int *pidfd,
			volatile long *error)
{
	struct clone_args args = {
		.flags = request->flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = cgroup;
	}
	/* Inline, so that the child returns into no frame that the parent still needs. */
	pid = sys(__NR_clone3, &args, sizeof args);
	if (pid == 0)
		child(fds, count, request->exe, error);
	return pid;
}

/* Descriptors of the child in their order: stdio, the plan, the sync socket, and all others. */
struct table {
	int fds[FD_LIMIT];
	int count;
};

static int start(const struct ctn_spawn_request *request, int cgroup, const struct table *table, int ours,
		 struct ctn_spawned *spawned)
{
	volatile long error = 0;
	sigset_t all, before;
	int pidfd = -1;
	long pid;

	/* No signal handler of ours may run in the child, on our memory. ctn-init resets the mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pid = clone_child(request, cgroup, table->fds, table->count, &pidfd, &error);
	pthread_sigmask(SIG_SETMASK, &before, NULL);

	if (pid < 0)
		return pid;
	if (error < 0) {
		waitpid(pid, NULL, __WALL);
		close(pidfd);
		return error;
	}
	*spawned = (struct ctn_spawned){.pid = pid, .pidfd = pidfd, .sync = ours, .start_time = ctn_start_time(pid)};
	return 0;
}

int ctn_line_open(struct ctn_line *line)
{
	int pair[2], err;

	*line = (struct ctn_line){-1, -1, -1};
	line->plan = ctn_memfd("ctn-plan", 0);
	if (line->plan < 0)
		return line->plan;
	err = ctn_socketpair(SOCK_SEQPACKET, pair);
	if (err < 0)
		return err;
	line->ours = pair[0];
	line->theirs = pair[1];
	return 0;
}

int ctn_line_begin(const struct ctn_line *line, const void *plan, size_t plan_size)
{
	static const char go = 0;
	int err = ctn_memfd_fill(line->plan, plan, plan_size);

	if (err < 0)
		return err;
	ctn_send(line->ours, &go, sizeof go, NULL, 0); /* One that was killed meanwhile is heard of by its end */
	return 0;
}

void ctn_line_close(struct ctn_line *line)
{
	ctn_auto_close(&line->plan);
	ctn_auto_close(&line->ours);
	ctn_auto_close(&line->theirs);
}

/* Fills the table and starts; `opened` are the descriptors of `before`. */
static int spawn_on(struct ctn_line *line, const struct ctn_spawn_request *request, const int *opened, uint32_t opened_count,
		    struct ctn_spawned *spawned)
{
	struct table table = {.count = 3};
	int cgroup = request->cgroup, err;

	if (request->fd_count < 3 || request->fd_count + opened_count > FD_LIMIT - 2)
		return -EMFILE;
	if (request->cgroup_opened >= 0 && (uint32_t)request->cgroup_opened >= opened_count)
		return -EINVAL;
	memcpy(table.fds, request->fds, 3 * sizeof(int));
	table.fds[table.count++] = line->plan;
	table.fds[table.count++] = line->theirs;
	for (uint32_t i = 3; i < request->fd_count; i++)
		table.fds[table.count++] = request->fds[i];
	for (uint32_t i = 0; i < opened_count; i++)
		table.fds[table.count++] = opened[i];
	if (request->cgroup_opened >= 0)
		cgroup = opened[request->cgroup_opened];

	err = start(request, cgroup, &table, line->ours, spawned);
	if (err < 0)
		return err;
	if (request->line || request->after_size)
		ctn_stdio(request->fds, spawned->stdio);
	close(take_fd(&line->theirs)); /* With a copy of it here its end would not be seen */
	return 0;
}

/* With its plan already there. */
static int spawn_with(const struct ctn_spawn_request *request, const int *opened, uint32_t opened_count,
		      struct ctn_spawned *spawned)
{
	struct ctn_line line;
	int err = ctn_line_open(&line);

	if (err >= 0)
		err = ctn_line_begin(&line, request->plan, request->plan_size);
	if (err >= 0)
		err = spawn_on(&line, request, opened, opened_count, spawned);
	if (err >= 0)
		line.ours = -1;
	ctn_line_close(&line);
	return err;
}

static void close_all(const int *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count && i < FD_LIMIT; i++)
		close(fds[i]);
}

/* What was opened for it is closed while it works, not when it is waited for. */
static int spawn_and_follow(const struct ctn_spawn_request *request, const int *opened, uint32_t opened_count,
			    struct ctn_spawned *spawned)
{
	int err = request->line ? spawn_on(request->line, request, opened, opened_count, spawned)
				: spawn_with(request, opened, opened_count, spawned);

	close_all(opened, opened_count);
	if (err < 0 || request->line)
		return err;
	ctn_follow(request, spawned);
	if (spawned->reached == CTN_REACHED_PROGRAM) {
		close(spawned->sync); /* it has no more to say */
		spawned->sync = -1;
	}
	return 0;
}

int ctn_spawn(const struct ctn_spawn_request *request, struct ctn_spawned *spawned, uint32_t *failed)
{
	const struct ctn_list_head *head = request->before;
	auto_free struct ctn_result *results = NULL;
	int opened[FD_LIMIT], err;
	uint32_t count;

	*failed = UINT32_MAX;
	if (!request->before_size)
		return spawn_and_follow(request, NULL, 0, spawned);
	if (request->before_size < sizeof *head || head->op_count > request->before_size / sizeof(struct ctn_op_head))
		return -EBADMSG;
	results = calloc(head->op_count + 1, sizeof *results);
	if (!results)
		return -ENOMEM;
	err = ctn_batch_run(request->before, request->before_size, results, failed);
	if (err < 0)
		return err;
	*failed = UINT32_MAX;
	count = ctn_batch_opened(request->before, results, opened, FD_LIMIT);
	for (uint32_t i = 0; i < head->op_count; i++)
		ctn_result_free(&results[i]);
	if (count <= FD_LIMIT)
		return spawn_and_follow(request, opened, count, spawned);
	close_all(opened, count);
	return -EMFILE;
}
