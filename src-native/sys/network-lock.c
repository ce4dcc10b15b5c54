/* SPDX-License-Identifier: Apache-2.0 */
/* What a CRIU that was killed leaves of its hold on a network: a table of nftables, and sockets in repair mode. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "netlink.h"
#include "sys.h"

static int open_here(void *data)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	(void)data;
	return fd < 0 ? -errno : fd;
}

/* Changes are made in batches: a begin, the messages, an end, all in one packet. */
static size_t append(char *packet, size_t at, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource, const char *table)
{
	struct nfgenmsg body = {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
	struct ctn_nl message;

	ctn_nl_start(&message, type, flags, &body, sizeof body);
	if (table)
		ctn_nl_add_string(&message, NFTA_TABLE_NAME, table);
	memcpy(packet + at, message.bytes, message.head.nlmsg_len);
	return at + NLMSG_ALIGN(message.head.nlmsg_len);
}

int ctn_host_unlock_network(const struct ctn_list *list, const struct ctn_host_unlock_network *op, struct ctn_result *result)
{
	const char *table = ctn_list_string(list, op->table);
	auto_fd netns = open(ctn_list_string(list, op->netns), O_RDONLY | O_CLOEXEC);
	auto_fd socket = netns < 0 ? -errno : ctn_in_netns(netns, open_here, NULL);
	char packet[1024] __attribute__((aligned(8))) = {0}, answer[4096] __attribute__((aligned(8)));
	const struct nlmsghdr *head = (const void *)answer;
	size_t size = 0;
	ssize_t n;

	(void)result;
	if (socket < 0)
		return socket;
	if (strlen(table) >= NFT_NAME_MAXLEN)
		return -ENAMETOOLONG;
	size = append(packet, size, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, NULL);
	size = append(packet, size, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE, NLM_F_ACK, NFPROTO_INET, 0, table);
	size = append(packet, size, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, NULL);
	if (send(socket, packet, size, MSG_NOSIGNAL) < 0)
		return -errno;
	do {
		n = recv(socket, answer, sizeof answer, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return NLMSG_OK(head, (size_t)n) && head->nlmsg_type == NLMSG_ERROR ? ((const struct nlmsgerr *)NLMSG_DATA(head))->error : -EPROTO;
}

static void end_repair(int fd)
{
	int value = 0, off = TCP_REPAIR_OFF_NO_WP, none = TCP_NO_QUEUE;
	socklen_t size = sizeof value;

	if (getsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &value, &size) < 0 || value != TCP_REPAIR_ON)
		return; /* No TCP socket, or one that is as it should be */
	setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &none, sizeof none);
	setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof off);
}

int ctn_host_end_repair(const struct ctn_list *list, const struct ctn_host_end_repair *op, struct ctn_result *result)
{
	char path[64];
	auto_fd process = syscall(SYS_pidfd_open, op->pid, 0);
	struct dirent *entry;
	DIR *files;

	(void)list;
	(void)result;
	if (process < 0)
		return -errno;
	snprintf(path, sizeof path, "/proc/%u/fd", op->pid);
	files = opendir(path);
	if (!files)
		return -errno;
	while ((entry = readdir(files))) {
		char link[32] = {0};
		int fd;

		if (readlinkat(dirfd(files), entry->d_name, link, sizeof link - 1) < 0 || strncmp(link, "socket:", 7))
			continue;
		fd = syscall(SYS_pidfd_getfd, process, atoi(entry->d_name), 0);
		if (fd < 0)
			continue;
		end_repair(fd);
		close(fd);
	}
	closedir(files);
	return 0;
}
