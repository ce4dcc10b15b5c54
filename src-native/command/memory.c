/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the engine. Its first part is in the executable: the build loads the program into it and
 * writes it down, so that a command begins where the program is loaded already. The executable is
 * linked to fixed addresses, so that what points into it stays true.
 *
 * Beyond that it is for a program that lives for milliseconds: taken from large pieces, and freed into
 * lists by size. A command that waits for its container for days allocates next to nothing meanwhile;
 * what it does allocate is of the sizes that are kept here.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum { LOADED = 2 << 20, PIECE = 256 * 1024, ALIGNMENT = 16, CLASSES = 64 };

/* In front of what the engine gets; 16 bytes, so that it is aligned. */
struct block {
	size_t size;
	struct block *next; /* in `spare` */
};

/* A section of its own, which objcopy(1) fills. */
static struct {
	struct memory_root root;
	size_t used;
	char bytes[LOADED] __attribute__((aligned(ALIGNMENT)));
} loaded __attribute__((section(".loaded"), aligned(4096)));

static int is_loading;
static char *at, *end;
static struct block *spare[CLASSES]; /* of sizes (n + 1) * ALIGNMENT */

struct memory_root *memory_root(void)
{
	return &loaded.root;
}

const void *memory_image(size_t *size)
{
	*size = sizeof loaded;
	return &loaded;
}

void memory_start(void)
{
	madvise(&loaded, loaded.used, MADV_POPULATE_WRITE);
}

void memory_load(void)
{
	is_loading = 1;
}

static int is_loaded(const void *pointer)
{
	return (const char *)pointer >= loaded.bytes && (const char *)pointer < loaded.bytes + LOADED;
}

static size_t rounded(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static struct block **spare_of(size_t size)
{
	return size && size <= CLASSES * ALIGNMENT ? &spare[size / ALIGNMENT - 1] : NULL;
}

/* Of what the executable has room for. */
static struct block *take_loaded(size_t size)
{
	struct block *block = (struct block *)(loaded.bytes + loaded.used);

	if (LOADED - loaded.used < sizeof *block + size)
		return NULL;
	loaded.used += sizeof *block + size;
	return block;
}

static struct block *take_new(size_t size)
{
	struct block *block;

	if (size > CLASSES * ALIGNMENT)
		return malloc(sizeof *block + size);
	if ((size_t)(end - at) < sizeof *block + size) {
		at = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (at == MAP_FAILED) {
			at = end = NULL;
			return NULL;
		}
		end = at + PIECE;
	}
	block = (struct block *)at;
	at += sizeof *block + size;
	return block;
}

static void *take(JSMallocState *state, size_t wanted)
{
	size_t size = rounded(wanted ? wanted : 1);
	struct block **list = spare_of(size), *block = list ? *list : NULL;

	(void)state;
	if (block) {
		*list = block->next;
		return block + 1;
	}
	block = is_loading ? take_loaded(size) : take_new(size);
	if (!block)
		return NULL;
	block->size = size;
	return block + 1;
}

static void give(JSMallocState *state, void *pointer)
{
	struct block *block = pointer, **list;

	(void)state;
	if (!pointer)
		return;
	block--;
	list = spare_of(block->size);
	if (list) {
		block->next = *list;
		*list = block;
	} else if (!is_loaded(block)) {
		free(block);
	}
}

static void *change(JSMallocState *state, void *pointer, size_t wanted)
{
	struct block *block = pointer;
	size_t size = rounded(wanted);
	void *moved;

	if (!pointer)
		return wanted ? take(state, wanted) : NULL;
	if (!wanted) {
		give(state, pointer);
		return NULL;
	}
	block--;
	if (size <= block->size)
		return pointer;
	if (!spare_of(block->size) && !is_loaded(block)) {
		block = realloc(block, sizeof *block + size);
		if (!block)
			return NULL;
		block->size = size;
		return block + 1;
	}
	moved = take(state, wanted);
	if (moved) {
		memcpy(moved, pointer, block->size);
		give(state, pointer);
	}
	return moved;
}

static size_t usable(const void *pointer)
{
	return pointer ? ((const struct block *)pointer - 1)->size : 0;
}

const JSMallocFunctions host_memory = {take, give, change, usable};
