/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that turns a path of the container into a descriptor.
 *
 * The image's author and processes of other containers that share a volume may put symlinks
 * anywhere and exchange them at any time. So no path of the container is ever given to a call
 * that acts on it: the kernel resolves it inside the root (openat2(2), RESOLVE_IN_ROOT) to an
 * O_PATH descriptor, and everything else is done to that descriptor.
 */
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init.h"

static int open_at(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
	long fd;

	/* EAGAIN: something was renamed meanwhile and the kernel could not tell whether inside. */
	for (int tries = 0; tries < 128; tries++) {
		fd = sys(__NR_openat2, dir, path, &how, sizeof how);
		if (fd != -EAGAIN && fd != -EINTR)
			break;
	}
	return fd;
}

int root_open(struct init *init, const char *path, uint64_t flags, uint64_t resolve)
{
	/* Relative to the descriptor, so that "" and "/" mean the root itself. */
	while (*path == '/')
		path++;
	return open_at(init->root, *path ? path : ".", flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve);
}

static uint64_t slashes(const char *path)
{
	uint64_t count = 0;

	while (path[count] == '/')
		count++;
	return count;
}

/* Splits "a/b/c" into "a/b" (in `parent`) and "c"; without a slash the parent is the root. */
static int split(const char *path, char parent[PATH_LIMIT], const char **name)
{
	uint64_t end = string_length(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (end == start || start >= PATH_LIMIT)
		return -EINVAL;
	memcpy(parent, path, start);
	parent[start] = 0;
	*name = path + start;
	return 0;
}

/* A dangling symlink as the last component: what it points to, as a path of the container. */
static int follow(int dir, const char *name, const char *parent, char result[PATH_LIMIT])
{
	char target[PATH_LIMIT];
	uint64_t length = 0;
	long n = sys(__NR_readlinkat, dir, name, target, sizeof target - 1);

	if (n < 0)
		return n;
	target[n] = 0;
	if (target[0] != '/') {
		length = string_length(parent);
		memcpy(result, parent, length);
		result[length++] = '/';
	}
	if (length + n + 1 > PATH_LIMIT)
		return -ENAMETOOLONG;
	memcpy(result + length, target, n + 1);
	return 0;
}

static int make(struct init *init, const char *path, unsigned int how, uint32_t mode, int depth);

/* Makes `path`, which was missing a moment ago; the directory that it is in is there. */
static int make_last(struct init *init, const char *path, unsigned int how, uint32_t mode, int depth)
{
	uint64_t resolve = how & ROOT_NO_SYMLINKS ? RESOLVE_NO_SYMLINKS : 0;
	char parent[PATH_LIMIT], last[256], next[PATH_LIMIT];
	const char *name;
	uint64_t length;
	int dir, err;

	err = split(path, parent, &name);
	if (err < 0)
		return err;
	for (length = 0; name[length] && name[length] != '/'; length++) {
		if (length == sizeof last - 1)
			return -ENAMETOOLONG;
		last[length] = name[length];
	}
	last[length] = 0;
	if (string_equal(last, "..") || string_equal(last, "."))
		return root_open(init, path, O_PATH, resolve); /* no name to make, and the way to it is there now */

	dir = root_open(init, parent, O_PATH | O_DIRECTORY, resolve);
	if (dir < 0)
		return dir;
	if (how & ROOT_FILE) {
		err = open_at(dir, last, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, mode & 0777, RESOLVE_BENEATH);
		if (err >= 0)
			sys(__NR_close, err);
	} else {
		err = sys(__NR_mkdirat, dir, last, mode);
	}
	if (err == -EEXIST && !resolve) {
		/* There was nothing behind it, yet the name exists: a dangling symlink, or we lost a race. */
		err = follow(dir, last, parent, next);
		sys(__NR_close, dir);
		if (err < 0 && err != -EINVAL)
			return err;
		return make(init, err < 0 ? path : next, how, mode, depth + 1);
	}
	if (err >= 0)
		err = open_at(dir, last, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	sys(__NR_close, dir);
	return err;
}

/* From the top down, as mkdir -p does: only symlinks take a stack, and at most 40 of them. */
static int make(struct init *init, const char *path, unsigned int how, uint32_t mode, int depth)
{
	uint64_t resolve = how & ROOT_NO_SYMLINKS ? RESOLVE_NO_SYMLINKS : 0;
	char above[PATH_LIMIT];
	uint64_t end = 0;
	int fd = root_open(init, path, O_PATH | (how & ROOT_LAST_NOFOLLOW ? O_NOFOLLOW : 0), resolve);

	while (fd == -ENOENT) {
		if (depth > 40)
			return -ELOOP;
		for (; path[end] == '/'; end++)
			above[end] = '/';
		for (; path[end] && path[end] != '/'; end++)
			above[end] = path[end];
		above[end] = 0;
		if (!path[end + slashes(path + end)])
			return make_last(init, path, how, mode, depth);
		fd = root_open(init, above, O_PATH, resolve);
		if (fd == -ENOENT)
			fd = make_last(init, above, how & ROOT_NO_SYMLINKS, 0755, depth);
		if (fd >= 0) {
			sys(__NR_close, fd);
			fd = -ENOENT; /* the whole of it is still missing */
		}
	}
	return fd;
}

/* An O_PATH descriptor of `path`, made if it is missing: a directory, or with ROOT_FILE a file. */
int root_make(struct init *init, const char *path, unsigned int how, uint32_t mode)
{
	return make(init, path, how, mode, 0);
}

/* The directory that holds `path` (made if missing), and the name in it. */
int root_parent(struct init *init, const char *path, const char **name)
{
	char parent[PATH_LIMIT];
	int err = split(path, parent, name);

	if (err < 0)
		return err;
	return make(init, parent, 0, 0755, 0);
}
