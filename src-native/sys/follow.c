/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ctn-init reports while the thread that started it is still there: the reports that were answered
 * ahead cost no way to the event loop and back. Any other stays in the socket, for who reads it next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

/* A thread is lent for no longer, whatever becomes of the process. */
enum { FOLLOW_MS = 20 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int becomes_readable(int fd, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int64_t left = deadline - now_ms();

	return poll(&poll_fd, 1, left > 0 ? (int)left : 0) > 0;
}

/* init went on in a child, which is ours, too: its parent has ended, or is about to. */
static int adopt(struct ctn_spawned *spawned, pid_t pid, int64_t deadline)
{
	int pidfd, code, signal;

	if (!becomes_readable(spawned->pidfd, deadline)) /* frozen with its cgroup, say */
		return -EAGAIN;
	pidfd = ctn_pidfd_open(pid);
	if (pidfd < 0)
		return pidfd;
	ctn_pidfd_reap(spawned->pidfd, &code, &signal);
	close(spawned->pidfd);
	spawned->pid = pid;
	spawned->pidfd = pidfd;
	spawned->start_time = ctn_start_time(pid);
	return 0;
}

static int run_after(const struct ctn_spawn_request *request, struct ctn_spawned *spawned)
{
	spawned->after_error = ctn_batch_run_about(spawned, request->after, request->after_size, &spawned->after_failed);
	if (spawned->after_error == 0)
		spawned->reached = CTN_REACHED_CREATED;
	return spawned->after_error == 0;
}

/* The next report, which stays where it is: 1, 0 at the end of all, -1 if there is none to be understood. */
static int peek(int sync, struct ctn_report *report)
{
	ssize_t n = ctn_recv(sync, report, sizeof *report, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 ? 0 : n == sizeof *report && report->magic == CTN_REPORT_MAGIC ? 1 : -1;
}

/* While it gets ready. False if what it is told to wait for could not be done: it would wait for ever. */
static int answer_ahead(const struct ctn_spawn_request *request, struct ctn_spawned *spawned)
{
	struct ctn_report report;

	if (run_after(request, spawned))
		return 1;
	if (peek(spawned->sync, &report) == 1 && report.kind == CTN_REPORT_ERROR)
		spawned->after_error = 0; /* It has failed itself, and says why */
	return 0;
}

/* True if the report was answered, and the next one is to be waited for. */
static int answer(const struct ctn_spawn_request *request, struct ctn_spawned *spawned, const struct ctn_report *report,
		  int64_t deadline)
{
	int is_created = report->kind == CTN_REPORT_SYNC && report->value == CTN_SYNC_CREATED;

	if (request->follow && report->kind == CTN_REPORT_CHILD)
		return adopt(spawned, (pid_t)report->value, deadline) == 0;
	if (is_created && request->ahead)
		return 1;
	return is_created && request->after_size && spawned->reached == CTN_REACHED_START && run_after(request, spawned);
}

void ctn_follow(const struct ctn_spawn_request *request, struct ctn_spawned *spawned)
{
	int64_t deadline = now_ms() + FOLLOW_MS;
	struct ctn_report report;

	if (request->ahead && !answer_ahead(request, spawned))
		return;
	while (becomes_readable(spawned->sync, deadline)) {
		int found = peek(spawned->sync, &report);

		if (found == 0 && request->follow)
			spawned->reached = CTN_REACHED_PROGRAM;
		if (found != 1 || !answer(request, spawned, &report, deadline))
			return;
		ctn_recv(spawned->sync, &report, sizeof report, MSG_DONTWAIT);
		if (!request->follow)
			return;
	}
}

/* `parts` with the pid, the start time and stdio between them; malloc'ed. */
static char *join(const struct ctn_list *list, uint32_t parts, const struct ctn_spawned *child, size_t *length)
{
	uint32_t count = ctn_list_count(list, parts);
	const char *part = ctn_list_first(list, parts);
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < count; i++, part = ctn_list_next(part)) {
		if (i == 1)
			fprintf(out, "%d", child->pid);
		else if (i == 2)
			fprintf(out, "%lld", (long long)child->start_time);
		else if (i == 3)
			fputs(child->stdio, out);
		fputs(part, out);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

int ctn_host_child_write(const struct ctn_list *list, const struct ctn_host_child_write *op, struct ctn_result *result)
{
	auto_free char *path = NULL, *text = NULL;
	size_t length;

	(void)result;
	if (!list->child)
		return -EINVAL;
	path = join(list, op->path_parts, list->child, &length);
	text = join(list, op->text_parts, list->child, &length);
	if (!path || !text)
		return -ENOMEM;
	return ctn_write_file(path, op->flags, op->mode, text, length);
}

int ctn_host_child_go(const struct ctn_list *list, const struct ctn_host_child_go *op, struct ctn_result *result)
{
	static const char go = 0;

	(void)op;
	(void)result;
	return list->child ? ctn_send(list->child->sync, &go, sizeof go, NULL, 0) : -EINVAL;
}
