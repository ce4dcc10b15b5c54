/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the engine of a program that lives for milliseconds: taken from large pieces, and freed
 * only where it was the last that was taken. A command that waits for its container for days
 * allocates next to nothing meanwhile; what it does allocate is of the sizes that are kept here.
 */
#include <stdlib.h>
#include <string.h>

#include "host.h"

enum { PIECE = 256 * 1024, ALIGNMENT = 16, CLASSES = 64 };

/* In front of what the engine gets; 16 bytes, so that it is aligned. */
struct block {
	size_t size;
	struct block *next; /* in `spare` */
};

static char *at, *end;
static struct block *spare[CLASSES]; /* of sizes (n + 1) * ALIGNMENT */

static size_t rounded(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static struct block **spare_of(size_t size)
{
	return size && size <= CLASSES * ALIGNMENT ? &spare[size / ALIGNMENT - 1] : NULL;
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
	if (!list) {
		block = malloc(sizeof *block + size);
		if (!block)
			return NULL;
		block->size = size;
		return block + 1;
	}
	if ((size_t)(end - at) < sizeof *block + size) {
		at = malloc(PIECE);
		if (!at)
			return NULL;
		end = at + PIECE;
	}
	block = (struct block *)at;
	at += sizeof *block + size;
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
	if (!list) {
		free(block);
		return;
	}
	block->next = *list;
	*list = block;
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
	if (!spare_of(block->size)) {
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
