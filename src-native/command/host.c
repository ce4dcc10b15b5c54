/* SPDX-License-Identifier: Apache-2.0 */
/* What JavaScript knows as `host`, and what becomes of an exception that nobody caught. */
#include <stdio.h>

#include "host.h"

JSValue host_new(JSContext *ctx)
{
	JSValue host = JS_NewObject(ctx);

	host_add_system(ctx, host);
	host_add_batches(ctx, host);
	host_add_spawn(ctx, host);
	host_add_program(ctx, host);
	host_add_text(ctx, host);
	host_add_loop(ctx, host);
	return host;
}

int host_fail(JSContext *ctx)
{
	JSValue error = JS_GetException(ctx);
	JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
	const char *text = JS_ToCString(ctx, error), *where = JS_ToCString(ctx, stack);

	dprintf(2, "ctnative: %s\n%s", text ? text : "failed", where ? where : "");
	return 1;
}
