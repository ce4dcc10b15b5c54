/* SPDX-License-Identifier: Apache-2.0 */
/* Host functions over ../sys that the addon has, too: the same names, arguments and results. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_wire_hash.gen.h"
#include "host.h"

enum { FD_LIMIT = 256 };

#define HOST_FUNCTION(name) \
	static JSValue host_##name(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
#define UNUSED() ((void)this, (void)argc, (void)argv)

static JSValue failed_op(JSContext *ctx, uint32_t index, int err)
{
	JSValue failure = JS_NewObject(ctx);

	JS_SetPropertyStr(ctx, failure, "index", JS_NewUint32(ctx, index));
	JS_SetPropertyStr(ctx, failure, "errno", JS_NewInt32(ctx, err));
	return failure;
}

static JSValue results_of(JSContext *ctx, const struct ctn_result *results, uint32_t count)
{
	JSValue array = JS_NewArray(ctx);

	for (uint32_t i = 0; i < count; i++)
		JS_SetPropertyUint32(ctx, array, i, results[i].bytes
			? value_from_bytes(ctx, results[i].bytes, results[i].length)
			: JS_NewInt64(ctx, results[i].value));
	return array;
}

/* batch(list): Array<number | Uint8Array> | {index, errno} */
HOST_FUNCTION(batch)
{
	size_t size;
	auto_free void *list = value_copy(ctx, argv[0], &size);
	uint32_t count = ((const struct ctn_list_head *)list)->op_count, index;
	auto_free struct ctn_result *results = calloc(count + 1, sizeof *results);
	JSValue value;
	int err;

	UNUSED();
	if (!list || !results)
		return JS_ThrowOutOfMemory(ctx);
	err = ctn_batch_run(list, size, results, &index);
	if (err < 0)
		return failed_op(ctx, index, err);
	value = results_of(ctx, results, count);
	for (uint32_t i = 0; i < count; i++)
		ctn_result_free(&results[i]);
	return value;
}

