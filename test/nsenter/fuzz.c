/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Throws broken plans at ctn_list_check(), and reads whatever it lets through as init would.
 *
 * Usage: fuzz SEED ITERATIONS < plans, where each plan is behind two u32, its magic and its size.
 * A plan lies in memory of exactly its size, so that the sanitizers see every byte read beyond it.
 * Prints how many were let through and how many were refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src-native/ctn_list.h"

enum { SEED_LIMIT = 64, ROOM = 64 };

static struct {
	uint32_t magic, size;
	char *bytes;
} seeds[SEED_LIMIT];
static uint32_t seed_count;

static uint64_t state;
static volatile uint64_t sink; /* what was read is used */

/* xorshift64*: the same numbers for the same seed on every machine */
static uint32_t next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 2685821657736338717ull) >> 32;
}

static uint32_t below(uint32_t limit)
{
	return limit ? next() % limit : 0;
}

static void touch(const void *bytes, uint64_t length)
{
	for (uint64_t i = 0; i < length; i++)
		sink += ((const unsigned char *)bytes)[i];
}

static void touch_u32(const struct ctn_list *list, uint64_t value)
{
	(void)list;
	sink += value;
}

#define touch_u64 touch_u32
#define touch_fd touch_u32
#define touch_pad touch_u32

static void touch_ostr(const struct ctn_list *list, uint64_t offset)
{
	const char *text = ctn_list_string(list, offset);

	if (text)
		touch(text, strlen(text) + 1);
}

#define touch_str touch_ostr

static void touch_strv(const struct ctn_list *list, uint64_t offset)
{
	const char *at = ctn_list_first(list, offset);

	for (uint32_t i = ctn_list_count(list, offset); i; i--, at = ctn_list_next(at))
		touch(at, strlen(at) + 1);
}

static void touch_blob(const struct ctn_list *list, uint64_t offset)
{
	uint32_t length;
	const void *bytes = ctn_list_blob(list, offset, &length);

	touch(bytes, length);
}

#define TOUCH_FIELD(kind, name) touch_##kind(list, record->name);
#define TOUCH_STEP(number, op) \
	case number: { \
		const struct ctn_step_##op *record = at; \
		CTN_FIELDS_##op(TOUCH_FIELD) \
		return; \
	}
#define TOUCH_HOST(number, op) \
	case number: { \
		const struct ctn_host_##op *record = at; \
		CTN_HOST_FIELDS_##op(TOUCH_FIELD) \
		return; \
	}

static void touch_record(const struct ctn_list *list, const void *at)
{
	uint16_t code = ((const struct ctn_op_head *)at)->code;

	if (list->head->magic == CTN_PLAN_MAGIC) {
		switch (code) {
		CTN_STEPS(TOUCH_STEP)
		}
	} else {
		switch (code) {
		CTN_HOST_OPS(TOUCH_HOST)
		}
	}
	abort(); /* an op that nobody knows was let through */
}

/* As main.c of init: from record to record by their sizes. */
static int check_and_read(const char *bytes, uint32_t size, uint32_t magic)
{
	struct ctn_list list = {0};
	const char *at = bytes + sizeof *list.head;

	if (!ctn_list_check(&list, bytes, size, magic))
		return 0;
	for (uint32_t i = 0; i < list.head->op_count; i++) {
		touch_record(&list, at);
		at += ((const struct ctn_op_head *)at)->size;
	}
	return 1;
}

static uint32_t interesting(uint32_t size)
{
	const uint32_t values[] = {
		0, 1, 7, 8, 31, 32, 33, size - 1, size, size + 1, size - 4, size - 5, 0x7fffffff, 0x80000000, 0xffffffff,
		0xfffffffc, below(size + ROOM), below(size + ROOM) & ~3u, below(64), next(),
	};

	return values[below(sizeof values / sizeof *values)];
}

