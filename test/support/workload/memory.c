/* SPDX-License-Identifier: Apache-2.0 */
/* A scene (scene.h) of memory whose every byte is known at every moment, while it is filled, forked, moved and given up. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "scene.h"

enum { PAGE = 4096, WORDS = PAGE / 8, THREADS = 2 };

static uint64_t *memory;  /* the pages */
static uint32_t *seeds;   /* for each page what it was filled from; 0: zeros */
static uint8_t *absent;   /* for each page whether it is unmapped */
static size_t pages;

static uint64_t word_of(uint32_t seed, size_t page, size_t word)
{
	uint64_t value = (seed * 0x9e3779b97f4a7c15ull) ^ (page * 0xbf58476d1ce4e5b9ull) ^ (word * 0x94d049bb133111ebull);

	return value ^ value >> 29;
}

static void fill(size_t page, uint32_t seed)
{
	for (size_t word = 0; word < WORDS; word++)
		memory[page * WORDS + word] = seed ? word_of(seed, page, word) : 0;
	seeds[page] = seed;
}

static int is_right(size_t page)
{
	for (size_t word = 0; word < WORDS; word++)
		if (memory[page * WORDS + word] != (seeds[page] ? word_of(seeds[page], page, word) : 0))
			return 0;
	return 1;
}

static const char *check_all(void)
{
	static char wrong[64];

	for (size_t page = 0; page < pages; page++)
		if (!absent[page] && !is_right(page)) {
			snprintf(wrong, sizeof wrong, "page %zu of %zu", page, pages);
			return wrong;
		}
	return NULL;
}

static const char *set_up(const char *argument)
{
	pages = (size_t)atol(argument) << 8;
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	seeds = calloc(pages, sizeof *seeds);
	absent = calloc(pages, 1);
	if (memory == MAP_FAILED || !seeds || !absent)
		return "memory";
	for (size_t page = 0; page < pages; page++)
		fill(page, page % 7 ? page % 1000 + 1 : 0); /* A seventh was never touched, or reads as zeros */
	return NULL;
}

static const char *check_in_child(void)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return "fork";
	if (child == 0)
		_exit(check_all() ? 1 : 0);
	if (waitpid(child, &status, 0) != child)
		return "waitpid";
	return status ? "the child saw wrong bytes" : NULL;
}

static int move_part(char *to, size_t first, size_t end)
{
	size_t size = (end - first) * PAGE;

	return absent[first] ? 0 : mremap((char *)memory + first * PAGE, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to + first * PAGE) == MAP_FAILED;
}

/* All to another place; a page in the middle has a mapping of its own. */
static const char *move(void)
{
	char *to = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t half = pages / 2, last = pages / 8 * 7;

	if (to == MAP_FAILED || mprotect(memory + half * WORDS, PAGE, PROT_READ) < 0 || move_part(to, 0, half)
	    || move_part(to, half, half + 1) || move_part(to, half + 1, last) || move_part(to, last, pages))
		return "mremap";
	memory = (uint64_t *)to;
	return mprotect(memory + half * WORDS, PAGE, PROT_READ | PROT_WRITE) < 0 ? "mprotect" : NULL;
}

static const char *give_up_some(void)
{
	size_t eighth = pages / 8;

	if (madvise(memory + eighth * WORDS, eighth * PAGE, MADV_DONTNEED) < 0)
		return "madvise";
	memset(seeds + eighth, 0, eighth * sizeof *seeds);
	if (munmap(memory + 7 * eighth * WORDS, eighth * PAGE) < 0)
		return "munmap";
	memset(absent + 7 * eighth, 1, eighth);
	return NULL;
}

static pthread_t threads[THREADS];
static volatile int stops;
static _Atomic size_t wrong_page;
static useconds_t rest; /* between one page and the next */

/* Looks at, fills and gives up pages at random, in a part of its own. */
static void *load(void *argument)
{
	size_t part = pages / THREADS, first = (size_t)argument * part;
	uint64_t state = 88172645463325252ull + (size_t)argument;

	while (!stops) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		size_t page = first + (state >> 8) % part;

		if (rest)
			usleep(rest);
		if (!absent[page] && !is_right(page))
			wrong_page = page + 1;
		if (absent[page] || (state & 3) > 1)
			continue;
		if (state & 1) {
			fill(page, (state >> 40) | 1);
		} else if (madvise(memory + page * WORDS, PAGE, MADV_DONTNEED) == 0) {
			seeds[page] = 0;
		}
	}
	return NULL;
}

static const char *start_load(void)
{
	stops = 0;
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, load, (void *)i))
			return "pthread_create";
	return NULL;
}

/* The same, but only some pages have changed after a while. */
static const char *start_light_load(void)
{
	rest = 2000;
	return start_load();
}

static const char *end_load(void)
{
	stops = 1;
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return wrong_page ? "a thread saw wrong bytes" : check_all();
}

static const char *check(const char *line)
{
	const struct {
		const char *line;
		const char *(*act)(void);
	} acts[] = {
		{"check", check_all}, {"fork", check_in_child}, {"move", move}, {"drop", give_up_some},
		{"load", start_load}, {"light load", start_light_load}, {"unload", end_load},
	};
	size_t page;

	if (!strcmp(line, "ping"))
		return NULL;
	if (sscanf(line, "page %zu", &page) == 1)
		return page < pages && is_right(page) ? NULL : "wrong bytes";
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (!strcmp(line, acts[i].line))
			return acts[i].act();
	return "no such line";
}

static const struct scene scenes[] = {{"memory", set_up, check}};

int main(int argc, char **argv)
{
	return play(scenes, sizeof scenes / sizeof *scenes, argc, argv);
}
