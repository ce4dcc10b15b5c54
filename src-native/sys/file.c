/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on files and directories. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <stdio.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

#define HOST_OP(name) \
	int ctn_host_##name(const struct ctn_list *list, const struct ctn_host_##name *op, struct ctn_result *result)
#define STRING(field) ctn_list_string(list, op->field)

static int done(int result)
{
	return result < 0 ? -errno : result;
}

/* Appends to result->bytes, which grows by doubling. */
static int append(struct ctn_result *result, size_t *room, const void *bytes, size_t length)
{
	if (result->length + length > *room) {
		size_t wanted = 2 * (result->length + length);
		void *grown = realloc(result->bytes, wanted);

		if (!grown)
			return -ENOMEM;
		result->bytes = grown;
		*room = wanted;
	}
	memcpy((char *)result->bytes + result->length, bytes, length);
	result->length += length;
	return 0;
}

HOST_OP(mkdir)
{
	(void)result;
	return done(mkdir(STRING(path), op->mode));
}

HOST_OP(rmdir)
{
	(void)result;
	return done(rmdir(STRING(path)));
}

HOST_OP(unlink)
{
	(void)result;
	return done(unlink(STRING(path)));
}

HOST_OP(rename)
{
	(void)result;
	return done(rename(STRING(from), STRING(to)));
}

HOST_OP(symlink)
{
	(void)result;
	return done(symlink(STRING(target), STRING(path)));
}

HOST_OP(chown)
{
	(void)result;
	return done(lchown(STRING(path), op->uid, op->gid));
}

HOST_OP(open)
{
	(void)result;
	return done(open(STRING(path), op->flags | O_CLOEXEC, op->mode));
}

HOST_OP(close)
{
	(void)list;
	(void)result;
	return done(close(op->fd));
}

/* One write(2): what cgroup and procfs files ask for, and what makes a small file whole or absent. */
int ctn_write_file(const char *path, uint32_t flags, uint32_t mode, const void *data, size_t length)
{
	auto_fd fd = open(path, flags | O_WRONLY | O_CLOEXEC, mode);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, data, length);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -ENOSPC;
}

HOST_OP(write)
{
	uint32_t length;
	const void *data = ctn_list_blob(list, op->data, &length);

	(void)result;
	return ctn_write_file(STRING(path), op->flags, op->mode, data, length);
}

HOST_OP(read)
{
	auto_fd fd = open(STRING(path), O_RDONLY | O_CLOEXEC);
	char chunk[16384];
	size_t room = 0;
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	err = append(result, &room, chunk, 0);
	while (err >= 0 && (n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0)
			return -errno;
		if (result->length + n > op->max)
			return -EFBIG;
		err = append(result, &room, chunk, n);
	}
	return err;
}

HOST_OP(same)
{
	uint32_t length, at = 0;
	const char *data = ctn_list_blob(list, op->data, &length);
	auto_fd fd = open(STRING(path), O_RDONLY | O_CLOEXEC);
	char chunk[16384];
	ssize_t n;

	(void)result;
	if (fd < 0)
		return -errno;
	for (; (n = read(fd, chunk, sizeof chunk)) > 0; at += n)
		if ((size_t)n > length - at || memcmp(data + at, chunk, n))
			return -ESTALE;
	return n < 0 ? -errno : at == length ? 0 : -ESTALE;
}

HOST_OP(readlink)
{
	char target[4096];
	ssize_t n = readlink(STRING(path), target, sizeof target);
	size_t room = 0;

	if (n < 0)
		return -errno;
	return append(result, &room, target, n);
}

HOST_OP(stat)
{
	struct ctn_stat out;
	struct statx st;
	size_t room = 0;

	if (syscall(__NR_statx, AT_FDCWD, STRING(path), op->nofollow ? AT_SYMLINK_NOFOLLOW : 0, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return -errno;
	out = (struct ctn_stat){
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_ino,
		.rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor),
		.size = st.stx_size,
		.mount_id = st.stx_mnt_id,
		.mode = st.stx_mode,
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.nlink = st.stx_nlink,
		.mtime_sec = st.stx_mtime.tv_sec,
		.mtime_nsec = st.stx_mtime.tv_nsec,
	};
	return append(result, &room, &out, sizeof out);
}

HOST_OP(list)
{
	DIR *dir = opendir(STRING(path));
	struct dirent *entry;
	size_t room = 0;
	int err;

	if (!dir)
		return -errno;
	err = append(result, &room, "", 0);
	while (err >= 0 && (errno = 0, entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    (!op->directories || entry->d_type == DT_DIR))
			err = append(result, &room, entry->d_name, strlen(entry->d_name) + 1);
	if (err >= 0 && errno)
		err = -errno;
	closedir(dir);
	return err;
}

HOST_OP(statfs)
{
	struct statfs fs;
	uint64_t facts[3];
	size_t room = 0;

	if (statfs(STRING(path), &fs) < 0)
		return -errno;
	facts[0] = (uint32_t)fs.f_type;
	facts[1] = fs.f_bsize;
	facts[2] = fs.f_bavail;
	return append(result, &room, facts, sizeof facts);
}

HOST_OP(lock)
{
	auto_fd fd = open(STRING(path), O_RDONLY | O_CLOEXEC);

	(void)result;
	if (fd < 0)
		return -errno;
	while (flock(fd, (int)op->operation) < 0)
		if (errno != EINTR)
			return -errno;
	return take_fd(&fd);
}

HOST_OP(fsync)
{
	auto_fd fd = open(STRING(path), O_RDONLY | O_CLOEXEC);

	(void)result;
	if (fd < 0)
		return -errno;
	return done(fsync(fd));
}
