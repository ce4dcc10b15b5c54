/* SPDX-License-Identifier: Apache-2.0 */
/* A process that stands still for its tracer, who is asked by another way whether it has ended: each word is a finding. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src-native/sys/sys.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int main(void)
{
	int code, sig, pidfd, early;
	siginfo_t info = {0};
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	pidfd = ctn_pidfd_open(pid);
	if (pid < 0 || pidfd < 0 || ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		return 1;
	waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT | __WALL);
	early = ctn_pidfd_reap(pidfd, &code, &sig);
	printf("%s %d %d\n", early == -EAGAIN ? "lives" : "over", code, sig);
	printf("%d\n", ctn_look_for_end(P_ALL, 0));
	info.si_pid = 0;
	waitid(P_PID, pid, &info, WSTOPPED | WNOHANG | __WALL);
	printf("%s\n", info.si_pid == pid ? "told" : "lost");

	kill(pid, SIGKILL);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT | __WALL);
	printf("%d\n", ctn_look_for_end(P_PIDFD, pidfd) == pid);
	early = ctn_pidfd_reap(pidfd, &code, &sig);
	printf("%d %d %d\n", early, code, sig);
	printf("%d\n", ctn_pidfd_reap(pidfd, &code, &sig));
	return 0;
}
