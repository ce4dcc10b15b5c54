/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process says of itself in its own directory of /proc: labels of security modules, clocks.
 *
 * Never by a plain path: over the container's /proc anything may have been mounted, and a label
 * written to another file is no label (CVE-2019-16884, CVE-2025-52881).
 */
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/stat.h>
#include <asm/statfs.h>

#include "init.h"

enum { PROC_ROOT_INODE = 1 };

/* A procfs that nobody else has. */
static int private_proc(void)
{
	int fs = sys(__NR_fsopen, "proc", FSOPEN_CLOEXEC), proc;

	if (fs < 0)
		return fs;
	proc = sys(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
	if (proc >= 0)
		proc = sys(__NR_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	sys(__NR_close, fs);
	return proc;
}

/* In a user namespace without a pid namespace there is only the one at /proc; it has to be a whole one. */
static int visible_proc(void)
{
	struct statfs fs;
	struct statx st;
	int err, proc = sys(__NR_openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);

	if (proc < 0)
		return proc;
	err = sys(__NR_fstatfs, proc, &fs);
	if (err >= 0)
		err = sys(__NR_statx, proc, "", AT_EMPTY_PATH, STATX_INO, &st);
	if (err >= 0 && (fs.f_type != PROC_SUPER_MAGIC || st.stx_ino != PROC_ROOT_INODE))
		err = -ENODEV;
	if (err < 0)
		sys(__NR_close, proc);
	return err < 0 ? err : proc;
}

/* /proc/self/<name>, for writing: by the pid that this procfs knows us by, and past nothing mounted on it. */
static int own_file(const char *name)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	uint64_t length = string_length(name) + 1;
	char path[128];
	int proc = private_proc();
	long n;

	if (proc == -EPERM)
		proc = visible_proc();
	if (proc < 0)
		return proc;
	n = sys(__NR_readlinkat, proc, "self", path, 16);
	if (n > 0 && n + 1 + length <= sizeof path) {
		path[n] = '/';
		memcpy(path + n + 1, name, length);
		n = sys(__NR_openat2, proc, path, &how, sizeof how);
	} else if (n >= 0) {
		n = -ENAMETOOLONG;
	}
	sys(__NR_close, proc);
	return n;
}

static int write_once(int fd, const char *text)
{
	long n = sys(__NR_write, fd, text, string_length(text));

	sys(__NR_close, fd);
	return n < 0 ? n : 0;
}

static int open_attribute(struct init *init, uint32_t attribute)
{
	char path[64] = "attr/";
	const char *name = ctn_list_string(&init->plan, attribute);
	uint64_t length = string_length(name) + 1;

	if (length > sizeof path - 5)
		return -ENAMETOOLONG;
	memcpy(path + 5, name, length);
	return own_file(path);
}

int step_label(struct init *init, const struct ctn_step_label *step)
{
	int fd = open_attribute(init, step->attribute);

	init->detail = ctn_list_string(&init->plan, step->value);
	if (fd == -ENOENT && step->otherwise)
		fd = open_attribute(init, step->otherwise);
	return fd < 0 ? fd : write_once(fd, init->detail);
}

/*
 * The file belongs to whom the process does, and to root if that may not be looked into. Nobody
 * sees this process yet who could: it is in no pid namespace but that of the host.
 */
int step_time_offset(struct init *init, const struct ctn_step_time_offset *step)
{
	long dumpable = sys(__NR_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	int fd;

	init->detail = ctn_list_string(&init->plan, step->line);
	sys(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	fd = own_file("timens_offsets");
	sys(__NR_prctl, PR_SET_DUMPABLE, dumpable == 1, 0, 0, 0);
	return fd < 0 ? fd : write_once(fd, init->detail);
}
