/* SPDX-License-Identifier: Apache-2.0 */
/* The way out: find the program while create can still report it, wait for start, become it. */
#include "init.h"

enum { X_OK_ = 1 };

/* "<directory>/<name>" into init->program. */
static int join(struct init *init, const char *directory, const char *name)
{
	uint64_t head = string_length(directory), tail = string_length(name);

	if (!head)
		directory = ".", head = 1;
	if (head + tail + 2 > sizeof init->program)
		return -ENAMETOOLONG;
	memcpy(init->program, directory, head);
	init->program[head] = '/';
	memcpy(init->program + head + 1, name, tail + 1);
	return 0;
}

/* Something that can be executed: by its permissions, as the user we are now, and not a directory. */
static int executable(const char *path)
{
	int fd, err = sys(__NR_faccessat, AT_FDCWD, path, X_OK_);

	if (err < 0)
		return err;
	fd = sys(__NR_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	sys(__NR_close, fd);
	return -EACCES;
}

int step_find_program(struct init *init, const struct ctn_step_find_program *step)
{
	const char *name = ctn_list_string(&init->plan, step->name);
	const char *directory = ctn_list_first(&init->plan, step->path);
	int err, result = -ENOENT;

	init->detail = name;
	for (const char *c = name; *c; c++) {
		if (*c != '/')
			continue;
		if (string_length(name) >= sizeof init->program)
			return -ENAMETOOLONG;
		memcpy(init->program, name, string_length(name) + 1);
		return executable(init->program);
	}
	for (uint32_t i = ctn_list_count(&init->plan, step->path); i; i--) {
		err = join(init, directory, name);
		if (err >= 0)
			err = executable(init->program);
		if (err >= 0)
			return 0;
		if (err == -EACCES)
			result = err; /* execvp(3): remembered, but a later directory may do better */
		directory = ctn_list_next(directory);
	}
	return result;
}

/*
 * Whoever connects and says a byte starts the container. A peer that says nothing only asked
 * whether it is still waiting. The host process that made us may be gone: its socket is let go.
 */
int step_wait_start(struct init *init, const struct ctn_step_wait_start *step)
{
	char go;
	long peer, n;

	sys(__NR_close, init->sync);
	init->sync = -1;
	for (;;) {
		peer = sys(__NR_accept4, step->listener, 0, 0, O_CLOEXEC);
		if (peer == -EINTR || peer == -ECONNABORTED)
			continue;
		if (peer < 0)
			return peer;
		do
			n = sys(__NR_read, peer, &go, 1);
		while (n == -EINTR);
		if (n == 1)
			break;
		sys(__NR_close, peer);
	}
	init->sync = peer;
	sys(__NR_close, step->listener);
	return 0;
}

/* Pointers to the strings of a strv, in `into`; NULL-ended. */
static int pointers(struct init *init, uint32_t strv, const char **into, uint32_t room)
{
	uint32_t count = ctn_list_count(&init->plan, strv);
	const char *at = ctn_list_first(&init->plan, strv);

	if (count >= room)
		return -E2BIG;
	for (uint32_t i = 0; i < count; i++, at = ctn_list_next(at))
		into[i] = at;
	into[count] = 0;
	return 0;
}

/* Kept descriptors move down to 3, 4, ...; all others close themselves at execve. */
static int arrange(struct init *init, const struct ctn_step_exec *step)
{
	int from = CTN_FD_FIRST_FREE + step->skip_fds, err;

	if (!step->keep_fds)
		return 0;
	init->sync = sys(__NR_fcntl, init->sync, F_DUPFD_CLOEXEC, from + step->keep_fds);
	if (init->sync < 0)
		return init->sync;
	for (uint32_t i = 0; i < step->keep_fds; i++) {
		err = sys(__NR_dup3, from + i, 3 + i, 0);
		if (err < 0)
			return err;
	}
	return sys(__NR_close_range, 3 + step->keep_fds, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
}

/* More than the kernel takes at its usual 2 MiB; memory that is not touched costs nothing. */
enum { VECTOR_LIMIT = 1 << 18 };

const char *the_argv[VECTOR_LIMIT], *the_envp[VECTOR_LIMIT];

int program_vectors(struct init *init, uint32_t argv, uint32_t envp, int add_home)
{
	uint32_t count = ctn_list_count(&init->plan, envp);
	int err = pointers(init, argv, the_argv, VECTOR_LIMIT);

	if (err >= 0)
		err = pointers(init, envp, the_envp, VECTOR_LIMIT);
	if (err < 0 || !add_home || !init->home[0])
		return err;
	if (count + 1 >= VECTOR_LIMIT)
		return -E2BIG;
	the_envp[count] = init->home;
	the_envp[count + 1] = 0;
	return 0;
}

int step_exec(struct init *init, const struct ctn_step_exec *step)
{
	int err = program_vectors(init, step->argv, step->envp, 1);

	init->detail = init->program;
	if (err >= 0)
		err = arrange(init, step);
	if (err < 0)
		return err;
	return sys(__NR_execve, init->program, the_argv, the_envp);
}
