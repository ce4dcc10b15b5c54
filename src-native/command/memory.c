/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the engine. Its first part is in the executable: the build loads the program into it and
 * writes it down, so that a command begins where the program is loaded already. The executable is
 * linked to fixed addresses, so that what points into it stays true.
 *
 * The blocks that commands write to, if only to count references, are together at its beginning, as pages
 * that are written to have to be copied. Which they are is found out by rehearsal (rehearse.c).
 *
 * Beyond that it is for a program that lives for milliseconds: taken from large pieces, and freed into
 * lists by size. A command that waits for its container for days allocates next to nothing meanwhile;
 * what it does allocate is of the sizes that are kept here.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum { LOADED = 2 << 20, PIECE = 64 * 1024, ALIGNMENT = 16, CLASSES = 64, PAGE = 4096 };

/* The engine gets what is behind the size, which is aligned. */
struct block {
	size_t size;
	struct block *next; /* in `spare`, where the engine's bytes were */
};

enum { HEAD = offsetof(struct block, next) };

/* A section of its own, which objcopy(1) fills. */
static struct {
	struct memory_root root;
	size_t busy; /* so many bytes, from the first, are written to by most commands */
	char bytes[LOADED] __attribute__((aligned(ALIGNMENT)));
} loaded __attribute__((section(".loaded"), aligned(PAGE)));

static char *at, *end;
static struct block *spare[CLASSES]; /* of sizes (n + 1) * ALIGNMENT - HEAD */

/* The build, while it loads: where the next block goes, and where all of them are. */
static struct {
	int is_on;
	const struct memory_order *order;
	size_t busy, calm; /* ends of the two parts */
	uint32_t count, starts[MEMORY_BLOCKS];
} loading;

struct memory_root *memory_root(void)
{
	return &loaded.root;
}

void *memory_image(size_t *size)
{
	*size = sizeof loaded;
	return &loaded;
}

void memory_start(void)
{
	madvise(&loaded, loaded.bytes - (char *)&loaded + loaded.busy, MADV_POPULATE_WRITE);
}

void memory_load(const struct memory_order *order)
{
	loading.is_on = 1;
	loading.order = order;
	loading.busy = ALIGNMENT - HEAD;
	loading.calm = (order ? order->busy : 0) + loading.busy;
	loaded.busy = order ? loading.calm : LOADED;
}

void memory_loaded(void)
{
	loading.is_on = 0;
	memset(spare, 0, sizeof spare); /* As it is when the executable starts */
}

void memory_arrange(struct memory_order *order, const uint8_t *written)
{
	*order = (struct memory_order){.count = loading.count};
	for (uint32_t i = 0; i < loading.count; i++) {
		struct block *block = (struct block *)(loaded.bytes + loading.starts[i]);
		size_t first = (char *)block - (char *)&loaded, size = HEAD + block->size;

		order->is_busy[i] = memchr(written + first, 1, size) != NULL;
		if (order->is_busy[i])
			order->busy += size;
	}
}

static int is_loaded(const void *pointer)
{
	return (const char *)pointer >= loaded.bytes && (const char *)pointer < loaded.bytes + LOADED;
}

/* So that what comes behind the block is aligned again. */
static size_t rounded(size_t size)
{
	return ((HEAD + size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)) - HEAD;
}

static struct block **spare_of(size_t size)
{
	return HEAD + size <= CLASSES * ALIGNMENT ? &spare[(HEAD + size) / ALIGNMENT - 1] : NULL;
}

/* Of what the executable has room for. */
static struct block *take_loaded(size_t size)
{
	const struct memory_order *order = loading.order;
	int is_busy = order && loading.count < order->count && order->is_busy[loading.count];
	size_t *where = is_busy && loading.busy + HEAD + size <= order->busy + ALIGNMENT - HEAD ? &loading.busy : &loading.calm;
	size_t start = *where;

	if (LOADED - start < HEAD + size || loading.count == MEMORY_BLOCKS)
		return NULL;
	*where += HEAD + size;
	loading.starts[loading.count++] = start;
	return (struct block *)(loaded.bytes + start);
}

/* A block that malloc(3) keeps: ours begins where the engine's bytes get aligned. */
static struct block *large(void *piece)
{
	return piece ? (struct block *)((char *)piece + ALIGNMENT - HEAD) : NULL;
}

static void *piece_of(struct block *block)
{
	return (char *)block - (ALIGNMENT - HEAD);
}

static struct block *take_new(size_t size)
{
	struct block *block;

	if (!spare_of(size))
		return large(malloc(ALIGNMENT + size));
	if ((size_t)(end - at) < HEAD + size) {
		at = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (at == MAP_FAILED) {
			at = end = NULL;
			return NULL;
		}
		end = at + PIECE;
		at += ALIGNMENT - HEAD;
	}
	block = (struct block *)at;
	at += HEAD + size;
	return block;
}

static void *take(JSMallocState *state, size_t wanted)
{
	size_t size = rounded(wanted ? wanted : 1);
	struct block **list = spare_of(size), *block = list ? *list : NULL;

	(void)state;
	if (block) {
		*list = block->next;
		return &block->next;
	}
	block = loading.is_on ? take_loaded(size) : take_new(size);
	if (!block)
		return NULL;
	block->size = size;
	return &block->next;
}

static struct block *block_of(const void *pointer)
{
	return (struct block *)((char *)pointer - HEAD);
}

static void give(JSMallocState *state, void *pointer)
{
	struct block *block, **list;

	(void)state;
	if (!pointer)
		return;
	block = block_of(pointer);
	list = spare_of(block->size);
	if (list) {
		block->next = *list;
		*list = block;
	} else if (!is_loaded(block)) {
		free(piece_of(block));
	}
}

static void *change(JSMallocState *state, void *pointer, size_t wanted)
{
	struct block *block;
	size_t size = rounded(wanted);
	void *moved;

	if (!pointer)
		return wanted ? take(state, wanted) : NULL;
	if (!wanted) {
		give(state, pointer);
		return NULL;
	}
	block = block_of(pointer);
	if (size <= block->size)
		return pointer;
	if (!spare_of(block->size) && !is_loaded(block)) {
		block = large(realloc(piece_of(block), ALIGNMENT + size));
		if (!block)
			return NULL;
		block->size = size;
		return &block->next;
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
	return pointer ? block_of(pointer)->size : 0;
}

const JSMallocFunctions host_memory = {take, give, change, usable};
