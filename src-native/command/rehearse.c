/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step of the build: which blocks of the loaded memory do commands write to?
 *
 * Each command line is run in a process of its own, in which the memory is read-only. A write to it ends
 * in a signal, is noted, let through, and the instruction behind it ends in the next signal, which makes the page
 * read-only again.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "../auto.h"
#include "host.h"

#ifdef __x86_64__
enum { PAGE = 4096, TRAP_FLAG = 0x100, WORDS = 32 };

static char *image;
static size_t image_size;
static uint8_t *written; /* a byte for each of the image; shared */

/* Its last page may have something of others at its end; there the image is empty. */
static void protect(void)
{
	mprotect(image, image_size & ~(size_t)(PAGE - 1), PROT_READ);
}

static void on_write(int signal, siginfo_t *info, void *context)
{
	char *where = info->si_addr;

	(void)signal;
	if (where < image || where >= image + image_size)
		_exit(70); /* A fault of its own */
	written[where - image] = 1;
	mprotect((char *)((uintptr_t)where & ~(uintptr_t)(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE);
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	protect();
}

__attribute__((noreturn)) static void play(char *line)
{
	char *argv[WORDS + 1] = {(char *)"ctnative"};
	int null = open("/dev/null", O_RDWR);

	line[strcspn(line, "\n")] = 0;
	for (int i = 1; i < WORDS && line; i++)
		argv[i] = strsep(&line, " ");
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = on_write, .sa_flags = SA_SIGINFO}, NULL);
	sigaction(SIGTRAP, &(struct sigaction){.sa_sigaction = on_step, .sa_flags = SA_SIGINFO}, NULL);
	protect();
	_exit(run_program(argv));
}

/* 0 if the program came to an end, whatever it was. */
static int rehearse_line(char *line)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		play(line);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != 70 ? 0 : -1;
}

int rehearse(const char *lines, const char *output)
{
	static struct memory_order order;
	FILE *file = fopen(lines, "re");
	char line[1024];

	image = memory_image(&image_size);
	written = mmap(NULL, image_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!file || written == MAP_FAILED)
		return 1;
	memory_loaded();
	while (fgets(line, sizeof line, file)) {
		char shown[sizeof line];

		memcpy(shown, line, sizeof shown);
		if (rehearse_line(line) < 0) {
			dprintf(2, "ctnative: this cannot be rehearsed: %s", shown);
			return 1;
		}
	}
	fclose(file);
	memory_arrange(&order, written);
	return write_file(output, &order, sizeof order);
}
#else
/* Elsewhere nobody knows: all of it counts as calm, and is copied when it is written to. */
int rehearse(const char *lines, const char *output)
{
	static struct memory_order order;

	(void)lines;
	return write_file(output, &order, sizeof order);
}
#endif
