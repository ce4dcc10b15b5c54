/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quickjs SCRIPT [ARGUMENT...]: a script under the engine of the command, with the same `host`, and with QuickJS's own
 * `std` and `os`, by which tests look at the machine. Only tests have this program: the command runs no script but its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src-native/auto.h"
#include "../../src-native/command/host.h"

/* quickjs-libc.h, which no package has beside the library. */
void js_std_init_handlers(JSRuntime *runtime);
JSModuleDef *js_init_module_std(JSContext *ctx, const char *name);
JSModuleDef *js_init_module_os(JSContext *ctx, const char *name);

/* It is made with the headers of a newer glibc; see ../../src-native/command/libc.c. */
long __isoc23_strtol(const char *text, char **end, int base);
long __isoc23_strtol(const char *text, char **end, int base)
{
	return strtol(text, end, base);
}

#ifndef __GLIBC__
char *__realpath_chk(const char *path, char *resolved, size_t size);
char *__realpath_chk(const char *path, char *resolved, size_t size)
{
	(void)size;
	return realpath(path, resolved);
}

long __fdelt_chk(long fd);
long __fdelt_chk(long fd)
{
	return fd / (8 * sizeof(long));
}
#endif

static const char prelude[] =
	"import * as std from 'std'; import * as os from 'os'; Object.assign(globalThis, {std, os});";

/* Promises that were rejected, and that nobody has asked about so far. */
static JSValue rejected;

static void note_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL is_handled, void *opaque)
{
	JSValue add = JS_GetPropertyStr(ctx, rejected, is_handled ? "delete" : "set");
	JSValueConst arguments[] = {promise, reason};

	(void)opaque;
	JS_FreeValue(ctx, JS_Call(ctx, add, rejected, 2, arguments));
	JS_FreeValue(ctx, add);
}

static char *read_script(const char *path, size_t *size)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*size = st.st_size;
	text = calloc(1, *size + 1);
	return text && read(fd, text, *size) == (ssize_t)*size ? text : NULL;
}

int main(int argc, char **argv)
{
	JSRuntime *runtime = JS_NewRuntime2(&host_memory, NULL);
	JSContext *ctx = JS_NewContext(runtime);
	JSValue global = JS_GetGlobalObject(ctx), arguments = JS_NewArray(ctx);
	size_t size;
	auto_free char *text = argc > 1 ? read_script(argv[1], &size) : NULL;

	if (!text) {
		dprintf(2, "quickjs: no script\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN); /* as Node does */
	js_std_init_handlers(runtime);
	js_init_module_std(ctx, "std");
	js_init_module_os(ctx, "os");
	for (int i = 2; i < argc; i++)
		JS_SetPropertyUint32(ctx, arguments, i - 2, JS_NewString(ctx, argv[i]));
	rejected = JS_Eval(ctx, "new Map()", 9, "quickjs", JS_EVAL_TYPE_GLOBAL);
	JS_SetPropertyStr(ctx, global, "host", host_new(ctx));
	JS_SetPropertyStr(ctx, global, "scriptArgs", arguments);
	JS_SetPropertyStr(ctx, global, "rejected", JS_DupValue(ctx, rejected));
	JS_SetHostPromiseRejectionTracker(runtime, note_rejection, NULL);
	if (JS_IsException(JS_Eval(ctx, prelude, strlen(prelude), "quickjs", JS_EVAL_TYPE_MODULE)) || loop_run(ctx) < 0)
		return host_fail(ctx);
	return JS_IsException(JS_Eval(ctx, text, size, argv[1], JS_EVAL_TYPE_GLOBAL)) || loop_run(ctx) < 0 ? host_fail(ctx) : 0;
}
