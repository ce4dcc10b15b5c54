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

#define HOST_FUNCTION(name) \
	static JSValue host_##name(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
#define UNUSED() ((void)this, (void)argc, (void)argv)

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
