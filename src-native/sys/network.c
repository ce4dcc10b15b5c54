/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on network devices. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "netlink.h"
#include "sys.h"

#define HOST_OP(name) \
	int ctn_host_##name(const struct ctn_list *list, const struct ctn_host_##name *op, struct ctn_result *result)
#define STRING(field) ctn_list_string(list, op->field)

static int open_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* A socket in the network namespace at this path. */
static int socket_at(const char *path)
{
	auto_fd netns = open_netns(path);

	return netns < 0 ? netns : ctn_nl_open_in(netns);
}

static int set_up(int socket, int index, int is_up)
{
	struct ifinfomsg info = {.ifi_index = index, .ifi_flags = is_up ? IFF_UP : 0, .ifi_change = IFF_UP};
	struct ctn_nl message;

	ctn_nl_start(&message, RTM_NEWLINK, 0, &info, sizeof info);
	return ctn_nl_ask(socket, &message);
}

HOST_OP(link_up)
{
	auto_fd socket = socket_at(STRING(netns));
	int index = socket < 0 ? socket : ctn_nl_link(socket, STRING(device), NULL, NULL);

	(void)result;
	return index < 0 ? index : set_up(socket, index, 1);
}

static int delete_link(int socket, int index)
{
	struct ifinfomsg info = {.ifi_index = index};
	struct ctn_nl message;

	ctn_nl_start(&message, RTM_DELLINK, 0, &info, sizeof info);
	return ctn_nl_ask(socket, &message);
}

/* The name may be another's by now: the kernel removes the pair of a namespace that is gone in its own time. */
HOST_OP(link_delete)
{
	auto_fd socket = ctn_nl_open();
	char alias[256];
	int index = socket < 0 ? socket : ctn_nl_link(socket, STRING(name), NULL, alias);

	(void)result;
	if (index < 0)
		return index;
	return strcmp(alias, STRING(alias)) ? -ENODEV : delete_link(socket, index);
}

static int set_alias(int socket, int index, const char *alias)
{
	struct ifinfomsg info = {.ifi_index = index};
	struct ctn_nl message;

	ctn_nl_start(&message, RTM_NEWLINK, 0, &info, sizeof info);
	ctn_nl_add(&message, IFLA_IFALIAS, alias, strlen(alias));
	return ctn_nl_ask(socket, &message);
}

