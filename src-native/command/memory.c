/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the engine. Its first part is in the executable: the build loads the program into it and
 * writes it down, so that a command begins where the program is loaded already. The executable is
 * linked to fixed addresses, so that what points into it stays true.
 *
 * The blocks that commands write to, if only to count references, are together at its beginning, as pages
 * that are written to have to be copied. Which they are is found out by rehearsal (rehearse.c).
 *
 * Beyond that it is for a program that lives for milliseconds: from large pieces, and freed into lists by size. A
 * command that waits for its container for days allocates next to nothing meanwhile. malloc(3) is this, too: that of
 * a C library is made for other programs. Its memory is another than the engine's, as batches that go on aside
 * take of it, and has a lock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum { LOADED = 2 << 20, PIECE = 64 * 1024, LIBRARY_PIECE = 32 * 1024, ALIGNMENT = 16, PAGE = 4096 };

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

/* Sizes with the head: multiples of ALIGNMENT up to SMALL, then powers of two. */
enum { SMALL = 1024, SMALL_CLASSES = SMALL / ALIGNMENT, CLASSES = SMALL_CLASSES + 32 };

struct arena {
	size_t piece;
	char *at, *end;
	struct block *spare[CLASSES];
};

static struct arena engine = {.piece = PIECE}, library = {.piece = LIBRARY_PIECE};
static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

/* The build, while it loads: where the next block goes, and where all of them are. */
static struct {
	int is_on;
	const struct memory_order *order;
	size_t busy, calm; /* ends of the two parts */
	uint32_t count, starts[MEMORY_BLOCKS];
	struct block *spare[SMALL_CLASSES];
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

static int class_of(size_t size)
{
	size_t whole = HEAD + size;

	return whole <= SMALL ? (int)((whole - 1) / ALIGNMENT) : SMALL_CLASSES + 63 - __builtin_clzl((whole - 1) / SMALL);
}

/* All that a block of this class has for its user; what comes behind it is aligned again. */
static size_t room_of(int class)
{
	return (class < SMALL_CLASSES ? (size_t)(class + 1) * ALIGNMENT : (size_t)2 * SMALL << (class - SMALL_CLASSES)) - HEAD;
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

static char *map(size_t size, int flags)
{
	char *piece = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return piece == MAP_FAILED ? NULL : piece + ALIGNMENT - HEAD;
}

static struct block *take_new(struct arena *arena, size_t size)
{
	struct block *block;

	if (size > arena->piece / 2)
		return (struct block *)map(ALIGNMENT + size, 0);
	if ((size_t)(arena->end - arena->at) < HEAD + size) {
		arena->at = map(arena->piece, MAP_POPULATE);
		arena->end = arena->at ? arena->at + arena->piece - ALIGNMENT : NULL;
		if (!arena->at)
			return NULL;
	}
	block = (struct block *)arena->at;
	arena->at += HEAD + size;
	return block;
}

static struct block *pop(struct block **list)
{
	struct block *block = *list;

	if (block)
		*list = block->next;
	return block;
}

static void *obtain(struct arena *arena, size_t wanted)
{
	int class = class_of(wanted);
	struct block *block;

	if (wanted > PTRDIFF_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	block = pop(&arena->spare[class]);
	if (!block)
		block = take_new(arena, room_of(class));
	if (!block)
		return NULL;
	block->size = room_of(class);
	return &block->next;
}

static struct block *block_of(const void *pointer)
{
	return (struct block *)((char *)pointer - HEAD);
}

static void put(struct block **lists, void *pointer)
{
	struct block *block = block_of(pointer);
	struct block **list = &lists[class_of(block->size)];

	block->next = *list;
	*list = block;
}

static int fits(const void *pointer, size_t wanted)
{
	return pointer && wanted <= block_of(pointer)->size;
}

/* malloc(3), under a name that the compiler has no ideas about */
static void *obtain_any(size_t wanted)
{
	void *pointer;

	pthread_mutex_lock(&library_lock);
	pointer = obtain(&library, wanted);
	pthread_mutex_unlock(&library_lock);
	return pointer;
}

void *malloc(size_t wanted)
{
	return obtain_any(wanted);
}

void free(void *pointer)
{
	if (!pointer)
		return;
	pthread_mutex_lock(&library_lock);
	put(library.spare, pointer);
	pthread_mutex_unlock(&library_lock);
}

void *calloc(size_t count, size_t size)
{
	size_t whole;
	void *pointer = __builtin_mul_overflow(count, size, &whole) ? NULL : obtain_any(whole);

	return pointer ? memset(pointer, 0, whole) : NULL;
}

void *realloc(void *pointer, size_t wanted)
{
	void *to = fits(pointer, wanted) ? pointer : obtain_any(wanted);

	if (pointer && to && to != pointer) {
		memcpy(to, pointer, block_of(pointer)->size);
		free(pointer);
	}
	return to;
}

size_t malloc_usable_size(void *pointer)
{
	return pointer ? block_of(pointer)->size : 0;
}

/* For the engine: of what goes into the executable, while that is made. */
static void *take(JSMallocState *state, size_t wanted)
{
	int class = class_of(wanted);
	size_t size = class < SMALL_CLASSES ? room_of(class) : ((HEAD + wanted + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)) - HEAD;
	struct block *block;

	(void)state;
	if (!loading.is_on)
		return obtain(&engine, wanted);
	block = class < SMALL_CLASSES ? pop(&loading.spare[class]) : NULL;
	if (!block)
		block = take_loaded(size);
	if (!block)
		return NULL;
	block->size = size;
	return &block->next;
}

static void give(JSMallocState *state, void *pointer)
{
	(void)state;
	if (!pointer)
		return;
	if (!is_loaded(pointer))
		put(engine.spare, pointer);
	else if (class_of(block_of(pointer)->size) < SMALL_CLASSES) /* others are not of the size of their class */
		put(loading.is_on ? loading.spare : engine.spare, pointer);
}

static void *change(JSMallocState *state, void *pointer, size_t wanted)
{
	void *to;

	if (!wanted) {
		give(state, pointer);
		return NULL;
	}
	to = fits(pointer, wanted) ? pointer : take(state, wanted);
	if (pointer && to && to != pointer) {
		memcpy(to, pointer, block_of(pointer)->size);
		give(state, pointer);
	}
	return to;
}

static size_t usable(const void *pointer)
{
	return malloc_usable_size((void *)pointer);
}

const JSMallocFunctions host_memory = {take, give, change, usable};
