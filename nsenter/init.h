/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctn-init: the first process of a container, until it becomes the user's program.
 *
 * It carries out a launch plan (src-native/ctn_wire.h) and decides nothing. It has no C library:
 * it starts in a tenth of the time, and there is less of it to attack. Every function returns
 * >= 0 or -errno. Descriptors it opens are close-on-exec; its clean-up is its exit.
 */
#ifndef CTN_INIT_H
#define CTN_INIT_H

#include <linux/fcntl.h>
#include <asm/fcntl.h>
#include <linux/errno.h>

#include "../src-native/ctn_list.h"
#include "../src-native/ctn_syscall.h"

#define PATH_LIMIT 4096

/* What one step leaves behind for those after it. */
struct init {
	struct ctn_list plan;
	uint32_t index;         /* of the running step */
	uint32_t code;
	const char *detail;     /* what the running step works on, for the report */
	uint32_t value;         /* what else there is to report of it */
	int sync;               /* where reports go */
	int root;               /* O_PATH descriptor of the container's root; -1 before it is known */
	int null_mount;         /* an attached mount of /dev/null to copy, or -1 */
	int empty_mount;        /* an attached read-only empty directory to copy, or -1 */
	int cwd_done;           /* a chdir step was successful */
	char program[PATH_LIMIT];
	char home[PATH_LIMIT];  /* "HOME=/root" for exec to add, or empty */
};

#define STEP_DECLARE(code, op) int step_##op(struct init *init, const struct ctn_step_##op *step);
CTN_STEPS(STEP_DECLARE)

/* report.c */
int report_send(struct init *init, uint32_t kind, uint32_t value, int err, int fd);
int report_wait(struct init *init);
_Noreturn void init_exit(int code);

/* root.c */
enum { ROOT_FILE = 1, ROOT_NO_SYMLINKS = 2, ROOT_LAST_NOFOLLOW = 4 };
int root_open(struct init *init, const char *path, uint64_t flags, uint64_t resolve);
int root_make(struct init *init, const char *path, unsigned int how, uint32_t mode);
int root_parent(struct init *init, const char *path, const char **name);

/* mount.c: the calls of the new mount API that more than one step uses */
int mount_attach(int tree, int target);
int mount_target_allowed(int fd, uint32_t target_flags);
int mount_copy(int fd, int recursive);
int mount_attributes(int fd, uint64_t set, uint64_t clear, uint64_t propagation, int recursive);
int proc_open(struct init *init, const char *path, uint64_t flags);
int proc_mount(void);
int mount_option(int fs, unsigned int command, const char *key, const char *value);
int mount_options(struct init *init, int fs, uint32_t options);

/* copy.c: what is in the directory `from` into `to` */
int copy_directory(int from, int to);

/* step_exec.c: argv and envp of the plan, with HOME if that is wanted; NULL-ended, each there once */
int program_vectors(struct init *init, uint32_t argv, uint32_t envp, int add_home);
extern const char *the_argv[], *the_envp[];

/* string.c */
uint64_t string_length(const char *s);
int string_equal(const char *a, const char *b);
void *memcpy(void *to, const void *from, unsigned long n);
void *memset(void *to, int c, unsigned long n);

#endif
