/* SPDX-License-Identifier: Apache-2.0 */
/* The command `ctnative`: loads the entry of the bundle and runs it until it is done. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

extern char **environ;

/* The value of a module: function (exports, load). */
static JSValue read_module(JSContext *ctx, const struct ctn_module *module)
{
	JSValue code = JS_ReadObject(ctx, module->start, module->end - module->start, JS_READ_OBJ_BYTECODE);

	return JS_IsException(code) ? code : JS_EvalFunction(ctx, code);
}

/* module(name): what read_module() gives */
static JSValue host_module(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	const char *name = JS_ToCString(ctx, argv[0]);
	const struct ctn_module *module = ctn_modules;

	(void)this;
	(void)argc;
	while (module->name && strcmp(module->name, name))
		module++;
	if (!module->name) {
		JS_ThrowReferenceError(ctx, "the native command has no module %s", name);
		JS_FreeCString(ctx, name);
		return JS_EXCEPTION;
	}
	JS_FreeCString(ctx, name);
	return read_module(ctx, module);
}

static JSValue strings(JSContext *ctx, char **list)
{
	JSValue array = JS_NewArray(ctx);

	for (uint32_t i = 0; list[i]; i++)
		JS_SetPropertyUint32(ctx, array, i, JS_NewString(ctx, list[i]));
	return array;
}

static void add_host(JSContext *ctx, char **argv)
{
	JSValue global = JS_GetGlobalObject(ctx);
	JSValue host = JS_NewObject(ctx);

	host_add_system(ctx, host);
	host_add_program(ctx, host);
	host_add_text(ctx, host);
	host_add_loop(ctx, host);
	JS_SetPropertyStr(ctx, host, "module", JS_NewCFunction(ctx, host_module, "module", 1));
	JS_SetPropertyStr(ctx, host, "args", strings(ctx, argv));
	JS_SetPropertyStr(ctx, host, "env", strings(ctx, environ));
	JS_SetPropertyStr(ctx, global, "host", host);
	JS_FreeValue(ctx, global);
}

static int fail(JSContext *ctx)
{
	JSValue error = JS_GetException(ctx);
	JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
	const char *text = JS_ToCString(ctx, error), *where = JS_ToCString(ctx, stack);

	dprintf(2, "ctnative: %s\n%s", text ? text : "failed", where ? where : "");
	return 1;
}

/* Whatever is opened must not become descriptor 0, 1 or 2, which containers are given. */
static void open_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < 3);
	if (fd >= 3)
		close(fd);
}

int main(int argc, char **argv)
{
	JSRuntime *runtime;
	JSContext *ctx;
	JSValue entry;

	(void)argc;
	open_stdio();
	runtime = JS_NewRuntime2(&host_memory, NULL);
	if (!runtime)
		return 1;
	JS_SetGCThreshold(runtime, (size_t)-1); /* it ends before there is much to collect */
	ctx = JS_NewContext(runtime);
	if (!ctx)
		return 1;
	add_host(ctx, argv);
	entry = read_module(ctx, &ctn_modules[0]);
	if (JS_IsException(entry) || loop_run(ctx) < 0)
		return fail(ctx);
	return 0;
}
