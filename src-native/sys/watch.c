/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that become readable when something happens: files that change, pressure, time. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

int ctn_host_watch_files(const struct ctn_list *list, const struct ctn_host_watch_files *op,
			 struct ctn_result *result)
{
	auto_fd watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	const char *path = ctn_list_first(list, op->paths);

	(void)result;
	if (watch < 0)
		return -errno;
	for (uint32_t count = ctn_list_count(list, op->paths); count; count--, path = ctn_list_next(path))
		if (inotify_add_watch(watch, path, IN_MODIFY | IN_DELETE_SELF) < 0)
			return -errno;
	return take_fd(&watch);
}

int ctn_host_trigger(const struct ctn_list *list, const struct ctn_host_trigger *op, struct ctn_result *result)
{
	const char *text = ctn_list_string(list, op->text);
	auto_fd fd = open(ctn_list_string(list, op->path), O_RDWR | O_NONBLOCK | O_CLOEXEC);

	(void)result;
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text) + 1) < 0)
		return -errno;
	return take_fd(&fd);
}

int ctn_host_timer(const struct ctn_list *list, const struct ctn_host_timer *op, struct ctn_result *result)
{
	auto_fd timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct timespec every = {.tv_sec = op->milliseconds / 1000, .tv_nsec = op->milliseconds % 1000 * 1000000};
	struct itimerspec times = {.it_interval = every, .it_value = every};

	(void)list;
	(void)result;
	if (timer < 0)
		return -errno;
	if (timerfd_settime(timer, 0, &times, NULL) < 0)
		return -errno;
	return take_fd(&timer);
}

int ctn_host_drain(const struct ctn_list *list, const struct ctn_host_drain *op, struct ctn_result *result)
{
	char bytes[4096];
	ssize_t n = read(op->fd, bytes, sizeof bytes);

	(void)list;
	(void)result;
	return n < 0 ? -errno : n;
}
