/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads lists of ctn_wire.h as C does and prints what it found, one record a line.
 *
 * Input: lists, each behind two u32, its magic and its size. Output: for each list its records,
 * then a line that says `sound` or `unsound`. A record is its op, its ok_errno and its fields;
 * numbers are decimal, texts are their bytes in hexadecimal, and what is not there is `-`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src-native/ctn_list.h"

static void hex(const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", ((const unsigned char *)bytes)[i]);
}

static void show_u32(const struct ctn_list *list, uint64_t value)
{
	(void)list;
	printf("%llu", (unsigned long long)value);
}

#define show_u64 show_u32
#define show_fd show_u32
#define show_pad show_u32

static void show_ostr(const struct ctn_list *list, uint64_t offset)
{
	const char *text = ctn_list_string(list, offset);

	if (text)
		hex(text, strlen(text));
	else
		putchar('-');
}

#define show_str show_ostr

static void show_strv(const struct ctn_list *list, uint64_t offset)
{
	const char *at = ctn_list_first(list, offset);

	putchar('[');
	for (uint32_t i = ctn_list_count(list, offset); i; i--, at = ctn_list_next(at)) {
		hex(at, strlen(at));
		putchar(',');
	}
	putchar(']');
}

static void show_blob(const struct ctn_list *list, uint64_t offset)
{
	uint32_t length;
	const void *bytes = ctn_list_blob(list, offset, &length);

	if (bytes)
		hex(bytes, length);
	else
		putchar('-');
}

#define SHOW_FIELD(kind, name) printf(" %s=", #name); show_##kind(list, record->name);
#define SHOW_STEP(number, op) \
	case number: { \
		const struct ctn_step_##op *record = at; \
		printf("%s ok=%u", #op, record->head.ok_errno); \
		CTN_FIELDS_##op(SHOW_FIELD) \
		break; \
	}
#define SHOW_HOST(number, op) \
	case number: { \
		const struct ctn_host_##op *record = at; \
		printf("%s ok=%u", #op, record->head.ok_errno); \
		CTN_HOST_FIELDS_##op(SHOW_FIELD) \
		break; \
	}

static void show(const struct ctn_list *list, const void *at)
{
	uint16_t code = ((const struct ctn_op_head *)at)->code;

	if (list->head->magic == CTN_PLAN_MAGIC) {
		switch (code) {
		CTN_STEPS(SHOW_STEP)
		}
	} else {
		switch (code) {
		CTN_HOST_OPS(SHOW_HOST)
		}
	}
	putchar('\n');
}

static void dump(const char *bytes, uint32_t size, uint32_t magic)
{
	struct ctn_list list;
	const char *at = bytes + sizeof *list.head;

	if (!ctn_list_check(&list, bytes, size, magic)) {
		puts("unsound");
		return;
	}
	for (uint32_t i = 0; i < list.head->op_count; i++) {
		show(&list, at);
		at += ((const struct ctn_op_head *)at)->size;
	}
	puts("sound");
}

int main(void)
{
	uint32_t frame[2];

	while (fread(frame, sizeof frame, 1, stdin) == 1) {
		char *bytes = malloc(frame[1] ? frame[1] : 1);

		if (!bytes || fread(bytes, 1, frame[1], stdin) != frame[1])
			return 1;
		dump(bytes, frame[1], frame[0]);
		free(bytes);
	}
	return 0;
}
