/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step of the build: which blocks of the loaded memory do commands look at, in which order, and which do they write to?
 *
 * Each command line is run in a process of its own, to which that memory is closed at first. The first look at a block ends
 * in a signal, is noted, and makes it readable; the first write ends in another, which makes it writable.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

enum { WORDS = 32, OWN_FAULT = 70 };

/* Shared with the processes. */
static struct found {
	uint32_t turns;
	struct memory_use uses[MEMORY_BLOCKS];
} *found;

/* Of this process. */
static uint8_t is_open[MEMORY_BLOCKS];

static void on_use(int signal, siginfo_t *info, void *context)
{
	struct memory_pages pages;
	int block = memory_pages_of(info->si_addr, &pages);
	struct memory_use *use;

	(void)signal;
	(void)context;
	if (block < 0)
		_exit(OWN_FAULT);
	use = &found->uses[block];
	if (!use->turn)
		use->turn = ++found->turns;
	use->is_busy |= is_open[block];
	mprotect(pages.at, pages.size, is_open[block] ? PROT_READ | PROT_WRITE : PROT_READ);
	is_open[block] = 1;
}

__attribute__((noreturn)) static void play(char *line)
{
	struct memory_pages all = memory_pages();
	char *argv[WORDS + 1] = {(char *)"ctnative"};
	int null = open("/dev/null", O_RDWR);

	line[strcspn(line, "\n")] = 0;
	for (int i = 1; i < WORDS && line; i++)
		argv[i] = strsep(&line, " ");
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = on_use, .sa_flags = SA_SIGINFO}, NULL);
	mprotect(all.at, all.size, PROT_NONE);
	_exit(run_program(argv));
}

/* 0 if the program came to an end, whatever it was. */
static int rehearse_line(char *line)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		play(line);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != OWN_FAULT ? 0 : -1;
}

int rehearse(const char *lines, const char *output)
{
	static struct memory_order order;
	FILE *file = fopen(lines, "re");
	char line[1024];

	found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!file || found == MAP_FAILED)
		return 1;
	memory_loaded();
	while (sysconf(_SC_PAGESIZE) == MEMORY_PAGE && fgets(line, sizeof line, file)) { /* Larger pages have several blocks: nobody knows then */
		char shown[sizeof line];

		memcpy(shown, line, sizeof shown);
		if (rehearse_line(line) < 0) {
			dprintf(2, "ctnative: this cannot be rehearsed: %s", shown);
			return 1;
		}
	}
	fclose(file);
	memory_arrange(&order, found->uses);
	return write_file(output, &order, sizeof order);
}
