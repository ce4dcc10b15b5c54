/* SPDX-License-Identifier: Apache-2.0 */
/* Processes, by pidfd: a pid may be another process by the time it is used, a pidfd never is. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ctn_list.h"
#include "sys.h"

int ctn_pidfd_open(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd; /* close-on-exec by itself */
}

int ctn_pidfd_send_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int ctn_pidfd_reap(int pidfd, int *code, int *signal)
{
	siginfo_t info = {0};
	int n;

	*code = *signal = -1;
	do
		n = waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG | __WALL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECHILD ? 0 : -errno; /* somebody else's child: the kernel tells only its parent */
	if (!info.si_pid)
		return -EAGAIN; /* dead, but its tracer has not been told yet */
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