static int add_address(int socket, int index, const void *address, uint32_t length, uint32_t prefix)
{
	struct ifaddrmsg body = {
		.ifa_family = length == 4 ? AF_INET : AF_INET6,
		.ifa_prefixlen = prefix,
		.ifa_index = index,
		.ifa_scope = RT_SCOPE_UNIVERSE,
	};
	struct ctn_nl message;

	ctn_nl_start(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
	ctn_nl_add(&message, IFA_LOCAL, address, length);
	ctn_nl_add(&message, IFA_ADDRESS, address, length);
	if (length != 4) /* There is nobody yet who could have the same one */
		ctn_nl_add_u32(&message, IFA_FLAGS, IFA_F_NODAD);
	return ctn_nl_ask(socket, &message);
}

HOST_OP(address)
{
	auto_fd socket = socket_at(STRING(netns));
	int index = socket < 0 ? socket : ctn_nl_link(socket, STRING(device), NULL, NULL);
	uint32_t length;
	const void *address = ctn_list_blob(list, op->address, &length);

	(void)result;
	return index < 0 ? index : add_address(socket, index, address, length, op->prefix);
}

HOST_OP(route)
{
	auto_fd socket = socket_at(STRING(netns));
	int index = socket < 0 || !op->device ? socket : ctn_nl_link(socket, STRING(device), NULL, NULL);
	uint32_t length, gateway_length, source_length;
	const void *destination = ctn_list_blob(list, op->destination, &length);
	const void *gateway = ctn_list_blob(list, op->gateway, &gateway_length);
	const void *source = ctn_list_blob(list, op->source, &source_length);
	struct rtmsg body = {
		.rtm_family = (length | gateway_length | source_length) == 16 ? AF_INET6 : AF_INET,
		.rtm_dst_len = op->prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = gateway_length ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	struct ctn_nl message;

	(void)result;
	if (index < 0)
		return index;
	ctn_nl_start(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
	if (length)
		ctn_nl_add(&message, RTA_DST, destination, length);
	if (gateway_length)
		ctn_nl_add(&message, RTA_GATEWAY, gateway, gateway_length);
	if (source_length)
		ctn_nl_add(&message, RTA_PREFSRC, source, source_length);
	if (op->device)
		ctn_nl_add_u32(&message, RTA_OIF, index);
	return ctn_nl_ask(socket, &message);
}

/* Both ends, the far one in `netns` from the start: no name of it is ever seen here. */
static int make_pair(const struct ctn_list *list, const struct ctn_host_veth *op, int socket, int netns)
{
	struct ifinfomsg info = {0};
	uint32_t mac_length;
	const void *mac = ctn_list_blob(list, op->mac, &mac_length);
	size_t linkinfo, data, peer;
	struct ctn_nl message;

	ctn_nl_start(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
	ctn_nl_add_string(&message, IFLA_IFNAME, STRING(name));
	if (op->mtu)
		ctn_nl_add_u32(&message, IFLA_MTU, op->mtu);
	if (op->queue)
		ctn_nl_add_u32(&message, IFLA_TXQLEN, op->queue);
	linkinfo = ctn_nl_begin(&message, IFLA_LINKINFO);
	ctn_nl_add(&message, IFLA_INFO_KIND, "veth", 4);
	data = ctn_nl_begin(&message, IFLA_INFO_DATA);
	peer = ctn_nl_begin(&message, VETH_INFO_PEER);
	/* The peer has a message of its own: the fixed part, then attributes */
	if (message.head.nlmsg_len + sizeof info > sizeof message.bytes)
		return -EMSGSIZE;
	memcpy(message.bytes + message.head.nlmsg_len, &info, sizeof info);
	message.head.nlmsg_len += sizeof info;
	ctn_nl_add_string(&message, IFLA_IFNAME, STRING(peer));
	ctn_nl_add_u32(&message, IFLA_NET_NS_FD, netns);
	if (mac_length)
		ctn_nl_add(&message, IFLA_ADDRESS, mac, mac_length);
	if (op->mtu)
		ctn_nl_add_u32(&message, IFLA_MTU, op->mtu);
	if (op->queue)
		ctn_nl_add_u32(&message, IFLA_TXQLEN, op->queue);
	ctn_nl_end(&message, peer);
	ctn_nl_end(&message, data);
	ctn_nl_end(&message, linkinfo);
	return ctn_nl_ask(socket, &message);
}

static int join_bridge(int socket, int index, const char *bridge, int hairpin)
{
	struct ifinfomsg info = {.ifi_index = index};
	int bridge_index = ctn_nl_link(socket, bridge, NULL, NULL), err;
	uint8_t on = 1;
	struct ctn_nl message;
	size_t protinfo;

	if (bridge_index < 0)
		return bridge_index;
	ctn_nl_start(&message, RTM_NEWLINK, 0, &info, sizeof info);
	ctn_nl_add_u32(&message, IFLA_MASTER, bridge_index);
	err = ctn_nl_ask(socket, &message);
	if (err < 0 || !hairpin)
		return err;
	info.ifi_family = AF_BRIDGE;
	ctn_nl_start(&message, RTM_SETLINK, 0, &info, sizeof info);
	protinfo = ctn_nl_begin(&message, IFLA_PROTINFO | NLA_F_NESTED);
	ctn_nl_add(&message, IFLA_BRPORT_MODE, &on, sizeof on);
	ctn_nl_end(&message, protinfo);
	return ctn_nl_ask(socket, &message);
}

HOST_OP(veth)
{
	auto_fd netns = open_netns(STRING(netns));
	auto_fd socket = netns < 0 ? netns : ctn_nl_open();
	int index, err;

	(void)result;
	if (socket < 0)
		return socket;
	err = make_pair(list, op, socket, netns);
	if (err < 0)
		return err;
	index = ctn_nl_link(socket, STRING(name), NULL, NULL);
	err = index < 0 ? index : set_alias(socket, index, STRING(alias));
	if (err >= 0 && op->bridge)
		err = join_bridge(socket, index, STRING(bridge), op->hairpin);
	if (err >= 0 && !op->is_down)
		err = set_up(socket, index, 1);
	if (err < 0 && index > 0)
		delete_link(socket, index);
	return err < 0 ? err : index;
}
