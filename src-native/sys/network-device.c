/* SPDX-License-Identifier: Apache-2.0 */
/* A network device of the host goes to a container, and takes its addresses along. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "netlink.h"
#include "sys.h"

enum { ADDRESS_LIMIT = 256 };

struct addresses {
	int index;
	int count;
	struct {
		uint8_t family, prefix, length, peer_length;
		uint8_t local[16], peer[16];
	} list[ADDRESS_LIMIT];
};

static uint32_t flags_of(const struct nlmsghdr *message)
{
	const struct rtattr *flags = ctn_nl_attribute(message, sizeof(struct ifaddrmsg), IFA_FLAGS);
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	uint32_t value = body->ifa_flags;

	if (flags)
		memcpy(&value, RTA_DATA(flags), sizeof value);
	return value;
}

/* Those that an administrator gave it: global, and not by a protocol that will give others. */
static int collect(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	struct addresses *addresses = data;
	const struct rtattr *local, *peer;

	if (message->nlmsg_type != RTM_NEWADDR || (int)body->ifa_index != addresses->index ||
	    body->ifa_scope != RT_SCOPE_UNIVERSE || !(flags_of(message) & IFA_F_PERMANENT))
		return 0;
	peer = ctn_nl_attribute(message, sizeof *body, IFA_ADDRESS);
	local = ctn_nl_attribute(message, sizeof *body, IFA_LOCAL);
	if (!local)
		local = peer;
	if (!local || RTA_PAYLOAD(local) > 16)
		return 0;
	if (addresses->count == ADDRESS_LIMIT)
		return -E2BIG;
	addresses->list[addresses->count].family = body->ifa_family;
	addresses->list[addresses->count].prefix = body->ifa_prefixlen;
	addresses->list[addresses->count].length = RTA_PAYLOAD(local);
	memcpy(addresses->list[addresses->count].local, RTA_DATA(local), RTA_PAYLOAD(local));
	if (peer && RTA_PAYLOAD(peer) == RTA_PAYLOAD(local)) {
		addresses->list[addresses->count].peer_length = RTA_PAYLOAD(peer);
		memcpy(addresses->list[addresses->count].peer, RTA_DATA(peer), RTA_PAYLOAD(peer));
	}
	addresses->count++;
	return 0;
}

static int read_addresses(int socket, int index, struct addresses *addresses)
{
	struct ifaddrmsg body = {0};
	struct ctn_nl message;

	addresses->index = index;
	addresses->count = 0;
	ctn_nl_start(&message, RTM_GETADDR, 0, &body, sizeof body);
	return ctn_nl_dump(socket, &message, collect, addresses);
}

static int give_addresses(int socket, int index, const struct addresses *addresses)
{
	for (int i = 0; i < addresses->count; i++) {
		__typeof__(addresses->list[i]) *address = &addresses->list[i];
		struct ifaddrmsg body = {
			.ifa_family = address->family,
			.ifa_prefixlen = address->prefix,
			.ifa_index = index,
			.ifa_scope = RT_SCOPE_UNIVERSE,
		};
		struct ctn_nl message;
		int err;

		ctn_nl_start(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
		ctn_nl_add(&message, IFA_LOCAL, address->local, address->length);
		if (address->peer_length)
			ctn_nl_add(&message, IFA_ADDRESS, address->peer, address->peer_length);
		err = ctn_nl_ask(socket, &message);
		if (err < 0 && err != -EEXIST)
			return err;
	}
	return 0;
}

/* Down, over, renamed: one message, so that it is never there under a name that is another's. */
static int move(int socket, int index, int netns, const char *name)
{
	struct ifinfomsg info = {.ifi_index = index, .ifi_change = IFF_UP};
	struct ctn_nl message;
	int err;

	ctn_nl_start(&message, RTM_NEWLINK, 0, &info, sizeof info);
	err = ctn_nl_ask(socket, &message);
	if (err < 0)
		return err;
	info.ifi_change = 0;
	ctn_nl_start(&message, RTM_NEWLINK, 0, &info, sizeof info);
	ctn_nl_add_u32(&message, IFLA_NET_NS_FD, netns);
	ctn_nl_add_string(&message, IFLA_IFNAME, name);
	return ctn_nl_ask(socket, &message);
}

static int raise(int socket, int index)
{
	struct ifinfomsg info = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct ctn_nl message;

	ctn_nl_start(&message, RTM_NEWLINK, 0, &info, sizeof info);
	return ctn_nl_ask(socket, &message);
}

int ctn_host_link_move(const struct ctn_list *list, const struct ctn_host_link_move *op, struct ctn_result *result)
{
	auto_fd netns = open(ctn_list_string(list, op->netns), O_RDONLY | O_CLOEXEC);
	auto_fd here = netns < 0 ? -errno : ctn_nl_open();
	auto_fd there = here < 0 ? here : ctn_nl_open_in(netns);
	const char *new_name = ctn_list_string(list, op->new_name);
	auto_free struct addresses *addresses = calloc(1, sizeof *addresses);
	uint32_t flags = 0;
	int index, err;

	(void)result;
	if (there < 0)
		return there;
	if (!addresses)
		return -ENOMEM;
	index = ctn_nl_link(here, ctn_list_string(list, op->name), &flags, NULL);
	if (index < 0)
		return index;
	/* The kernel would find out when the device is there already, and it would be lost with the namespace */
	if (ctn_nl_link(there, new_name, NULL, NULL) >= 0)
		return -EEXIST;
	err = read_addresses(here, index, addresses);
	if (err < 0)
		return err;
	err = move(here, index, netns, new_name);
	if (err < 0) {
		if (flags & IFF_UP)
			raise(here, index);
		return err;
	}
	index = ctn_nl_link(there, new_name, NULL, NULL); /* It may have got another there */
	err = index < 0 ? index : give_addresses(there, index, addresses);
	return err < 0 ? err : raise(there, index);
}
