/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on cgroup files, where more than one read or write is one step. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

static int write_at(int fd, const char *text, size_t length)
{
	ssize_t n = write(fd, text, length);

	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -ENOSPC;
}

int ctn_host_write_first(const struct ctn_list *list, const struct ctn_host_write_first *op,
			 struct ctn_result *result)
{
	uint32_t count = ctn_list_count(list, op->paths);
	const char *path = ctn_list_first(list, op->paths);
	const char *value = ctn_list_first(list, op->values);

	(void)result;
	if (count != ctn_list_count(list, op->values))
		return -EINVAL;
	for (; count; count--, path = ctn_list_next(path), value = ctn_list_next(value)) {
		auto_fd fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd >= 0)
			return write_at(fd, value, strlen(value));
		if (errno != ENOENT)
			return -errno;
	}
	return -ENOENT;
}

int ctn_host_write_lines(const struct ctn_list *list, const struct ctn_host_write_lines *op,
			 struct ctn_result *result)
{
	auto_fd fd = open(ctn_list_string(list, op->path), O_WRONLY | O_CLOEXEC);
	const char *line = ctn_list_first(list, op->lines);
	int err = fd < 0 ? -errno : 0;

	(void)result;
	for (uint32_t count = ctn_list_count(list, op->lines); count && err >= 0; count--, line = ctn_list_next(line))
		err = write_at(fd, line, strlen(line));
	return err;
}

int ctn_host_inherit(const struct ctn_list *list, const struct ctn_host_inherit *op, struct ctn_result *result)
{
	auto_fd from = open(ctn_list_string(list, op->from), O_RDONLY | O_CLOEXEC);
	auto_fd to = open(ctn_list_string(list, op->path), O_RDWR | O_CLOEXEC);
	char text[4096];
	ssize_t n;

	(void)result;
	if (from < 0 || to < 0)
		return -errno;
	n = read(to, text, sizeof text);
	if (n > 1) /* more than a line feed: it has its own */
		return 0;
	if (n >= 0)
		n = read(from, text, sizeof text);
	return n < 0 ? -errno : write_at(to, text, n);
}

int ctn_host_raise(const struct ctn_list *list, const struct ctn_host_raise *op, struct ctn_result *result)
{
	auto_fd fd = open(ctn_list_string(list, op->path), O_RDWR | O_CLOEXEC);
	char text[32];
	ssize_t n;

	(void)result;
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof text - 1);
	if (n < 0)
		return -errno;
	text[n] = 0;
	if (strtoll(text, NULL, 10) >= (long long)op->value)
		return 0;
	n = snprintf(text, sizeof text, "%llu", (unsigned long long)op->value);
	return write_at(fd, text, n);
}

/*
 * The kernel takes hold of the file and the eventfd; it also writes to the eventfd when the cgroup
 * is removed (cgroup-v1/memory.rst, 9 and 11).
 */
int ctn_host_cgroup_event(const struct ctn_list *list, const struct ctn_host_cgroup_event *op,
			  struct ctn_result *result)
{
	auto_fd directory = open(ctn_list_string(list, op->directory), O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd file = -1, control = -1, event = -1;
	char text[64];
	int n;

	(void)result;
	if (directory < 0)
		return -errno;
	file = openat(directory, ctn_list_string(list, op->file), O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	control = openat(directory, "cgroup.event_control", O_WRONLY | O_CLOEXEC);
	if (control < 0)
		return -errno;
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return -errno;
	n = snprintf(text, sizeof text, "%d %d %s", event, file, ctn_list_string(list, op->arguments));
	if (n >= (int)sizeof text)
		return -EINVAL;
	n = write_at(control, text, n);
	return n < 0 ? n : take_fd(&event);
}
