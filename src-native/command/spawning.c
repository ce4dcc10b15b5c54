/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ctn-init is started by the worker, with the batches that come first, while JavaScript still decides and
 * encodes its plan: it is given the plan when that is there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "host.h"

enum { FD_LIMIT = 256 };

struct spawning {
	struct job first, second;
	int id;
	struct ctn_spawn_request request;
	struct ctn_line line;
	struct ctn_spawned spawned;
	int fds[FD_LIMIT], err;
	uint32_t failed;
	void *early, *before, *after;
	size_t early_size;
	struct spawning *next;
};

static struct spawning *all;
static int last_id;

static void drop(struct spawning **spawning)
{
	if (*spawning) {
		ctn_line_close(&(*spawning)->line);
		free((*spawning)->early);
		free((*spawning)->before);
		free((*spawning)->after);
		free(*spawning);
	}
}

#define auto_spawning __attribute__((cleanup(drop))) struct spawning

static struct spawning **find(int id)
{
	struct spawning **at = &all;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static void begin(struct job *job)
{
	struct spawning *spawning = (struct spawning *)job;

	spawning->err = ctn_line_open(&spawning->line);
	if (spawning->err >= 0 && spawning->early_size)
		spawning->err = ctn_batch_run_about(NULL, spawning->early, spawning->early_size, &spawning->failed);
}

static void spawn(struct job *job)
{
	struct spawning *spawning = (struct spawning *)((char *)job - offsetof(struct spawning, second));

	if (spawning->err < 0)
		return;
	spawning->err = ctn_spawn(&spawning->request, &spawning->spawned, &spawning->failed);
	if (spawning->err < 0 && spawning->failed != UINT32_MAX && spawning->early_size)
		spawning->failed += ((const struct ctn_list_head *)spawning->early)->op_count; /* It counts from there */
}

/* spawn(first): an id for spawnInit() and spawned(), or -errno. No op of the list opens a descriptor. */
static JSValue host_spawn(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	auto_spawning *spawning = calloc(1, sizeof *spawning);
	int err;

	(void)this;
	(void)argc;
	if (!spawning)
		return JS_ThrowOutOfMemory(ctx);
	spawning->line = (struct ctn_line){-1, -1, -1};
	spawning->failed = UINT32_MAX;
	spawning->early = value_copy(ctx, argv[0], &spawning->early_size);
	spawning->first.run = begin;
	err = worker_begin(&spawning->first);
	if (err < 0)
		return JS_NewInt32(ctx, err);
	spawning->id = ++last_id;
	spawning->next = all;
	all = spawning;
	spawning = NULL;
	return JS_NewInt32(ctx, last_id);
}

/* spawnInit(id, flags: bigint, exe, cgroup, cgroupOpened, fds, before, ahead, follow): 0 or -errno */
static JSValue host_spawnInit(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	struct spawning *spawning = *find(value_int(ctx, argv[0]));
	struct ctn_spawn_request *request;
	int64_t flags = 0;
	int count;

	(void)this;
	(void)argc;
	if (!spawning)
		return JS_ThrowRangeError(ctx, "nothing is spawned");
	JS_ToBigInt64(ctx, &flags, argv[1]);
	count = value_ints(ctx, argv[5], spawning->fds, FD_LIMIT);
	if (count > FD_LIMIT)
		return JS_NewInt32(ctx, -EMFILE);
	request = &spawning->request;
	*request = (struct ctn_spawn_request){
		.flags = flags,
		.exe = value_int(ctx, argv[2]),
		.cgroup = value_int(ctx, argv[3]),
		.cgroup_opened = value_int(ctx, argv[4]),
		.line = &spawning->line,
		.fds = spawning->fds,
		.fd_count = count,
		.ahead = JS_ToBool(ctx, argv[7]),
		.follow = JS_ToBool(ctx, argv[8]),
	};
	request->before = spawning->before = value_copy(ctx, argv[6], &request->before_size);
	spawning->second.run = spawn;
	return JS_NewInt32(ctx, worker_begin(&spawning->second));
}

/* Without a plan it ends by itself, as soon as nobody can give it one any more. */
static void give_up(struct spawning *spawning)
{
	worker_wait(&spawning->first);
	shutdown(spawning->line.ours, SHUT_RDWR);
	if (!spawning->second.run)
		return;
	worker_wait(&spawning->second);
	if (spawning->err < 0)
		return;
	waitpid(spawning->spawned.pid, NULL, __WALL);
	close(spawning->spawned.pidfd);
}

static void follow(struct spawning *spawning)
{
	struct ctn_spawned *spawned = &spawning->spawned;

	ctn_follow(&spawning->request, spawned);
	if (spawned->reached == CTN_REACHED_PROGRAM)
		spawned->sync = -1; /* It has no more to say */
	else
		spawning->line.ours = -1; /* It is JavaScript's now */
}

static JSValue value_of(JSContext *ctx, const struct spawning *spawning)
{
	const struct ctn_spawned *spawned = &spawning->spawned;
	JSValue value;

	if (spawning->err < 0)
		return spawning->failed == UINT32_MAX ? JS_NewInt32(ctx, spawning->err) : value_from_failure(ctx, spawning->failed, spawning->err);
	value = JS_NewObject(ctx);
	JS_SetPropertyStr(ctx, value, "pid", JS_NewInt32(ctx, spawned->pid));
	JS_SetPropertyStr(ctx, value, "pidfd", JS_NewInt32(ctx, spawned->pidfd));
	JS_SetPropertyStr(ctx, value, "sync", JS_NewInt32(ctx, spawned->sync));
	JS_SetPropertyStr(ctx, value, "startTime", JS_NewInt64(ctx, spawned->start_time));
	JS_SetPropertyStr(ctx, value, "stdio", JS_NewString(ctx, spawned->stdio));
	JS_SetPropertyStr(ctx, value, "reached", JS_NewInt32(ctx, spawned->reached));
	if (spawned->after_error < 0) {
		JS_SetPropertyStr(ctx, value, "errno", JS_NewInt32(ctx, spawned->after_error));
		JS_SetPropertyStr(ctx, value, "failed", JS_NewUint32(ctx, spawned->after_failed));
	}
	return value;
}

/* spawned(id, plan, after): {pid, ...} | {index, errno} | -errno, once; without a plan it is called off. */
static JSValue host_spawned(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	struct spawning **at = find(value_int(ctx, argv[0]));
	auto_spawning *spawning = *at;
	const uint8_t *plan;
	size_t size;
	int err;

	(void)this;
	(void)argc;
	if (!spawning)
		return JS_ThrowRangeError(ctx, "nothing is spawned");
	*at = spawning->next;
	if (JS_IsUndefined(argv[1])) {
		give_up(spawning);
		return JS_UNDEFINED;
	}
	plan = value_bytes(ctx, argv[1], &size);
	spawning->request.after = spawning->after = value_copy(ctx, argv[2], &spawning->request.after_size);
	worker_wait(&spawning->first);
	err = spawning->err < 0 ? 0 : ctn_line_begin(&spawning->line, plan, size);
	if (err < 0) {
		give_up(spawning);
		return JS_NewInt32(ctx, err);
	}
	worker_wait(&spawning->second);
	if (spawning->err >= 0)
		follow(spawning);
	return value_of(ctx, spawning);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("spawn", 1, host_spawn),
	JS_CFUNC_DEF("spawnInit", 9, host_spawnInit),
	JS_CFUNC_DEF("spawned", 3, host_spawned),
};

void host_add_spawn(JSContext *ctx, JSValueConst host)
{
	JS_SetPropertyFunctionList(ctx, host, functions, sizeof functions / sizeof *functions);
}
