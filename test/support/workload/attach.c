/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for processes that come into this pid namespace, and tries to trace them, to take their
 * descriptors and to read their memory, until it is killed. Prints a line for each that it got hold
 * of while it was not yet a program of the container.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_init(pid_t pid)
{
	char path[64], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(comm, sizeof comm, file))
		comm[0] = 0;
	fclose(file);
	if (!strncmp(comm, "node", 4) || !strncmp(comm, "libuv", 5))
		printf("saw %d, which is %s", pid, comm);
	return strstr(comm, "ctn-init") != NULL;
}

static void try_files(pid_t pid)
{
	static const char *const names[] = {"exe", "cwd", "root", "mem", "maps", "environ", "fd/3", "fd/4", "fd/5", "ns/mnt"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[64], byte;
		int fd;

		errno = 0;
		snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
		fd = open(path, O_RDONLY);
		/* Some files of /proc can be opened by everyone, and then say nothing */
		if (fd >= 0 && (read(fd, &byte, 1) > 0 || errno == EISDIR || errno == EIO) && is_init(pid))
			printf("opened %s\n", path);
		if (fd >= 0)
			close(fd);
	}
}

static void try_process(pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
		if (is_init(pid))
			printf("traced %d\n", pid);
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
		waitpid(pid, NULL, __WALL);
		ptrace(PTRACE_DETACH, pid, 0, 0);
	}
	for (int fd = 0; pidfd >= 0 && fd < 16; fd++) {
		int taken = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

		if (taken >= 0 && is_init(pid))
			printf("took descriptor %d of %d\n", fd, pid);
		if (taken >= 0)
			close(taken);
	}
	if (pidfd >= 0)
		close(pidfd);
	try_files(pid);
}

int main(void)
{
	pid_t own = getpid();
	long seen = 0;

	puts("ready");
	fflush(stdout);
	for (;;) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		while (proc && (entry = readdir(proc))) {
			pid_t pid = atoi(entry->d_name);

			if (pid <= 0 || pid == own || !is_init(pid))
				continue;
			if (!seen++)
				puts("saw one");
			try_process(pid);
			fflush(stdout);
		}
		if (proc)
			closedir(proc);
	}
}
