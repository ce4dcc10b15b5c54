// SPDX-License-Identifier: Apache-2.0
/*
 * What libseccomp makes of the same rules: the other side of the differential tests.
 *
 * Reads lines from stdin, writes to stdout:
 *   number ARCH NAME            the number of a system call: "N\n"
 *   name ARCH NUMBER            its name: "NAME\n", "-\n" if there is none
 *   filter ACTION ARCH...       begins a filter with a default action (SECCOMP_RET_* value, hex)
 *   rule ACTION NAME [INDEX OP VALUE VALUETWO]...
 *   end                         writes its BPF: a 32-bit length, and so many bytes; a negative errno instead if a
 *                               rule was refused
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t arch_token(const char *name)
{
	uint32_t token = seccomp_arch_resolve_name(name);

	if (token == 0)
		fail(name);
	return token;
}

static enum scmp_compare operator(const char *name)
{
	static const char *const names[] = {
		[SCMP_CMP_NE] = "NE", [SCMP_CMP_LT] = "LT", [SCMP_CMP_LE] = "LE",
		[SCMP_CMP_EQ] = "EQ", [SCMP_CMP_GE] = "GE", [SCMP_CMP_GT] = "GT",
		[SCMP_CMP_MASKED_EQ] = "MASKED_EQ",
	};

	for (int op = SCMP_CMP_NE; op <= SCMP_CMP_MASKED_EQ; op++) {
		if (strcmp(names[op], name) == 0)
			return op;
	}
	fail(name);
}

static scmp_filter_ctx begin(void)
{
	scmp_filter_ctx ctx = seccomp_init(strtoul(strtok(NULL, " \n"), NULL, 16));
	char *name;

	if (ctx == NULL)
		fail("seccomp_init");
	/* The native one is in by itself; the filter may be for another machine. */
	if (seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE) < 0)
		fail("seccomp_arch_remove");
	while ((name = strtok(NULL, " \n")) != NULL) {
		if (seccomp_arch_add(ctx, arch_token(name)) < 0)
			fail(name);
	}
	/* A binary tree, as runc asks for with many rules. It is for size and speed only. */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		fail("SCMP_FLTATR_CTL_OPTIMIZE");
	return ctx;
}

static int add_rule(scmp_filter_ctx ctx)
{
	uint32_t action = strtoul(strtok(NULL, " \n"), NULL, 16);
	int nr = seccomp_syscall_resolve_name(strtok(NULL, " \n"));
	struct scmp_arg_cmp args[6];
	unsigned int count = 0;
	char *index;

	if (nr == __NR_SCMP_ERROR)
		return 0;
	while ((index = strtok(NULL, " \n")) != NULL) {
		args[count].arg = strtoul(index, NULL, 10);
		args[count].op = operator(strtok(NULL, " \n"));
		args[count].datum_a = strtoull(strtok(NULL, " \n"), NULL, 10);
		args[count].datum_b = strtoull(strtok(NULL, " \n"), NULL, 10);
		count++;
	}
	return seccomp_rule_add_array(ctx, action, nr, count, args);
}

static void export(scmp_filter_ctx ctx)
{
	static char bytes[8 * 65536];
	int fd = memfd_create("filter", 0);
	ssize_t size;
	int32_t length;

	if (fd < 0 || seccomp_export_bpf(ctx, fd) < 0)
		fail("seccomp_export_bpf");
	size = pread(fd, bytes, sizeof bytes, 0);
	close(fd);
	length = size;
	fwrite(&length, sizeof length, 1, stdout);
	fwrite(bytes, 1, size, stdout);
}

int main(void)
{
	static char line[4096];
	scmp_filter_ctx ctx = NULL;
	int32_t err = 0;

	/* Names every action, whatever this kernel has. */
	seccomp_api_set(6);
	while (fgets(line, sizeof line, stdin) != NULL) {
		const char *word = strtok(line, " \n");

		if (strcmp(word, "number") == 0) {
			uint32_t arch = arch_token(strtok(NULL, " \n"));

			printf("%d\n", seccomp_syscall_resolve_name_arch(arch, strtok(NULL, " \n")));
		} else if (strcmp(word, "name") == 0) {
			uint32_t arch = arch_token(strtok(NULL, " \n"));
			char *name = seccomp_syscall_resolve_num_arch(arch, atoi(strtok(NULL, " \n")));

			printf("%s\n", name != NULL ? name : "-");
			free(name);
		} else if (strcmp(word, "filter") == 0) {
			ctx = begin();
			err = 0;
		} else if (strcmp(word, "rule") == 0) {
			if (err == 0)
				err = add_rule(ctx);
		} else if (err < 0) {
			fwrite(&err, sizeof err, 1, stdout);
			seccomp_release(ctx);
		} else {
			export(ctx);
			seccomp_release(ctx);
		}
	}
	return 0;
}