static JSValue spawned_of(JSContext *ctx, const struct ctn_spawned *spawned)
{
	JSValue value = JS_NewObject(ctx);

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

/* spawn(flags: bigint, exe, cgroup, cgroupOpened, fds, plan, before, after, ahead, follow): {pid, ...} | {index, errno} | -errno */
HOST_FUNCTION(spawn)
{
	struct ctn_spawn_request request = {
		.exe = value_int(ctx, argv[1]),
		.cgroup = value_int(ctx, argv[2]),
		.cgroup_opened = value_int(ctx, argv[3]),
	};
	struct ctn_spawned spawned;
	auto_free void *before = NULL, *after = NULL;
	int fds[FD_LIMIT], count, err;
	int64_t flags = 0;
	uint32_t index;

	UNUSED();
	JS_ToBigInt64(ctx, &flags, argv[0]);
	request.flags = flags;
	count = value_ints(ctx, argv[4], fds, FD_LIMIT);
	if (count > FD_LIMIT)
		return JS_NewInt32(ctx, -EMFILE);
	request.fds = fds;
	request.fd_count = count;
	request.plan = value_bytes(ctx, argv[5], &request.plan_size);
	request.before = before = value_copy(ctx, argv[6], &request.before_size);
	request.after = after = value_copy(ctx, argv[7], &request.after_size);
	request.ahead = JS_ToBool(ctx, argv[8]);
	request.follow = JS_ToBool(ctx, argv[9]);
	err = ctn_spawn(&request, &spawned, &index);
	if (err < 0)
		return index == UINT32_MAX ? JS_NewInt32(ctx, err) : failed_op(ctx, index, err);
	return spawned_of(ctx, &spawned);
}

/* openInit(): fd | -errno */
HOST_FUNCTION(openInit)
{
	UNUSED();
	return JS_NewInt32(ctx, ctn_memfd_sealed("ctn-init", ctn_init_start, ctn_init_end - ctn_init_start, 1));
}

HOST_FUNCTION(pidfdOpen)
{
	UNUSED();
	return JS_NewInt32(ctx, ctn_pidfd_open(value_int(ctx, argv[0])));
}

HOST_FUNCTION(pidfdSendSignal)
{
	UNUSED();
	return JS_NewInt32(ctx, ctn_pidfd_send_signal(value_int(ctx, argv[0]), value_int(ctx, argv[1])));
}

/* reap(pidfd): [code, signal] | -errno */
HOST_FUNCTION(reap)
{
	int end[2];
	int err = ctn_pidfd_reap(value_int(ctx, argv[0]), &end[0], &end[1]);

	UNUSED();
	return err < 0 ? JS_NewInt32(ctx, err) : value_from_ints(ctx, end, 2);
}

HOST_FUNCTION(setWindowSize)
{
	struct winsize size = {.ws_row = value_int(ctx, argv[1]), .ws_col = value_int(ctx, argv[2])};

	UNUSED();
	return JS_NewInt32(ctx, ioctl(value_int(ctx, argv[0]), TIOCSWINSZ, &size) < 0 ? -errno : 0);
}

HOST_FUNCTION(socketpair)
{
	int fds[2];
	int err = ctn_socketpair(SOCK_SEQPACKET, fds);

	UNUSED();
	return err < 0 ? JS_NewInt32(ctx, err) : value_from_ints(ctx, fds, 2);
}

HOST_FUNCTION(pipe)
{
	int fds[2];

	UNUSED();
	return pipe2(fds, O_CLOEXEC) < 0 ? JS_NewInt32(ctx, -errno) : value_from_ints(ctx, fds, 2);
}

HOST_FUNCTION(close)
{
	UNUSED();
	return JS_NewInt32(ctx, close(value_int(ctx, argv[0])) < 0 ? -errno : 0);
}

HOST_FUNCTION(connect)
{
	const char *directory = JS_ToCString(ctx, argv[0]);
	const char *name = JS_ToCString(ctx, argv[1]);
	int fd = ctn_connect(directory, name);

	UNUSED();
	JS_FreeCString(ctx, directory);
	JS_FreeCString(ctx, name);
	return JS_NewInt32(ctx, fd);
}

/* receive(socket): {data, fds} | -errno */
HOST_FUNCTION(receive)
{
	int fds[CTN_PACKET_FDS], count;
	auto_free void *bytes = NULL;
	ssize_t size = ctn_receive(value_int(ctx, argv[0]), &bytes, fds, &count);
	JSValue packet;

	UNUSED();
	if (size < 0)
		return JS_NewInt32(ctx, size);
	packet = JS_NewObject(ctx);
	JS_SetPropertyStr(ctx, packet, "data", value_from_bytes(ctx, bytes, size));
	JS_SetPropertyStr(ctx, packet, "fds", value_from_ints(ctx, fds, count));
	return packet;
}

HOST_FUNCTION(send)
{
	size_t size;
	const uint8_t *bytes = value_bytes(ctx, argv[1], &size);
	int fds[CTN_PACKET_FDS];
	int count = value_ints(ctx, argv[2], fds, CTN_PACKET_FDS);

	UNUSED();
	return JS_NewInt32(ctx, ctn_send(value_int(ctx, argv[0]), bytes, size, fds, count));
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("batch", 1, host_batch),
	JS_CFUNC_DEF("spawn", 10, host_spawn),
	JS_CFUNC_DEF("openInit", 0, host_openInit),
	JS_CFUNC_DEF("pidfdOpen", 1, host_pidfdOpen),
	JS_CFUNC_DEF("pidfdSendSignal", 2, host_pidfdSendSignal),
	JS_CFUNC_DEF("reap", 1, host_reap),
	JS_CFUNC_DEF("setWindowSize", 3, host_setWindowSize),
	JS_CFUNC_DEF("socketpair", 0, host_socketpair),
	JS_CFUNC_DEF("pipe", 0, host_pipe),
	JS_CFUNC_DEF("close", 1, host_close),
	JS_CFUNC_DEF("connect", 2, host_connect),
	JS_CFUNC_DEF("receive", 1, host_receive),
	JS_CFUNC_DEF("send", 3, host_send),
};

void host_add_system(JSContext *ctx, JSValueConst host)
{
	JS_SetPropertyFunctionList(ctx, host, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, host, "wireHash", JS_NewInt64(ctx, CTN_WIRE_HASH));
}
