/* SPDX-License-Identifier: Apache-2.0 */
/* The command's own memcpy(3), memmove(3) and malloc(3) against what they have to do. Ends with 0, or says what is wrong. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../../src-native/command/host.h"

/* What follows is compiled as it is for the command, under other names. */
#undef __GLIBC__
#define memcpy ctn_memcpy
#define memmove ctn_memmove
#define malloc ctn_malloc
#define calloc ctn_calloc
#define realloc ctn_realloc
#define free ctn_free
#define malloc_usable_size ctn_malloc_usable_size
#include "../../src-native/command/libc.c"
#include "../../src-native/command/memory.c"
#undef memcpy
#undef memmove

enum { ROOM = 2048, HELD = 256 };

static unsigned char before[ROOM], ours[ROOM], theirs[ROOM];

#define CHECK(fact, ...) do { if (!(fact)) { fprintf(stderr, __VA_ARGS__); exit(1); } } while (0)

static void copies(size_t to, size_t from, size_t size)
{
	memcpy(ours, before, ROOM);
	memcpy(theirs, before, ROOM);
	CHECK(ctn_memmove(ours + to, ours + from, size) == ours + to, "memmove: result\n");
	memmove(theirs + to, theirs + from, size);
	CHECK(!memcmp(ours, theirs, ROOM), "memmove: %zu bytes from %zu to %zu\n", size, from, to);
	memcpy(ours, before, ROOM);
	CHECK(ctn_memcpy(ours + to, before + from, size) == ours + to, "memcpy: result\n");
	memcpy(theirs, before, ROOM);
	memcpy(theirs + to, before + from, size);
	CHECK(!memcmp(ours, theirs, ROOM), "memcpy: %zu bytes from %zu to %zu\n", size, from, to);
}

static size_t some_size(void)
{
	int kind = rand() % 8;

	return kind == 0 ? rand() % 200000 : kind < 3 ? rand() % 5000 : rand() % 300;
}

/* Blocks do not touch one another, are aligned and keep what is in them. */
static void blocks(void)
{
	static struct { unsigned char *at, value; size_t size; } held[HELD];

	for (int turn = 0; turn < 200000; turn++) {
		int i = rand() % HELD;
		size_t size = some_size();
		size_t kept = held[i].size < size ? held[i].size : size;

		if (held[i].at && rand() % 3) {
			for (size_t n = 0; n < held[i].size; n++)
				CHECK(held[i].at[n] == held[i].value, "a block of %zu bytes changed\n", held[i].size);
			free(held[i].at);
			held[i].at = NULL;
			continue;
		}
		if (!held[i].at && rand() % 2) {
			held[i].at = calloc(size, 1);
			for (size_t n = 0; n < size; n++)
				CHECK(held[i].at[n] == 0, "calloc: not zero\n");
		} else if (!held[i].at) {
			held[i].at = malloc(size);
		} else {
			held[i].at = realloc(held[i].at, size);
			for (size_t n = 0; n < kept; n++)
				CHECK(held[i].at[n] == held[i].value, "realloc: %zu bytes are not those of before\n", kept);
		}
		CHECK(held[i].at && (uintptr_t)held[i].at % 16 == 0, "a block is not aligned\n");
		CHECK(malloc_usable_size(held[i].at) >= size, "a block is too small\n");
		held[i].size = size;
		held[i].value = turn;
		memset(held[i].at, held[i].value, size);
	}
}

/* One of two threads: nobody else has its blocks. */
static void *alone(void *data)
{
	unsigned char value = *(unsigned char *)data;
	unsigned char *held[16] = {0};

	for (int turn = 0; turn < 2000000; turn++) {
		unsigned char **mine = &held[turn % 16];

		CHECK(!*mine || (*mine)[turn % 16] == value, "a block belongs to two threads\n");
		free(*mine);
		*mine = malloc(16 + turn % 16);
		memset(*mine, value, 16);
	}
	return NULL;
}

static void threads(void)
{
	unsigned char values[] = {1, 2};
	pthread_t other;

	CHECK(!pthread_create(&other, NULL, alone, &values[0]), "no thread\n");
	alone(&values[1]);
	pthread_join(other, NULL);
}

int main(void)
{
	volatile size_t most = SIZE_MAX;

	for (size_t i = 0; i < ROOM; i++)
		before[i] = i * 7 + (i >> 8);
	for (size_t size = 0; size < 90; size++)
		for (size_t to = 0; to < 70; to++)
			for (size_t from = 0; from < 70; from += 3)
				copies(to, from, size);
	for (int turn = 0; turn < 20000; turn++) {
		size_t size = rand() % (ROOM / 2);

		copies(rand() % (ROOM - size), rand() % (ROOM - size), size);
	}
	blocks();
	threads();
	CHECK(!malloc(most) && errno == ENOMEM, "malloc gives what nobody has\n");
	CHECK(!calloc(most / 2, 3), "calloc gives what nobody has\n");
	return 0;
}
