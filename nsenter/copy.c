/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory tree, copied by descriptors: for a tmpfs that begins with what the image has there.
 *
 * No symlink is followed, and nothing but a regular file is read. Owner, mode and times come along;
 * hard links become files of their own.
 */
#include <linux/openat2.h>
#include <linux/stat.h>
#include <linux/time_types.h>

#include "init.h"

enum { DEPTH_LIMIT = 200, CHUNK = 1 << 20 };

struct entry {
	uint64_t inode, offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static int open_in(int directory, const char *name, uint64_t flags, uint64_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return sys(__NR_openat2, directory, name, &how, sizeof how);
}

static int status(int fd, const char *name, struct statx *st)
{
	return sys(__NR_statx, fd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_BASIC_STATS, st);
}

/* The owner before the mode: changing it takes set-user-id bits away. */
static int dress(int directory, const char *name, const struct statx *st)
{
	struct __kernel_timespec times[2] = {
		{st->stx_atime.tv_sec, st->stx_atime.tv_nsec},
		{st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec},
	};
	int err = sys(__NR_fchownat, directory, name, st->stx_uid, st->stx_gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);

	if (err >= 0 && (st->stx_mode & S_IFMT) != S_IFLNK)
		err = *name ? sys(__NR_fchmodat, directory, name, st->stx_mode & 07777)
			    : sys(__NR_fchmod, directory, st->stx_mode & 07777);
	if (err >= 0)
		err = sys(__NR_utimensat, directory, *name ? name : 0, times, *name ? AT_SYMLINK_NOFOLLOW : 0);
	return err;
}

static int copy_file(int from, int to, const char *name)
{
	int source = open_in(from, name, O_RDONLY | O_NONBLOCK, 0), target;
	struct statx st;
	long n;

	if (source < 0)
		return source;
	target = open_in(to, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	n = target;
	if (n >= 0)
		n = status(source, "", &st);
	if (n >= 0 && (st.stx_mode & S_IFMT) != S_IFREG)
		n = -ESTALE; /* exchanged since it was looked at */
	while (n >= 0) {
		n = sys(__NR_sendfile, target, source, 0, CHUNK);
		if (n == 0)
			break;
	}
	sys(__NR_close, source);
	if (target >= 0)
		sys(__NR_close, target);
	return n;
}

static int copy_symlink(int from, int to, const char *name)
{
	char target[PATH_LIMIT];
	long n = sys(__NR_readlinkat, from, name, target, sizeof target - 1);

	if (n < 0)
		return n;
	target[n] = 0;
	return sys(__NR_symlinkat, target, to, name);
}

static int copy_into(int from, int to, int depth);

static int copy_below(int from, int to, const char *name, int depth)
{
	int source, target, err;

	err = sys(__NR_mkdirat, to, name, 0700);
	if (err < 0)
		return err;
	source = open_in(from, name, O_RDONLY | O_DIRECTORY, 0);
	target = open_in(to, name, O_RDONLY | O_DIRECTORY, 0);
	err = source < 0 ? source : target < 0 ? target : copy_into(source, target, depth + 1);
	if (source >= 0)
		sys(__NR_close, source);
	if (target >= 0)
		sys(__NR_close, target);
	return err;
}

static int copy_one(int from, int to, const char *name, int depth)
{
	struct statx st;
	int err = status(from, name, &st);

	if (err < 0)
		return err;
	switch (st.stx_mode & S_IFMT) {
	case S_IFREG:
		err = copy_file(from, to, name);
		break;
	case S_IFDIR:
		err = copy_below(from, to, name, depth);
		break;
	case S_IFLNK:
		err = copy_symlink(from, to, name);
		break;
	default:
		err = sys(__NR_mknodat, to, name, st.stx_mode & (S_IFMT | 07777),
			  (st.stx_rdev_minor & 0xff) | (st.stx_rdev_major << 8) | ((uint64_t)(st.stx_rdev_minor & ~0xff) << 12));
	}
	return err < 0 ? err : dress(to, name, &st);
}

static int copy_into(int from, int to, int depth)
{
	char buffer[2048] __attribute__((aligned(8)));
	long n;

	if (depth > DEPTH_LIMIT)
		return -ELOOP;
	while ((n = sys(__NR_getdents64, from, buffer, sizeof buffer)) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *entry = (const void *)(buffer + at);
			int err = 0;

			if (!string_equal(entry->name, ".") && !string_equal(entry->name, ".."))
				err = copy_one(from, to, entry->name, depth);
			if (err < 0)
				return err;
			at += entry->size;
		}
	}
	return n;
}

int copy_directory(int from, int to)
{
	struct statx st;
	int err = status(from, "", &st);

	if (err >= 0)
		err = copy_into(from, to, 0);
	if (err >= 0)
		err = sys(__NR_fchownat, to, "", st.stx_uid, st.stx_gid, AT_EMPTY_PATH);
	return err;
}
