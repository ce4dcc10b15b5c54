// SPDX-License-Identifier: Apache-2.0
/*
 * apply FLAGS CALL...: each CALL in a process of its own, under the filter on stdin.
 *
 * A CALL is NUMBER[:ARGUMENT]..., with an `i` before it for the i386 entry (int 0x80). Prints what
 * seccomp(2) returned, and for each call `errno N` (0 if it succeeded) or `signal N`.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct result {
	long loaded;
	long returned;
};

static long call_i386(const long *args)
{
	long result = -ENOSYS;

#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(result)
			 : "a"(args[0]), "b"(args[1]), "c"(args[2]), "d"(args[3])
			 : "memory", "r8", "r9", "r10", "r11");
#endif
	return result;
}

static void load(const struct sock_fprog *program, unsigned long flags, struct result *result)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	result->loaded = syscall(SYS_seccomp, 1, flags, program);
	if (result->loaded < 0) {
		result->loaded = -errno;
		_exit(1);
	}
}

static void run(const char *call, struct result *result)
{
	int i386 = call[0] == 'i';
	long args[7] = { 0 };
	char *at = (char *)call + i386;
	int count = 0;

	do {
		args[count++] = strtoull(at, &at, 0);
	} while (*at++ == ':' && count < 7);
	if (i386) {
		result->returned = call_i386(args);
	} else {
		result->returned = syscall(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
		if (result->returned < 0)
			result->returned = -errno;
	}
}

int main(int argc, char **argv)
{
	static struct sock_filter filter[BPF_MAXINSNS];
	struct sock_fprog program = { .filter = filter };
	struct result *result;

	program.len = fread(filter, sizeof filter[0], BPF_MAXINSNS, stdin);
	result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result == MAP_FAILED)
		return 1;
	for (int n = 2; n < argc; n++) {
		int status;
		pid_t pid;

		memset(result, 0, sizeof *result);
		pid = fork();
		if (pid == 0) {
			load(&program, strtoul(argv[1], NULL, 0), result);
			run(argv[n], result);
			syscall(SYS_exit_group, 0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return 1;
		if (n == 2)
			printf("loaded %ld\n", result->loaded);
		if (WIFSIGNALED(status))
			printf("signal %d\n", WTERMSIG(status));
		else
			printf("errno %ld\n", result->returned < 0 ? -result->returned : 0);
	}
	return 0;
}
