/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work in another network namespace. A thread of its own goes there and ends there: none of the
 * runtime's threads is ever in a namespace that is not the runtime's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "netlink.h"
#include "sys.h"

enum { STACK = 64 << 10 };

struct visit {
	int netns;
	int (*work)(void *data);
	void *data;
	int result;
};

static void *visit(void *argument)
{
	struct visit *visit = argument;
	int err = visit->netns < 0 ? unshare(CLONE_NEWNET) : setns(visit->netns, CLONE_NEWNET);

	visit->result = err < 0 ? -errno : visit->work(visit->data);
	return NULL;
}

int ctn_in_netns(int netns, int (*work)(void *data), void *data)
{
	struct visit there = {.netns = netns, .work = work, .data = data};
	char stack[STACK] __attribute__((aligned(4096))); /* One that is mapped and given back would hold up all threads */
	pthread_attr_t attributes;
	pthread_t thread;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, sizeof stack);
	err = ctn_thread(&thread, &attributes, visit, &there);
	pthread_attr_destroy(&attributes);
	if (err < 0)
		return err;
	pthread_join(thread, NULL);
	return there.result;
}

static int raise_loopback(void)
{
	auto_fd fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

static int furnish(void *data)
{
	int err = raise_loopback(), fd;

	(void)data;
	if (err < 0)
		return err;
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ctn_host_netns_new(const struct ctn_list *list, const struct ctn_host_netns_new *op, struct ctn_result *result)
{
	(void)list;
	(void)op;
	(void)result;
	return ctn_in_netns(-1, furnish, NULL);
}
