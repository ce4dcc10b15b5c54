/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long commands take when a small program starts them, as a shell or an engine's monitor does, and
 * not a Node of 50 MB.
 *
 * Each line of standard input is a command, its words separated by tabs, the first of which is a path. Its
 * standard streams are /dev/null. Prints "NANOSECONDS STATUS", the latter as of waitpid(2).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_WORDS 64

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int main(void)
{
	static char line[1 << 16];
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	while (fgets(line, sizeof line, stdin)) {
		char *words[MOST_WORDS + 1] = {NULL}, *rest = line;
		int count = 0, status = -1;
		int64_t start;
		pid_t pid;

		line[strcspn(line, "\n")] = 0;
		while (count < MOST_WORDS && (words[count] = strsep(&rest, "\t")))
			count++;
		start = now_ns();
		if (posix_spawn(&pid, words[0], &actions, NULL, words, environ) == 0)
			waitpid(pid, &status, 0);
		printf("%" PRId64 " %d\n", now_ns() - start, status);
		fflush(stdout);
	}
	return 0;
}
