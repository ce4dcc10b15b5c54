/* SPDX-License-Identifier: Apache-2.0 */
/* A scene (scene.h) of two processes with memory of many kinds: with holes, zeros, guards and huge pages, of files, shared, copied on write. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "scene.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { PAGE = 4096, WORDS = PAGE / 8, GUARDED = 700, GUARDS = 5 };

struct area {
	volatile uint64_t *memory;
	size_t pages;
	size_t every;    /* of so many pages one is filled, … */
	size_t reads;    /* … and the one this far behind it only read */
	uint64_t seed;
};

static struct area areas[] = {
	{.pages = 16384, .every = 3, .reads = 1, .seed = 1}, /* plain, with holes */
	{.pages = 4096, .every = 1, .seed = 2},              /* huge pages, if there are any */
	{.pages = 1024, .every = 1, .seed = 3},              /* guarded in the middle */
	{.pages = 1024, .every = 2, .seed = 4},              /* of a file */
	{.pages = 512, .every = 1, .seed = 5},               /* shared */
	{.pages = 1024, .every = 1, .seed = 6},              /* the heap */
};
enum { PLAIN, HUGE, GUARD, FILE_OWN, SHARED, HEAP, AREAS };

static int has_guards;
static int is_child;
static int ask_child[2], hear_child[2];

static uint64_t word_of(uint64_t seed, size_t page, size_t word)
{
	return (seed * 0x9e3779b97f4a7c15ull) ^ (page * 0xbf58476d1ce4e5b9ull) ^ (word + 1);
}

static int is_guarded(const struct area *area, size_t page)
{
	return has_guards && area == &areas[GUARD] && page >= GUARDED && page < GUARDED + GUARDS;
}

/* A page that the child has of its own. */
static uint64_t seed_of(const struct area *area, size_t page)
{
	return is_child && page % 12 == 0 && area != &areas[SHARED] ? area->seed + 100 : area->seed;
}

static void fill(const struct area *area, int only_own)
{
	for (size_t page = 0; page < area->pages; page += area->every) {
		uint64_t seed = seed_of(area, page);

		if (!is_guarded(area, page) && (!only_own || seed != area->seed))
			for (size_t word = 0; word < WORDS; word++)
				area->memory[page * WORDS + word] = word_of(seed, page, word);
	}
	for (size_t page = area->reads; area->reads && page < area->pages; page += area->every)
		(void)area->memory[page * WORDS];
}

static int is_right(const struct area *area, size_t page)
{
	for (size_t word = 0; word < WORDS; word++)
		if (area->memory[page * WORDS + word] != (page % area->every ? 0 : word_of(seed_of(area, page), page, word)))
			return 0;
	return 1;
}

static const char *check_areas(void)
{
	static char wrong[64];

	for (size_t i = 0; i < AREAS; i++)
		for (size_t page = 0; page < areas[i].pages; page++)
			if (!is_guarded(&areas[i], page) && !(i == FILE_OWN && page % areas[i].every) && !is_right(&areas[i], page)) {
				snprintf(wrong, sizeof wrong, "page %zu of area %zu in %s", page, i, is_child ? "the child" : "init");
				return wrong;
			}
	return NULL;
}

static const char *check_guards(void)
{
	for (size_t page = GUARDED; has_guards && page < GUARDED + GUARDS; page++) {
		int status;
		pid_t child = fork();

		if (child == 0)
			_exit((int)(areas[GUARD].memory[page * WORDS] & 1));
		if (child < 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
			return "a guard";
	}
	return NULL;
}

static void serve_parent(void)
{
	char byte;

	is_child = 1;
	for (size_t i = 0; i < AREAS; i++)
		fill(&areas[i], 1);
	for (byte = 1; write(hear_child[1], &byte, 1) == 1 && read(ask_child[0], &byte, 1) == 1;)
		byte = !check_areas();
	_exit(0);
}

static const char *set_up(const char *file)
{
	int fd = open(file, O_RDONLY);
	char byte;

	for (size_t i = 0; i < HEAP; i++)
		areas[i].memory = mmap(NULL, areas[i].pages * PAGE, PROT_READ | PROT_WRITE, i == FILE_OWN ? MAP_PRIVATE
				       : (i == SHARED ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, i == FILE_OWN ? fd : -1, 0);
	areas[HEAP].memory = (void *)(((uintptr_t)sbrk((intptr_t)(areas[HEAP].pages + 1) * PAGE) + PAGE - 1) & -(uintptr_t)PAGE);
	for (size_t i = 0; i < AREAS; i++)
		if (areas[i].memory == MAP_FAILED)
			return "memory";
	madvise((void *)areas[HUGE].memory, areas[HUGE].pages * PAGE, MADV_HUGEPAGE);
	has_guards = madvise((void *)(areas[GUARD].memory + GUARDED * WORDS), GUARDS * PAGE, MADV_GUARD_INSTALL) == 0;
	for (size_t i = 0; i < AREAS; i++)
		fill(&areas[i], 0);
	if (pipe(ask_child) < 0 || pipe(hear_child) < 0)
		return "pipe";
	switch (fork()) {
	case -1:
		return "fork";
	case 0:
		serve_parent();
	}
	return read(hear_child[0], &byte, 1) == 1 ? NULL : "the child";
}

static const char *check(const char *line)
{
	const char *wrong = check_areas();
	char byte = 0;

	(void)line;
	if (!wrong)
		wrong = check_guards();
	if (!wrong && (write(ask_child[1], &byte, 1) != 1 || read(hear_child[0], &byte, 1) != 1 || !byte))
		wrong = "the child";
	return wrong;
}

static const struct scene scenes[] = {{"mappings", set_up, check}};

int main(int argc, char **argv)
{
	return play(scenes, sizeof scenes / sizeof *scenes, argc, argv);
}
