/* SPDX-License-Identifier: Apache-2.0 */
/* A user namespace nobody lives in: what an id-mapped mount takes its maps from (mount_setattr(2)). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_syscall.h"
#include "sys.h"

enum { STACK_SIZE = 16384 };

/*
 * Is there for as long as it takes to write the maps. It shares our memory and our descriptors, so
 * it calls nothing of the C library; and it goes when the thread goes that made it.
 */
static int stay(void *parent)
{
	sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while (sys(__NR_getppid) == *(volatile pid_t *)parent)
		sys(__NR_pause);
	return 0;
}

static int write_map(pid_t pid, const char *name, const char *map)
{
	size_t length = strlen(map);
	char path[64];
	auto_fd fd = -1;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, map, length);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EINVAL;
}

static int open_mapped(pid_t pid, const char *uid_map, const char *gid_map)
{
	char path[64];
	int err = write_map(pid, "uid_map", uid_map), fd;

	if (err >= 0)
		err = write_map(pid, "gid_map", gid_map);
	if (err < 0)
		return err;
	snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ctn_userns(const char *uid_map, const char *gid_map)
{
	auto_free char *stack = malloc(STACK_SIZE);
	pid_t ours = getpid(), pid;
	sigset_t all, before;
	int fd;

	if (!stack)
		return -ENOMEM;
	/* No signal handler of ours may run in the child, on our memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pid = clone(stay, stack + STACK_SIZE, CLONE_VM | CLONE_FILES | CLONE_NEWUSER | SIGCHLD, &ours);
	fd = pid < 0 ? -errno : open_mapped(pid, uid_map, gid_map);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
			;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return fd;
}
