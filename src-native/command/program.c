/* SPDX-License-Identifier: Apache-2.0 */
/* Host functions that stand for what Node calls `process`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../auto.h"
#include "host.h"

#define HOST_FUNCTION(name) \
	static JSValue host_##name(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
#define UNUSED() ((void)this, (void)argc, (void)argv)

/* Whoever started us may ignore SIGPIPE, or have us ignore it. */
static void end_by_sigpipe(void)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(SIGPIPE);
	_exit(128 + SIGPIPE);
}

/*
 * print(fd, text): what cannot be written is dropped; the descriptors may be anything, or nothing. But when the reader of
 * standard output is gone there is nothing more to do.
 */
HOST_FUNCTION(print)
{
	size_t length;
	const char *text = JS_ToCStringLen(ctx, &length, argv[1]), *at = text;
	int fd = value_int(ctx, argv[0]);

	UNUSED();
	while (length) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno == EPIPE && fd == 1)
			end_by_sigpipe();
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0) {
			at += n;
			length -= n;
		}
	}
	JS_FreeCString(ctx, text);
	return JS_UNDEFINED;
}

HOST_FUNCTION(exit)
{
	UNUSED();
	_exit(value_int(ctx, argv[0]));
}

HOST_FUNCTION(cwd)
{
	auto_free char *path = get_current_dir_name();

	UNUSED();
	return path ? JS_NewString(ctx, path) : JS_UNDEFINED;
}

/* environment(): all of it, as NAME=value. */
HOST_FUNCTION(environment)
{
	UNUSED();
	return value_from_strings(ctx, environ);
}

/* variable(name): of the environment. */
HOST_FUNCTION(variable)
{
	const char *name = JS_ToCString(ctx, argv[0]), *value = name ? getenv(name) : NULL;

	UNUSED();
	JS_FreeCString(ctx, name);
	return value ? JS_NewString(ctx, value) : JS_UNDEFINED;
}

HOST_FUNCTION(executable)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);

	UNUSED();
	return JS_NewStringLen(ctx, path, n < 0 ? 0 : n);
}

/* random(): from 0 to below 1. The engine's own begins where the build left it. */
HOST_FUNCTION(random)
{
	uint64_t bits = 0;

	UNUSED();
	getentropy(&bits, sizeof bits);
	return JS_NewFloat64(ctx, (bits >> 11) * 0x1p-53);
}

/* columns(fd): of a terminal; 80 where it does not know its size. */
HOST_FUNCTION(columns)
{
	struct winsize size;

	UNUSED();
	if (ioctl(value_int(ctx, argv[0]), TIOCGWINSZ, &size) < 0)
		return JS_UNDEFINED;
	return JS_NewInt32(ctx, size.ws_col ? size.ws_col : 80);
}

HOST_FUNCTION(uid)
{
	UNUSED();
	return JS_NewInt32(ctx, geteuid());
}

/* signals(numbers): a descriptor that tells of them; they have no other effect from then on. */
HOST_FUNCTION(signals)
{
	int numbers[64], count = value_ints(ctx, argv[0], numbers, 64);
	sigset_t set;
	int fd;

	UNUSED();
	sigemptyset(&set);
	for (int i = 0; i < count && i < 64; i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return JS_NewInt32(ctx, fd < 0 ? -errno : fd);
}

/* nextSignal(fd): a number, or -errno */
HOST_FUNCTION(nextSignal)
{
	struct signalfd_siginfo info;
	ssize_t n = read(value_int(ctx, argv[0]), &info, sizeof info);

	UNUSED();
	return JS_NewInt32(ctx, n == sizeof info ? (int)info.ssi_signo : -errno);
}

/* execute(path, argv, envp): becomes that program, or -errno. Descriptors stay as we were given them. */
HOST_FUNCTION(execute)
{
	const char *path = JS_ToCString(ctx, argv[0]);
	char **args = value_strings(ctx, argv[1]);
	char **env = value_strings(ctx, argv[2]);
	int err = -ENOMEM;

	UNUSED();
	if (args && env) {
		execve(path, args, env);
		err = -errno;
	}
	value_free_strings(args);
	value_free_strings(env);
	JS_FreeCString(ctx, path);
	return JS_NewInt32(ctx, err);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("print", 2, host_print),
	JS_CFUNC_DEF("exit", 1, host_exit),
	JS_CFUNC_DEF("cwd", 0, host_cwd),
	JS_CFUNC_DEF("environment", 0, host_environment),
	JS_CFUNC_DEF("variable", 1, host_variable),
	JS_CFUNC_DEF("executable", 0, host_executable),
	JS_CFUNC_DEF("random", 0, host_random),
	JS_CFUNC_DEF("columns", 1, host_columns),
	JS_CFUNC_DEF("uid", 0, host_uid),
	JS_CFUNC_DEF("signals", 1, host_signals),
	JS_CFUNC_DEF("nextSignal", 1, host_nextSignal),
	JS_CFUNC_DEF("execute", 3, host_execute),
};

void host_add_program(JSContext *ctx, JSValueConst host)
{
	JS_SetPropertyFunctionList(ctx, host, functions, sizeof functions / sizeof *functions);
}
