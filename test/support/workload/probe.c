/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a shell cannot try: one system call or the like, and how it ended.
 *
 *	probe ids                       real, effective and saved uid
 *	probe call NUMBER [ARGUMENT]... a system call: its result, or the name of the error
 *	probe eat MIB                   touches so much memory, says "full", and sleeps
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int ids(void)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) < 0)
		return 1;
	printf("%d %d %d\n", real, effective, saved);
	return 0;
}

static int call(int count, char **words)
{
	long arguments[7] = {0};
	long result;

	for (int i = 0; i < count && i < 7; i++)
		arguments[i] = strtol(words[i], NULL, 0);
	errno = 0;
	result = syscall(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]);
	if (result == -1 && errno)
		printf("%s\n", strerrorname_np(errno));
	else
		printf("%ld\n", result);
	return 0;
}

static int eat(size_t mib)
{
	char *memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 1;
	for (size_t at = 0; at < mib << 20; at += 4096)
		memory[at] = 1;
	puts("full");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "ids"))
		return ids();
	if (argc > 2 && !strcmp(argv[1], "call"))
		return call(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "eat"))
		return eat(strtoul(argv[2], NULL, 10));
	return 2;
}
