/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets of whole messages, with descriptors: to ctn-init, to CRIU, to a service manager. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

int ctn_socketpair(int type, int fds[2])
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) < 0 ? -errno : 0;
}

/*
 * An address in sun_path has 108 bytes and a state directory may be deeper. Through the
 * directory's descriptor any path is short. The caller keeps *directory until bind or connect.
 */
static int address(const char *directory_path, const char *name, int *directory, struct sockaddr_un *addr)
{
	int n;

	*directory = open(directory_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*directory < 0)
		return -errno;
	addr->sun_family = AF_UNIX;
	n = snprintf(addr->sun_path, sizeof addr->sun_path, "/proc/self/fd/%d/%s", *directory, name);
	return n < (int)sizeof addr->sun_path ? 0 : -ENAMETOOLONG;
}

typedef int call_with_name(int fd, const struct sockaddr *addr, socklen_t size);

/* A socket for which bind or connect was called with a name of any length. A name that is bound gets this mode; 0 leaves it. */
static int named(call_with_name *call, int type, const char *path, const char *name, unsigned int mode)
{
	auto_fd socket_fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	auto_fd directory = -1;
	struct sockaddr_un addr;
	int err;

	if (socket_fd < 0)
		return -errno;
	err = address(path, name, &directory, &addr);
	if (err < 0)
		return err;
	if (call(socket_fd, (struct sockaddr *)&addr, sizeof addr) < 0 || (mode && chmod(addr.sun_path, mode) < 0))
		return -errno;
	return take_fd(&socket_fd);
}

int ctn_host_listen(const struct ctn_list *list, const struct ctn_host_listen *op, struct ctn_result *result)
{
	auto_fd socket_fd = named(bind, SOCK_SEQPACKET, ctn_list_string(list, op->directory), ctn_list_string(list, op->name), 0);

	(void)result;
	if (socket_fd < 0)
		return socket_fd;
	return listen(socket_fd, 8) < 0 ? -errno : take_fd(&socket_fd);
}

int ctn_host_connect(const struct ctn_list *list, const struct ctn_host_connect *op, struct ctn_result *result)
{
	(void)result;
	return ctn_connect(ctn_list_string(list, op->directory), ctn_list_string(list, op->name));
}

int ctn_connect(const char *path, const char *name)
{
	return named(connect, SOCK_SEQPACKET | SOCK_NONBLOCK, path, name, 0);
}

int ctn_host_bind_datagram(const struct ctn_list *list, const struct ctn_host_bind_datagram *op,
			   struct ctn_result *result)
{
	(void)result;
	return named(bind, SOCK_DGRAM, ctn_list_string(list, op->directory), ctn_list_string(list, op->name), op->mode);
}

int ctn_host_connect_datagram(const struct ctn_list *list, const struct ctn_host_connect_datagram *op,
			      struct ctn_result *result)
{
	const char *path = ctn_list_string(list, op->path);
	auto_fd socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t length = strlen(path);

	(void)result;
	if (socket_fd < 0)
		return -errno;
	if (length >= sizeof addr.sun_path)
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, length);
	if (path[0] == '@') /* unix(7): abstract, and as long as it says */
		addr.sun_path[0] = '\0';
	if (connect(socket_fd, (struct sockaddr *)&addr, offsetof(struct sockaddr_un, sun_path) + length) < 0)
		return -errno;
	return take_fd(&socket_fd);
}

int ctn_host_send(const struct ctn_list *list, const struct ctn_host_send *op, struct ctn_result *result)
{
	uint32_t length;
	const void *data = ctn_list_blob(list, op->data, &length);

	(void)result;
	return ctn_send(op->socket, data, length, NULL, 0);
}

int ctn_send(int socket_fd, const void *bytes, size_t size, const int *fds, int fd_count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * CTN_PACKET_FDS)];
	} control = {0};
	struct iovec part = {(void *)bytes, size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *head;
	ssize_t n;

	if (fd_count > CTN_PACKET_FDS)
		return -EINVAL;
	if (fd_count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(head), fds, sizeof(int) * fd_count);
	}
	do
		n = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

ssize_t ctn_recv(int socket_fd, void *bytes, size_t size, int flags)
{
	ssize_t n = recv(socket_fd, bytes, size, flags);

	return n < 0 && errno == ECONNRESET ? recv(socket_fd, bytes, size, flags) : n;
}

ssize_t ctn_receive(int socket_fd, void **bytes, int fds[CTN_PACKET_FDS], int *fd_count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * CTN_PACKET_FDS)];
	} control;
	struct msghdr message = {.msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct iovec part;
	auto_free void *buffer = NULL;
	/* The size first: of a packet that does not fit the rest is lost. */
	ssize_t n = recv(socket_fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	int was_reset = n < 0 && errno == ECONNRESET;

	*fd_count = 0;
	if (was_reset)
		n = recv(socket_fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	if (was_reset && n <= 0)
		return -ECONNRESET;
	if (n < 0)
		return -errno;
	buffer = malloc(n + 1);
	if (!buffer)
		return -ENOMEM;
	part = (struct iovec){buffer, n + 1};
	message.msg_iov = &part;
	n = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && errno == ECONNRESET)
		n = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		*fd_count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(head), *fd_count * sizeof(int));
	}
	*bytes = buffer;
	buffer = NULL;
	return n;
}