/* One of the things that go wrong with bytes. Returns the new size; the buffer has ROOM more. */
static uint32_t mutate(char *bytes, uint32_t size)
{
	struct ctn_list_head *head = (void *)bytes;
	uint32_t at, value, strings = size < sizeof *head ? size : head->strings;

	switch (below(8)) {
	case 0: /* a bit */
		bytes[below(size)] ^= 1 << below(8);
		break;
	case 1: /* a byte */
		bytes[below(size)] = next();
		break;
	case 2: /* a number of a record, where most of the offsets are */
		strings = strings > size ? size : strings;
		/* fall through */
	case 3: /* a number anywhere */
		at = below(strings > size ? size : strings) & ~3u;
		value = interesting(size);
		if (at + sizeof value <= size)
			memcpy(bytes + at, &value, sizeof value);
		break;
	case 4: /* a number of the head */
		value = interesting(size);
		memcpy(bytes + 4 * below(8), &value, sizeof value);
		break;
	case 5: /* the end is missing; the head may know */
		value = below(size);
		size = value < sizeof *head ? sizeof *head : value;
		if (below(2))
			head->size = size;
		break;
	case 6: /* something behind the end; the head may know */
		value = below(ROOM);
		memset(bytes + size, below(2) ? 0 : 'x', value);
		size += value;
		if (below(2))
			head->size = size;
		break;
	case 7: /* a part that belongs elsewhere */
		value = below(size / 2);
		memmove(bytes + below(size - value), bytes + below(size - value), value);
		break;
	}
	return size;
}

static int mutated(void)
{
	uint32_t n = below(seed_count), size = seeds[n].size, keep;
	char *big = malloc(size + 8 * ROOM), *exact;
	int sound;

	memcpy(big, seeds[n].bytes, size);
	for (uint32_t i = 1 + below(4); i; i--)
		size = mutate(big, size);
	keep = below(4);
	if (keep) { /* mostly what gets past the first comparisons */
		((struct ctn_list_head *)big)->magic = seeds[n].magic;
		((struct ctn_list_head *)big)->hash = ctn_wire_hash();
		((struct ctn_list_head *)big)->size = size;
	}
	if (keep > 1)
		big[size - 1] = 0;
	exact = malloc(size);
	memcpy(exact, big, size);
	free(big);
	sound = check_and_read(exact, size, seeds[n].magic);
	free(exact);
	return sound;
}

static int random_bytes(void)
{
	uint32_t size = below(256), sound;
	char *bytes = malloc(size ? size : 1);
	struct ctn_list_head *head = (void *)bytes;

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = below(3) ? below(40) : next();
	if (size >= sizeof *head && below(8)) {
		head->magic = below(2) ? CTN_PLAN_MAGIC : CTN_BATCH_MAGIC;
		head->hash = ctn_wire_hash();
		head->size = size;
		head->strings = 32 + 8 * below(16);
		head->op_count = below(4);
		bytes[size - 1] = 0;
	}
	sound = check_and_read(bytes, size, below(2) ? CTN_PLAN_MAGIC : CTN_BATCH_MAGIC);
	free(bytes);
	return sound;
}

static void read_seeds(void)
{
	uint32_t frame[2];

	while (seed_count < SEED_LIMIT && fread(frame, sizeof frame, 1, stdin) == 1) {
		char *bytes = malloc(frame[1]);

		if (!bytes || fread(bytes, 1, frame[1], stdin) != frame[1])
			exit(2);
		seeds[seed_count].magic = frame[0];
		seeds[seed_count].size = frame[1];
		seeds[seed_count++].bytes = bytes;
		if (!check_and_read(bytes, frame[1], frame[0]))
			exit(3);
	}
}

int main(int argc, char **argv)
{
	uint64_t passed[2] = {0}, iterations = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	read_seeds();
	if (!seed_count || !state)
		return 4;
	for (uint64_t i = 0; i < iterations; i++)
		passed[i % 8 ? mutated() : random_bytes()]++;
	printf("%llu refused, %llu let through\n", (unsigned long long)passed[0], (unsigned long long)passed[1]);
	return 0;
}
