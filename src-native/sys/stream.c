/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on descriptors that bytes go through, and on the processes that the command looks after. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

int ctn_host_connect_stream(const struct ctn_list *list, const struct ctn_host_connect_stream *op,
			    struct ctn_result *result)
{
	const char *path = ctn_list_string(list, op->path);
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)result;
	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	return take_fd(&fd);
}

int ctn_host_read_fd(const struct ctn_list *list, const struct ctn_host_read_fd *op, struct ctn_result *result)
{
	ssize_t n;

	(void)list;
	result->bytes = malloc(op->max + 1);
	if (!result->bytes)
		return -ENOMEM;
	do
		n = read(op->fd, result->bytes, op->max);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	result->length = n;
	return 0;
}

int ctn_host_write_fd(const struct ctn_list *list, const struct ctn_host_write_fd *op, struct ctn_result *result)
{
	uint32_t length;
	const char *data = ctn_list_blob(list, op->data, &length);
	struct pollfd writable = {.fd = op->fd, .events = POLLOUT};

	(void)result;
	while (length) {
		ssize_t n = write(op->fd, data, length);

		if (n < 0 && errno == EAGAIN)
			poll(&writable, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			length -= n;
		}
	}
	return 0;
}

int ctn_host_duplicate(const struct ctn_list *list, const struct ctn_host_duplicate *op, struct ctn_result *result)
{
	int fd = fcntl(op->fd, F_DUPFD_CLOEXEC, 3);

	(void)list;
	(void)result;
	return fd < 0 ? -errno : fd;
}

int ctn_host_subreaper(const struct ctn_list *list, const struct ctn_host_subreaper *op, struct ctn_result *result)
{
	(void)list;
	(void)result;
	return prctl(PR_SET_CHILD_SUBREAPER, op->on, 0, 0, 0) < 0 ? -errno : 0;
}

/* Looks before it reaps: whoever waits for `pid` by its pidfd must still find it. */
int ctn_host_reap_others(const struct ctn_list *list, const struct ctn_host_reap_others *op,
			 struct ctn_result *result)
{
	siginfo_t info;
	int count = 0;

	(void)list;
	(void)result;
	for (;; count++) {
		pid_t ended = ctn_look_for_end(P_ALL, 0);

		if (ended <= 0 || (uint32_t)ended == op->pid)
			return count;
		waitid(P_PID, ended, &info, WEXITED | WNOHANG);
	}
}
