/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "netlink.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../auto.h"

void ctn_nl_start(struct ctn_nl *message, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	message->is_full = 0;
	message->head = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(size),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | flags,
		.nlmsg_seq = 1,
	};
	memcpy(NLMSG_DATA(&message->head), body, size);
}

/* The length of an attribute has 16 bits: one that does not fit must not become another (CVE-2021-43784). */
void ctn_nl_add(struct ctn_nl *message, uint16_t type, const void *data, size_t size)
{
	size_t at = NLMSG_ALIGN(message->head.nlmsg_len);
	struct rtattr *attribute = (void *)(message->bytes + at);

	if (size > sizeof message->bytes || at + RTA_SPACE(size) > sizeof message->bytes) {
		message->is_full = 1;
		return;
	}
	*attribute = (struct rtattr){.rta_len = RTA_LENGTH(size), .rta_type = type};
	memset(RTA_DATA(attribute), 0, RTA_SPACE(size) - RTA_LENGTH(0));
	if (size)
		memcpy(RTA_DATA(attribute), data, size);
	message->head.nlmsg_len = at + RTA_SPACE(size);
}

void ctn_nl_add_string(struct ctn_nl *message, uint16_t type, const char *text)
{
	ctn_nl_add(message, type, text, strlen(text) + 1);
}

void ctn_nl_add_u32(struct ctn_nl *message, uint16_t type, uint32_t value)
{
	ctn_nl_add(message, type, &value, sizeof value);
}

size_t ctn_nl_begin(struct ctn_nl *message, uint16_t type)
{
	size_t at = NLMSG_ALIGN(message->head.nlmsg_len);

	ctn_nl_add(message, type, NULL, 0);
	return at;
}

void ctn_nl_end(struct ctn_nl *message, size_t begin)
{
	struct rtattr *attribute = (void *)(message->bytes + begin);

	if (!message->is_full)
		attribute->rta_len = message->head.nlmsg_len - begin;
}

int ctn_nl_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

static int open_here(void *data)
{
	(void)data;
	return ctn_nl_open();
}

int ctn_nl_open_in(int netns)
{
	return ctn_in_netns(netns, open_here, NULL);
}

static int transmit(int socket, const struct ctn_nl *message)
{
	if (message->is_full)
		return -EMSGSIZE;
	return send(socket, message->bytes, message->head.nlmsg_len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

struct reader {
	int (*each)(const struct nlmsghdr *message, void *data);
	void *data;
	int result;
};

/* One datagram: 1 to go on, 0 at the end, -errno. The first number that `each` gives stays. */
static int take(const char *bytes, size_t length, struct reader *reader)
{
	const struct nlmsghdr *at = (const void *)bytes;

	for (; NLMSG_OK(at, length); at = NLMSG_NEXT(at, length)) {
		if (at->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(at))->error;
		if (at->nlmsg_type == NLMSG_DONE)
			return 0;
		if (reader->each && !reader->result)
			reader->result = reader->each(at, reader->data);
	}
	return 1;
}

static int receive(int socket, struct reader *reader)
{
	char bytes[32768] __attribute__((aligned(8)));
	ssize_t n;
	int more;

	do {
		n = recv(socket, bytes, sizeof bytes, 0);
		if (n < 0 && errno == EINTR) {
			more = 1;
			continue;
		}
		if (n < 0)
			return -errno;
		more = take(bytes, n, reader);
	} while (more > 0);
	return more;
}

int ctn_nl_ask(int socket, struct ctn_nl *message)
{
	struct reader reader = {0};
	int err;

	message->head.nlmsg_flags |= NLM_F_ACK;
	err = transmit(socket, message);
	return err < 0 ? err : receive(socket, &reader);
}

int ctn_nl_dump(int socket, struct ctn_nl *message, int (*each)(const struct nlmsghdr *message, void *data), void *data)
{
	struct reader reader = {.each = each, .data = data};
	int err;

	message->head.nlmsg_flags |= NLM_F_DUMP;
	err = transmit(socket, message);
	if (err >= 0)
		err = receive(socket, &reader);
	return err < 0 ? err : reader.result;
}

struct link {
	int index;
	uint32_t flags;
	char alias[256];
};

static int read_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const struct rtattr *alias;
	struct link *link = data;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	*link = (struct link){info->ifi_index, info->ifi_flags, ""};
	alias = ctn_nl_attribute(message, sizeof *info, IFLA_IFALIAS);
	if (alias)
		snprintf(link->alias, sizeof link->alias, "%.*s", (int)RTA_PAYLOAD(alias), (const char *)RTA_DATA(alias));
	return 0;
}

int ctn_nl_link(int socket, const char *name, uint32_t *flags, char alias[256])
{
	struct ifinfomsg info = {0};
	struct link link = {0};
	struct reader reader = {.each = read_link, .data = &link};
	struct ctn_nl message;
	int err;

	ctn_nl_start(&message, RTM_GETLINK, NLM_F_ACK, &info, sizeof info);
	ctn_nl_add_string(&message, IFLA_IFNAME, name);
	err = transmit(socket, &message);
	if (err >= 0)
		err = receive(socket, &reader);
	if (err < 0)
		return err;
	if (flags)
		*flags = link.flags;
	if (alias)
		memcpy(alias, link.alias, sizeof link.alias);
	return link.index;
}

const struct rtattr *ctn_nl_attribute(const struct nlmsghdr *message, size_t fixed, uint16_t type)
{
	const struct rtattr *at = (const void *)((const char *)NLMSG_DATA(message) + NLMSG_ALIGN(fixed));
	int length = (int)message->nlmsg_len - (int)NLMSG_LENGTH(NLMSG_ALIGN(fixed));

	for (; RTA_OK(at, length); at = RTA_NEXT(at, length))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}
