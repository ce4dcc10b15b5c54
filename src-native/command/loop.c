/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: descriptors and timers by poll(2), and the jobs of promises in between. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../auto.h"
#include "host.h"

enum { FIRST_ROOM = 16 };

/* Somebody who waits, once: for a descriptor, or with fd -1 for a time. */
struct wait {
	int id;      /* 0: a free place */
	int fd;
	int keeps;   /* keeps the loop running */
	int is_last; /* settled behind the others */
	int64_t due; /* milliseconds */
	JSValue done;
};

/* They move when there are more: nobody keeps a pointer to one across a call of JavaScript. */
static struct wait *waits;
static int room, last_id;

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static struct wait *find(int id)
{
	for (struct wait *wait = waits; wait < waits + room; wait++)
		if (wait->id == id)
			return wait;
	return NULL;
}

/* A free place, or NULL. */
static struct wait *find_room(void)
{
	struct wait *free = find(0);
	int more = room ? 2 * room : FIRST_ROOM;

	if (free)
		return free;
	free = realloc(waits, more * sizeof *waits);
	if (!free)
		return NULL;
	waits = free;
	free += room;
	memset(free, 0, (more - room) * sizeof *waits);
	room = more;
	return free;
}

static JSValue add(JSContext *ctx, int fd, int is_last, int64_t due, JSValueConst done)
{
	struct wait *wait = find_room();

	if (!wait)
		return JS_ThrowOutOfMemory(ctx);
	*wait = (struct wait){.id = ++last_id, .fd = fd, .keeps = 1, .is_last = is_last, .due = due, .done = JS_DupValue(ctx, done)};
	return JS_NewInt32(ctx, wait->id);
}

/* wait(fd, done, isLast): id. Calls done() when the descriptor is readable, or its other side gone. */
static JSValue host_wait(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	(void)this;
	(void)argc;
	return add(ctx, value_int(ctx, argv[0]), JS_ToBool(ctx, argv[2]), INT64_MAX, argv[1]);
}

/* timer(milliseconds, done): id */
static JSValue host_timer(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int64_t milliseconds = 0;

	(void)this;
	(void)argc;
	JS_ToInt64(ctx, &milliseconds, argv[0]);
	return add(ctx, -1, 0, now() + milliseconds, argv[1]);
}

/* keep(id, keeps): whether the program lives on for it */
static JSValue host_keep(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	struct wait *wait = find(value_int(ctx, argv[0]));

	(void)this;
	(void)argc;
	if (wait && wait->id)
		wait->keeps = JS_ToBool(ctx, argv[1]);
	return JS_UNDEFINED;
}

/* forget(id): does not wait any more. True if it still did. */
static JSValue host_forget(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	struct wait *wait = find(value_int(ctx, argv[0]));

	(void)this;
	(void)argc;
	if (!wait || !wait->id)
		return JS_FALSE;
	wait->id = 0;
	JS_FreeValue(ctx, wait->done);
	return JS_TRUE;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("wait", 3, host_wait),
	JS_CFUNC_DEF("timer", 2, host_timer),
	JS_CFUNC_DEF("keep", 2, host_keep),
	JS_CFUNC_DEF("forget", 1, host_forget),
};

void host_add_loop(JSContext *ctx, JSValueConst host)
{
	JS_SetPropertyFunctionList(ctx, host, functions, sizeof functions / sizeof *functions);
}

static int run_jobs(JSContext *ctx)
{
	JSContext *of;
	int result;

	do
		result = JS_ExecutePendingJob(JS_GetRuntime(ctx), &of);
	while (result > 0);
	return result;
}

static int settle(JSContext *ctx, struct wait *wait)
{
	JSValue done = wait->done, result;
	int failed;

	wait->id = 0;
	result = JS_Call(ctx, done, JS_UNDEFINED, 0, NULL);
	failed = JS_IsException(result);
	JS_FreeValue(ctx, result);
	JS_FreeValue(ctx, done);
	return failed ? -1 : run_jobs(ctx);
}

/* How long there is nothing to do but for descriptors: -1 is for ever, -2 that nobody waits. */
static int timeout(void)
{
	int64_t due = INT64_MAX, left;
	int keeps = 0;

	for (struct wait *wait = waits; wait < waits + room; wait++) {
		if (!wait->id)
			continue;
		keeps |= wait->keeps;
		if (wait->due < due)
			due = wait->due;
	}
	if (!keeps)
		return -2;
	if (due == INT64_MAX)
		return -1;
	left = due - now();
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/*
 * One round: polls, then settles those that are ready. A wait that is added meanwhile has a new id. Signals come
 * last: when its process has ended a command need not look into the SIGCHLD that tells of it, too.
 */
static int turn(JSContext *ctx, int milliseconds)
{
	int count = room, last = last_id;
	auto_free struct pollfd *polled = malloc(count * sizeof *polled);
	auto_free int *ids = malloc(count * sizeof *ids);

	if (!polled || !ids)
		return -1;
	for (int i = 0; i < count; i++) {
		ids[i] = waits[i].id;
		polled[i] = (struct pollfd){.fd = waits[i].id ? waits[i].fd : -1, .events = POLLIN};
	}
	if (milliseconds)
		worker_end();
	if (poll(polled, count, milliseconds) < 0 && errno != EINTR)
		return -1;
	for (int i = 0; i < 2 * count; i++) {
		struct wait *wait = &waits[i % count];

		if (!wait->id || wait->id != ids[i % count] || wait->id > last || wait->is_last != (i >= count))
			continue;
		if ((polled[i % count].revents || wait->due <= now()) && settle(ctx, wait) < 0)
			return -1;
	}
	return 0;
}

int loop_run(JSContext *ctx)
{
	int milliseconds;

	if (run_jobs(ctx) < 0)
		return -1;
	while ((milliseconds = timeout()) != -2)
		if (turn(ctx, milliseconds) < 0)
			return -1;
	return 0;
}
