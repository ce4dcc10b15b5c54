/* SPDX-License-Identifier: Apache-2.0 */
/* Between JavaScript values and C ones. The only caller is ts/command: a wrong type is a bug there. */
#include <stdlib.h>
#include <string.h>

#include "host.h"

int value_int(JSContext *ctx, JSValueConst value)
{
	int32_t number = -1;

	JS_ToInt32(ctx, &number, value);
	return number;
}

const uint8_t *value_bytes(JSContext *ctx, JSValueConst value, size_t *size)
{
	size_t offset, length, element, whole;
	JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &length, &element);
	const uint8_t *bytes;

	*size = 0;
	if (JS_IsException(buffer))
		return NULL;
	bytes = JS_GetArrayBuffer(ctx, &whole, buffer);
	JS_FreeValue(ctx, buffer); /* the view that the caller holds keeps it */
	*size = length;
	return bytes ? bytes + offset : NULL;
}

void *value_copy(JSContext *ctx, JSValueConst value, size_t *size)
{
	const uint8_t *bytes = value_bytes(ctx, value, size);
	void *copy = malloc(*size + 1);

	if (copy && *size)
		memcpy(copy, bytes, *size);
	return copy;
}

static int value_length(JSContext *ctx, JSValueConst array)
{
	JSValue length = JS_GetPropertyStr(ctx, array, "length");
	int count = value_int(ctx, length);

	JS_FreeValue(ctx, length);
	return count < 0 ? 0 : count;
}

int value_ints(JSContext *ctx, JSValueConst value, int *ints, int room)
{
	int count = value_length(ctx, value);

	for (int i = 0; i < count && i < room; i++) {
		JSValue item = JS_GetPropertyUint32(ctx, value, i);

		ints[i] = value_int(ctx, item);
		JS_FreeValue(ctx, item);
	}
	return count;
}

char **value_strings(JSContext *ctx, JSValueConst value)
{
	int count = value_length(ctx, value);
	char **strings = calloc(count + 1, sizeof *strings);

	for (int i = 0; strings && i < count; i++) {
		JSValue item = JS_GetPropertyUint32(ctx, value, i);
		const char *text = JS_ToCString(ctx, item);

		strings[i] = strdup(text ? text : "");
		JS_FreeCString(ctx, text);
		JS_FreeValue(ctx, item);
	}
	return strings;
}

void value_free_strings(char **strings)
{
	for (char **at = strings; at && *at; at++)
		free(*at);
	free(strings);
}

JSValue value_from_bytes(JSContext *ctx, const void *bytes, size_t size)
{
	/* The engine reads the offset and the length without looking at how many arguments there are. */
	JSValue arguments[] = {JS_NewArrayBufferCopy(ctx, bytes, size), JS_UNDEFINED, JS_UNDEFINED};
	JSValue array;

	if (JS_IsException(arguments[0]))
		return arguments[0];
	array = JS_NewTypedArray(ctx, 3, arguments, JS_TYPED_ARRAY_UINT8);
	JS_FreeValue(ctx, arguments[0]);
	return array;
}

JSValue value_from_ints(JSContext *ctx, const int *ints, int count)
{
	JSValue array = JS_NewArray(ctx);

	for (int i = 0; i < count; i++)
		JS_SetPropertyUint32(ctx, array, i, JS_NewInt32(ctx, ints[i]));
	return array;
}

JSValue value_from_strings(JSContext *ctx, char **strings)
{
	JSValue array = JS_NewArray(ctx);

	for (uint32_t i = 0; strings[i]; i++)
		JS_SetPropertyUint32(ctx, array, i, JS_NewString(ctx, strings[i]));
	return array;
}

JSValue value_from_failure(JSContext *ctx, uint32_t index, int err)
{
	JSValue failure = JS_NewObject(ctx);

	JS_SetPropertyStr(ctx, failure, "index", JS_NewUint32(ctx, index));
	JS_SetPropertyStr(ctx, failure, "errno", JS_NewInt32(ctx, err));
	return failure;
}
