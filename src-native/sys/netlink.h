/* SPDX-License-Identifier: Apache-2.0 */
/* Route netlink (rtnetlink(7)): messages put together, sent, and their answers read. */
#ifndef CTN_NETLINK_H
#define CTN_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

/* A message with its attributes; one that does not fit says so when it is sent. */
struct ctn_nl {
	union {
		struct nlmsghdr head;
		char bytes[2048];
	};
	int is_full;
};

/* Starts a message; `body` is the fixed part of its type. */
void ctn_nl_start(struct ctn_nl *message, uint16_t type, uint16_t flags, const void *body, size_t size);
void ctn_nl_add(struct ctn_nl *message, uint16_t type, const void *data, size_t size);
void ctn_nl_add_string(struct ctn_nl *message, uint16_t type, const char *text);
void ctn_nl_add_u32(struct ctn_nl *message, uint16_t type, uint32_t value);
/* What is added from here to the end is inside; the result goes to ctn_nl_end(). */
size_t ctn_nl_begin(struct ctn_nl *message, uint16_t type);
void ctn_nl_end(struct ctn_nl *message, size_t begin);

/* A socket in this network namespace, or in the one of a descriptor; the calling thread stays where it is. */
int ctn_nl_open(void);
int ctn_nl_open_in(int netns);
/* Sends, and reads the answer: 0 or -errno. */
int ctn_nl_ask(int socket, struct ctn_nl *message);
/* Sends a dump request; `each` gets every message of the answer, and ends it with a number that is not 0. */
int ctn_nl_dump(int socket, struct ctn_nl *message, int (*each)(const struct nlmsghdr *message, void *data), void *data);
/* Index of a device, or -errno; its flags (IFF_*) and alias for those who ask. */
int ctn_nl_link(int socket, const char *name, uint32_t *flags, char alias[256]);
/* The data of an attribute, or NULL. */
const struct rtattr *ctn_nl_attribute(const struct nlmsghdr *message, size_t fixed, uint16_t type);

/* network-namespace.c: runs `work` in a thread that is in the network namespace `netns`, or with -1 in a new one. */
int ctn_in_netns(int netns, int (*work)(void *data), void *data);

#endif
