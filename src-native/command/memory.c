/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the engine. Its first part is in the executable: the build loads the program into it and
 * writes it down, so that a command begins where the program is loaded already. The executable is
 * linked to fixed addresses, so that what points into it stays true.
 *
 * The blocks that commands write to, if only to count references, are together at its beginning, as pages
 * that are written to have to be copied; behind them are those that they look at, in the order in which they do, so that
 * they come from memory in one go. Which they are is found out by rehearsal (rehearse.c).
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

enum { LOADED = 2 << 20, REHEARSED = 1 << 29, PIECE = 64 * 1024, LIBRARY_PIECE = 32 * 1024, ALIGNMENT = 16, PAGE = MEMORY_PAGE, LINE = 64 };

/* The engine gets what is behind the size, which is aligned. */
struct block {
	size_t size;
	struct block *next; /* in `spare`, where the engine's bytes were */
};

enum { HEAD = offsetof(struct block, next) };

/* A section of its own, which objcopy(1) fills. */
static struct {
	struct memory_root root;
	size_t busy, needed; /* so many bytes, from the first, are written to, and looked at, by most commands */
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

/* What is loaded is in here, from its first block on. */
static struct memory_pages room = {loaded.bytes, LOADED};

/* The build, while it loads. */
static struct {
	int is_on;
	const struct memory_order *order;
	size_t end; /* of what is taken */
	uint32_t count;
	uint64_t starts[MEMORY_BLOCKS];
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

static size_t whole_pages(size_t size)
{
	return (size + PAGE - 1) & ~(size_t)(PAGE - 1);
}

/* What is only looked at is mapped, and on its way to the second-level cache before it is asked for. */
void memory_start(void)
{
	char *start = (char *)&loaded;
	size_t busy = whole_pages(loaded.bytes - start + loaded.busy), needed = whole_pages(loaded.bytes - start + loaded.needed);

	madvise(start, busy, MADV_POPULATE_WRITE);
	madvise(start + busy, needed - busy, MADV_POPULATE_READ);
	for (size_t at = busy; at < needed; at += LINE)
		__builtin_prefetch(start + at, 0, 2);
}

void memory_load(const struct memory_order *order)
{
	loading.is_on = 1;
	loading.order = order;
	if (order) {
		loaded.busy = order->busy;
		loaded.needed = order->needed;
	} else {
		room.size = REHEARSED;
		room.at = mmap(NULL, room.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (room.at == MAP_FAILED) {
			dprintf(2, "ctnative: there is no memory to rehearse in\n");
			_exit(1);
		}
	}
}

void memory_loaded(void)
{
	loading.is_on = 0;
}

static struct block *block_at(uint32_t number)
{
	return (struct block *)(room.at + loading.starts[number]);
}

struct memory_pages memory_pages(void)
{
	return (struct memory_pages){room.at, whole_pages(loading.end)};
}

int memory_pages_of(const char *where, struct memory_pages *pages)
{
	size_t offset = where - room.at;
	uint32_t first = 0, last = loading.count;

	if (where < room.at || offset >= whole_pages(loading.end))
		return -1;
	while (last - first > 1) {
		uint32_t middle = first + (last - first) / 2;

		if (loading.starts[middle] - (ALIGNMENT - HEAD) <= offset)
			first = middle;
		else
			last = middle;
	}
	pages->at = room.at + (loading.starts[first] & ~(size_t)(PAGE - 1));
	pages->size = (first + 1 < loading.count ? loading.starts[first + 1] & ~(size_t)(PAGE - 1) : whole_pages(loading.end))
		- (pages->at - room.at);
	return first;
}

static const struct memory_use *compared;

static int compare(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
	const struct memory_use *first = &compared[one], *second = &compared[other];

	if (first->is_busy != second->is_busy)
		return second->is_busy - first->is_busy;
	if (!first->turn != !second->turn)
		return !first->turn - !second->turn;
	return first->turn != second->turn ? (first->turn < second->turn ? -1 : 1) : one < other ? -1 : 1;
}

void memory_arrange(struct memory_order *order, const struct memory_use *uses)
{
	static uint32_t numbers[MEMORY_BLOCKS];
	size_t at = ALIGNMENT - HEAD;

	*order = (struct memory_order){.count = loading.count};
	for (uint32_t i = 0; i < loading.count; i++)
		numbers[i] = i;
	compared = uses;
	qsort(numbers, loading.count, sizeof *numbers, compare);
	for (uint32_t i = 0; i < loading.count; i++) {
		const struct memory_use *use = &uses[numbers[i]];

		order->starts[numbers[i]] = at;
		at += HEAD + block_at(numbers[i])->size;
		if (use->is_busy)
			order->busy = at;
		if (use->is_busy || use->turn)
			order->needed = at;
	}
}

static int is_loaded(const void *pointer)
{
	return (const char *)pointer >= room.at && (const char *)pointer < room.at + room.size;
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

/* What has no place in the order comes behind all that has. */
static struct block *take_loaded(size_t size)
{
	const struct memory_order *order = loading.order;
	size_t start = order ? loading.end : whole_pages(loading.end);

	if (order && loading.count < order->count)
		start = order->starts[loading.count];
	else if (start % PAGE == 0)
		start += ALIGNMENT - HEAD;
	if (room.size - start < HEAD + size || loading.count == MEMORY_BLOCKS)
		return NULL;
	if (start + HEAD + size > loading.end)
		loading.end = start + HEAD + size;
	loading.starts[loading.count++] = start;
	return block_at(loading.count - 1);
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
