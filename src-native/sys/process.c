/* SPDX-License-Identifier: Apache-2.0 */
/* Processes, by pidfd: a pid may be another process by the time it is used, a pidfd never is. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

/* The third field of /proc/<pid>/stat and what follows, or NULL: the second is a name that may hold anything. */
static const char *read_stat(pid_t pid, char *text, size_t size)
{
	char path[32], *name_end;
	auto_fd fd = -1;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = 0;
	name_end = strrchr(text, ')');
	return name_end && name_end[1] ? name_end + 2 : NULL;
}

static int64_t start_time(const char *stat)
{
	for (int field = 3; stat && field < 22; field++) {
		stat = strchr(stat, ' ');
		stat += !!stat;
	}
	return stat ? strtoll(stat, NULL, 10) : 0;
}

int64_t ctn_start_time(pid_t pid)
{
	char text[1024];

	return start_time(read_stat(pid, text, sizeof text));
}

/* Has it not become the program yet? One that calls itself so keeps out who means it well. */
static int is_init(pid_t pid)
{
	char path[32], link[64] = {0};

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	return readlink(path, link, sizeof link - 1) > 0 && !strcmp(link, "/memfd:ctn-init (deleted)");
}

int ctn_host_same_process(const struct ctn_list *list, const struct ctn_host_same_process *op,
			  struct ctn_result *result)
{
	char text[1024];
	const char *stat = read_stat(op->pid, text, sizeof text);

	(void)list;
	(void)result;
	if (!stat || *stat == 'Z' || *stat == 'X' || (uint64_t)start_time(stat) != op->start_time)
		return -ESRCH;
	return op->past_init && is_init(op->pid) ? -EAGAIN : 0;
}

int ctn_pidfd_open(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd; /* close-on-exec by itself */
}

int ctn_pidfd_send_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

pid_t ctn_look_for_end(int type, int id)
{
	siginfo_t info;
	int n;

	do {
		info.si_pid = 0;
		n = waitid((idtype_t)type, (id_t)id, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return info.si_pid && (info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED) ? 0 : info.si_pid;
}

int ctn_pidfd_reap(int pidfd, int *code, int *signal)
{
	siginfo_t info = {0};
	pid_t ended = ctn_look_for_end(P_PIDFD, pidfd);

	*code = *signal = -1;
	if (ended < 0)
		return ended == -ECHILD ? 0 : ended; /* somebody else's child: the kernel tells only its parent */
	if (!ended)
		return -EAGAIN; /* it lives; or is dead, but its tracer has not been told yet */
	if (waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG | __WALL) < 0)
		return 0; /* another thread was told */
	if (info.si_code == CLD_EXITED)
		*code = info.si_status;
	else
		*signal = info.si_status;
	return 0;
}

int ctn_host_pidfd_open(const struct ctn_list *list, const struct ctn_host_pidfd_open *op, struct ctn_result *result)
{
	(void)list;
	(void)result;
	return ctn_pidfd_open(op->pid);
}

int ctn_host_pidfd_signal(const struct ctn_list *list, const struct ctn_host_pidfd_signal *op,
			  struct ctn_result *result)
{
	(void)list;
	(void)result;
	return ctn_pidfd_send_signal(op->pidfd, op->signal);
}

int ctn_host_prlimit(const struct ctn_list *list, const struct ctn_host_prlimit *op, struct ctn_result *result)
{
	struct rlimit64 limit = {.rlim_cur = op->soft, .rlim_max = op->hard};

	(void)list;
	(void)result;
	return prlimit64(op->pid, op->resource, &limit, NULL) < 0 ? -errno : 0;
}
