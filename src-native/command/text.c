/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as TextEncoder and TextDecoder do it: in an interpreter a loop over bytes is what takes the time. */
#include <stdlib.h>
#include <string.h>

#include "../auto.h"
#include "host.h"

static const char replacement[] = "\xEF\xBF\xBD";

/* How many bytes of a character are at `at`: all of it in *valid, or as many as could begin one. */
static size_t character(const uint8_t *at, size_t left, int *valid)
{
	uint8_t least = at[0] == 0xE0 ? 0xA0 : at[0] == 0xF0 ? 0x90 : 0x80;
	uint8_t most = at[0] == 0xED ? 0x9F : at[0] == 0xF4 ? 0x8F : 0xBF;
	size_t wanted = at[0] < 0x80 ? 1 : at[0] < 0xC2 || at[0] > 0xF4 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
	size_t have = 1;

	for (; have < wanted && have < left && at[have] >= least && at[have] <= most; have++) {
		least = 0x80;
		most = 0xBF;
	}
	*valid = have == wanted;
	return have;
}

/* decode(bytes): string */
static JSValue host_decode(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	size_t size, length = 0;
	const uint8_t *bytes = value_bytes(ctx, argv[0], &size);
	auto_free char *text = malloc(3 * size + 1);

	(void)this;
	(void)argc;
	if (!text)
		return JS_ThrowOutOfMemory(ctx);
	for (size_t at = 0, n; at < size; at += n) {
		int valid;

		n = character(bytes + at, size - at, &valid);
		memcpy(text + length, valid ? (const char *)bytes + at : replacement, valid ? n : 3);
		length += valid ? n : 3;
	}
	return JS_NewStringLen(ctx, text, length);
}

/* encode(text): Uint8Array. The engine gives a lone surrogate as three bytes of its own. */
static JSValue host_encode(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	size_t size;
	const char *text = JS_ToCStringLen(ctx, &size, argv[0]);
	uint8_t *copy = text ? malloc(size + 1) : NULL;
	JSValue value;

	(void)this;
	(void)argc;
	if (!copy)
		return JS_ThrowOutOfMemory(ctx);
	memcpy(copy, text, size);
	for (size_t at = 0; at + 2 < size; at++)
		if (copy[at] == 0xED && copy[at + 1] >= 0xA0)
			memcpy(copy + at, replacement, 3);
	value = value_from_bytes(ctx, copy, size);
	free(copy);
	JS_FreeCString(ctx, text);
	return value;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("decode", 1, host_decode),
	JS_CFUNC_DEF("encode", 1, host_encode),
};

void host_add_text(JSContext *ctx, JSValueConst host)
{
	JS_SetPropertyFunctionList(ctx, host, functions, sizeof functions / sizeof *functions);
}
