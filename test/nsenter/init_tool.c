/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs ctn-init on plans, whatever is in them, in no namespace of its own.
 *
 * Usage: init_tool INIT SEALS. Plans come on stdin, each behind two u32, its magic and its size.
 * SEALS are the F_SEAL_* bits that a plan gets, `none` for a memfd that cannot be sealed, or `file`
 * for a plain file; `late`: it is there and sealed only when init is. With `never` nobody lets it begin. For each plan it prints the errno, step, index and detail (in hexadecimal) of
 * the report, or `quiet`; then how init ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src-native/ctn_wire.h"

static char plan[2 * CTN_LIST_MAX];

static int is_late(const char *seals)
{
	return !strcmp(seals, "late");
}

static int plan_fd(const char *seals, size_t size)
{
	int plain = !strcmp(seals, "file"), sealable = !plain && strcmp(seals, "none");
	int fd = plain ? open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
		       : memfd_create("plan", MFD_CLOEXEC | (sealable ? MFD_ALLOW_SEALING : 0));

	if (is_late(seals))
		return fd;
	if (fd < 0 || write(fd, plan, size) != (ssize_t)size)
		return -1;
	if (sealable && fcntl(fd, F_ADD_SEALS, strcmp(seals, "never") ? atoi(seals) : 15) < 0)
		return -1;
	return fd;
}

_Noreturn static void become(const char *path, int fd, int sync)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fd = fcntl(fd, F_DUPFD_CLOEXEC, 20);
	sync = fcntl(sync, F_DUPFD_CLOEXEC, 20);
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	dup2(fd, CTN_FD_PLAN);
	dup2(sync, CTN_FD_SYNC);
	execl(path, "ctn-init", NULL);
	_exit(126);
}

static void print_report(int sync)
{
	struct ctn_report report;

	if (recv(sync, &report, sizeof report, 0) != sizeof report) {
		printf("quiet");
		return;
	}
	printf("errno %d step %u index %u detail ", report.err, report.op_code, report.op_index);
	for (size_t i = 0; i < sizeof report.detail && report.detail[i]; i++)
		printf("%02x", (unsigned char)report.detail[i]);
}

static int run(const char *path, const char *seals, size_t size)
{
	int pair[2], status, fd = plan_fd(seals, size);
	pid_t pid;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid)
		become(path, fd, pair[1]);
	close(pair[1]);
	if (is_late(seals)) {
		usleep(20000); /* It is there, and waits */
		if (write(fd, plan, size) != (ssize_t)size || fcntl(fd, F_ADD_SEALS, 15) < 0)
			return -1;
	}
	if (strcmp(seals, "never"))
		send(pair[0], "", 1, 0);
	else
		shutdown(pair[0], SHUT_WR);
	close(fd);
	print_report(pair[0]);
	close(pair[0]);
	waitpid(pid, &status, 0);
	printf(WIFEXITED(status) ? " exit %d\n" : " signal %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t frame[2];

	if (argc != 3)
		return 2;
	while (fread(frame, sizeof frame, 1, stdin) == 1) {
		if (frame[1] > sizeof plan || fread(plan, 1, frame[1], stdin) != frame[1])
			return 3;
		if (run(argv[1], argv[2], frame[1]) < 0)
			return 4;
	}
	return 0;
}
