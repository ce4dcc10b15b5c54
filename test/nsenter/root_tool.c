/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives nsenter/root.c, compiled for a C library and with sanitizers, by lines on stdin.
 *
 * Usage: root_tool ROOT. A line is a verb, a space and a path of the container. The answer is a
 * line, too: `-errno`, or where the descriptor leads to, below ROOT, and its kind. A descriptor
 * that leads elsewhere is told with `outside`, one that was left open with `leak`.
 */
/* The kernel's headers first: they leave out what a C library that is there already has. */
#include <linux/openat2.h>
#include <linux/stat.h>

#include "../../nsenter/init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[PATH_LIMIT];

static int lowest(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static const char *kind(int fd)
{
	struct statx st = {0};

	sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);
	switch (st.stx_mode & S_IFMT) {
	case S_IFDIR:
		return "directory";
	case S_IFREG:
		return "file";
	case S_IFLNK:
		return "symlink";
	}
	return "other";
}

static void print_place(int fd)
{
	char link[64], place[2 * PATH_LIMIT];
	size_t length = strlen(root);
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, place, sizeof place - 1);
	place[n < 0 ? 0 : n] = 0;
	if (strncmp(place, root, length) || (place[length] && place[length] != '/'))
		printf("outside %s", place);
	else
		printf("%s %s", place[length] ? place + length : "/", kind(fd));
}

static int run(struct init *init, const char *verb, const char *path, const char **name)
{
	static const struct {
		const char *verb;
		unsigned int how;
	} makes[] = {
		{"make", 0},
		{"make_file", ROOT_FILE},
		{"make_nofollow", ROOT_NO_SYMLINKS},
		{"make_file_nofollow", ROOT_FILE | ROOT_NO_SYMLINKS},
	};

	for (size_t i = 0; i < sizeof makes / sizeof *makes; i++)
		if (!strcmp(verb, makes[i].verb))
			return root_make(init, path, makes[i].how, 0751);
	if (!strcmp(verb, "open"))
		return root_open(init, path, O_PATH, 0);
	if (!strcmp(verb, "open_nofollow"))
		return root_open(init, path, O_PATH, RESOLVE_NO_SYMLINKS);
	if (!strcmp(verb, "parent"))
		return root_parent(init, path, name);
	exit(3);
}

int main(int argc, char **argv)
{
	struct init *init = calloc(1, sizeof *init);
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	if (argc != 2 || !realpath(argv[1], root))
		return 2;
	if (!strcmp(root, "/"))
		root[0] = 0;
	sys(__NR_umask, 0);
	init->root = sys(__NR_openat, AT_FDCWD, root[0] ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	while ((length = getline(&line, &room, stdin)) > 0) {
		const char *name = NULL;
		char *path = strchr(line, ' ');
		int before = lowest(), fd;

		line[length - 1] = 0;
		*path++ = 0;
		fd = run(init, line, path, &name);
		if (fd < 0)
			printf("%d", fd);
		else
			print_place(fd);
		if (name)
			printf(" %s", name);
		if (fd >= 0)
			close(fd);
		puts(lowest() == before ? "" : " leak");
		fflush(stdout);
	}
	free(line);
	free(init);
	return 0;
}
