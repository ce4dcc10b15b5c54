/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes (scene.h) of files: locks, deleted ones, watches. The argument is a directory, or a size. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "scene.h"

static char path[128];
static int fd, watch;
static size_t length;

/* locks: flock and fcntl, which another process must not get. */
static const char *locks_set_up(const char *directory)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = 100, .l_len = 10};

	snprintf(path, sizeof path, "%s/locked", directory);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0 || fcntl(fd, F_SETLK, &lock) < 0)
		return "locking";
	return NULL;
}

static const char *locks_check(const char *line)
{
	int status = 0;
	pid_t child = fork();

	(void)line;
	if (!child) {
		struct flock lock = {.l_type = F_WRLCK, .l_start = 105, .l_len = 1};
		int other = open(path, O_RDWR);

		if (other < 0 || flock(other, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			_exit(1);
		if (fcntl(other, F_GETLK, &lock) < 0 || lock.l_type != F_WRLCK || lock.l_pid != getppid() || lock.l_start != 100)
			_exit(2);
		_exit(0);
	}
	if (waitpid(child, &status, 0) < 0 || status)
		return WEXITSTATUS(status) == 1 ? "flock is lost" : "fcntl lock is lost";
	return NULL;
}

/* deleted BYTES: a file in /tmp that is open and has no name; linked: one that has another. */
static unsigned char byte_at(size_t at)
{
	return (unsigned char)(at * 2654435761u >> 13);
}

static const char *fill(void)
{
	unsigned char *bytes = malloc(length);

	for (size_t i = 0; i < length; i++)
		bytes[i] = byte_at(i);
	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
		return "writing";
	free(bytes);
	return NULL;
}

static const char *deleted_set_up(const char *argument)
{
	const char *wrong;

	length = strtoul(argument, NULL, 10);
	fd = open("/tmp/deleted", O_RDWR | O_CREAT | O_TRUNC, 0640);
	wrong = fill();
	return wrong ? wrong : unlink("/tmp/deleted") < 0 ? "unlink" : NULL;
}

static const char *linked_set_up(const char *argument)
{
	const char *wrong;

	(void)argument;
	length = 5000;
	fd = open("/tmp/linked", O_RDWR | O_CREAT | O_TRUNC, 0640);
	wrong = fill();
	return wrong ? wrong : link("/tmp/linked", "/tmp/other") < 0 || unlink("/tmp/linked") < 0 ? "linking" : NULL;
}

static const char *content_check(const char *line)
{
	unsigned char *bytes = malloc(length + 1);
	struct stat stat;

	(void)line;
	if (fstat(fd, &stat) < 0 || (size_t)stat.st_size != length || (stat.st_mode & 0777) != 0640)
		return "size or mode has changed";
	if (pread(fd, bytes, length + 1, 0) != (ssize_t)length || lseek(fd, 0, SEEK_CUR) != (off_t)length)
		return "cannot be read, or the position has changed";
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != byte_at(i))
			return "the content has changed";
	free(bytes);
	return access("/tmp/deleted", F_OK) == 0 || access("/tmp/linked", F_OK) == 0 ? "it has its name again" : NULL;
}

/* inotify DIRECTORY: a watch that still tells of new files. */
static const char *inotify_set_up(const char *directory)
{
	snprintf(path, sizeof path, "%s/new", directory);
	fd = inotify_init1(0);
	watch = inotify_add_watch(fd, directory, IN_CREATE);
	return watch < 0 ? "watching" : NULL;
}

static const char *inotify_check(const char *line)
{
	char events[4096];
	const struct inotify_event *event = (const void *)events;
	struct pollfd in = {.fd = fd, .events = POLLIN};
	int made;

	(void)line;
	unlink(path);
	made = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (made < 0)
		return "cannot make a file";
	close(made);
	if (poll(&in, 1, 1000) != 1 || read(fd, events, sizeof events) <= 0)
		return "no event";
	return event->wd != watch || strcmp(event->name, "new") ? "another event" : NULL;
}

/* mapped FILE: a private mapping of a file that was changed in part, and a descriptor in the middle of it. */
static char *map;

static const char *mapped_set_up(const char *file)
{
	fd = open(file, O_RDONLY);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED || lseek(fd, 1000, SEEK_SET) != 1000)
		return "mapping";
	strcpy(map + 100, "changed");
	return NULL;
}

static const char *mapped_check(const char *line)
{
	char head[4];

	(void)line;
	if (strcmp(map + 100, "changed") || memcmp(map, "\177ELF", 4))
		return "the mapping has changed";
	return lseek(fd, 0, SEEK_CUR) != 1000 || pread(fd, head, 4, 0) != 4 ? "the descriptor has changed" : NULL;
}

int main(int argc, char **argv)
{
	static const struct scene scenes[] = {
		{"locks", locks_set_up, locks_check},
		{"deleted", deleted_set_up, content_check},
		{"linked", linked_set_up, content_check},
		{"inotify", inotify_set_up, inotify_check},
		{"mapped", mapped_set_up, mapped_check},
	};

	return play(scenes, sizeof scenes / sizeof *scenes, argc, argv);
}
