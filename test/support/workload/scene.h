/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scenes share. A scene sets up something that a checkpoint has to bring back, says "ready",
 * and for each line that it reads looks whether it still has it: "ok", or "bad: " and what is wrong.
 * At the end of its input it ends.
 */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scene {
	const char *name;
	/* Both: NULL, or what went wrong. */
	const char *(*set_up)(const char *argument);
	const char *(*check)(const char *line);
};

static void say(const char *what)
{
	char line[256];
	int size = what ? snprintf(line, sizeof line, "bad: %s (%s)\n", what, strerror(errno)) : snprintf(line, sizeof line, "ok\n");

	if (write(STDOUT_FILENO, line, (size_t)size) < 0)
		_exit(3);
}

/* Byte by byte: what is not read stays in the pipe. */
static int read_line(char *line, size_t size)
{
	size_t used = 0;

	for (;;) {
		char byte;
		ssize_t got = read(STDIN_FILENO, &byte, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		if (byte == '\n')
			break;
		if (used + 1 < size)
			line[used++] = byte;
	}
	line[used] = 0;
	return 0;
}

static int play(const struct scene *scenes, size_t count, int argc, char **argv)
{
	for (size_t i = 0; i < count; i++) {
		const char *wrong;
		char line[64];

		if (argc < 2 || strcmp(scenes[i].name, argv[1]))
			continue;
		wrong = scenes[i].set_up(argc > 2 ? argv[2] : "");
		if (wrong) {
			say(wrong);
			return 1;
		}
		if (write(STDOUT_FILENO, "ready\n", 6) != 6)
			return 1;
		while (!read_line(line, sizeof line)) {
			errno = 0;
			say(scenes[i].check(line));
		}
		return 0;
	}
	fprintf(stderr, "no such scene\n");
	return 2;
}
