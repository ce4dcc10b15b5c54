/* SPDX-License-Identifier: Apache-2.0 */
/* The mount API of descriptors (fsopen(2), open_tree(2), move_mount(2), mount_setattr(2)). */
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <asm/statfs.h>

#include "init.h"

int mount_attach(int tree, int target)
{
	return sys(__NR_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* A detached copy of the mount that `fd` is in, from there down. */
int mount_copy(int fd, int recursive)
{
	return sys(__NR_open_tree, fd, "",
		   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0));
}

int mount_attributes(int fd, uint64_t set, uint64_t clear, uint64_t propagation, int recursive)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};

	return sys(__NR_mount_setattr, fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

int mount_option(int fs, unsigned int command, const char *key, const char *value)
{
	return sys(__NR_fsconfig, fs, command, key, value, 0);
}

/* "key=value" or "key"; the plan is read-only, so the key is copied out. */
static int set_option(int fs, const char *text)
{
	char key[256];

	for (uint32_t i = 0; i < sizeof key; i++) {
		if (!text[i])
			return mount_option(fs, FSCONFIG_SET_FLAG, text, 0);
		if (text[i] == '=') {
			key[i] = 0;
			return mount_option(fs, FSCONFIG_SET_STRING, key, text + i + 1);
		}
		key[i] = text[i];
	}
	return -ENAMETOOLONG;
}

/* All words of a strv; the one at fault is the detail. */
int mount_options(struct init *init, int fs, uint32_t options)
{
	const char *text = ctn_list_first(&init->plan, options);
	int err = 0;

	for (uint32_t i = ctn_list_count(&init->plan, options); i && err >= 0; i--) {
		init->detail = text;
		err = set_option(fs, text);
		text = ctn_list_next(text);
	}
	return err;
}

static int open_target(struct init *init, uint32_t target, uint32_t flags, uint32_t target_flags)
{
	return root_open(init, ctn_list_string(&init->plan, target), flags,
			 target_flags & CTN_TARGET_NOFOLLOW ? RESOLVE_NO_SYMLINKS : 0);
}

/* The new root directory has the mode of the one it covers, if there is one, sticky bit and all. */
static int inherit_mode(struct init *init, int fs, const struct ctn_step_mount *step)
{
	char text[6] = "0000";
	struct statx st;
	int fd, err;

	fd = open_target(init, step->target, O_PATH, step->target_flags);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_MODE, &st);
	sys(__NR_close, fd);
	if (err < 0)
		return err;
	for (int digit = 3; digit >= 0; digit--, st.stx_mode >>= 3)
		text[digit] = '0' + (st.stx_mode & 7);
	return mount_option(fs, FSCONFIG_SET_STRING, "mode", text);
}

static int copy_up(struct init *init, int tree, const struct ctn_step_mount *step)
{
	int fd = open_target(init, step->target, O_RDONLY | O_DIRECTORY, step->target_flags);
	int err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = copy_directory(fd, tree);
	sys(__NR_close, fd);
	return err;
}

/* A detached mount of a new filesystem. */
static int mount_new(struct init *init, const struct ctn_step_mount *step)
{
	int fs, mount, err = 0;

	init->detail = ctn_list_string(&init->plan, step->fstype);
	fs = sys(__NR_fsopen, init->detail, FSOPEN_CLOEXEC);
	if (fs < 0)
		return fs;
	if (step->source)
		err = mount_option(fs, FSCONFIG_SET_STRING, "source", ctn_list_string(&init->plan, step->source));
	if (err >= 0)
		err = mount_options(init, fs, step->options);
	if (err >= 0) {
		init->detail = ctn_list_string(&init->plan, step->target);
		if (step->target_flags & CTN_TARGET_INHERIT_MODE)
			err = inherit_mode(init, fs, step);
	}
	if (err >= 0)
		err = mount_option(fs, FSCONFIG_CMD_CREATE, 0, 0);
	mount = err < 0 ? err : sys(__NR_fsmount, fs, FSMOUNT_CLOEXEC, step->attributes);
	sys(__NR_close, fs);
	return mount;
}

/*
 * What is mounted on a procfs decides what its files seem to say (CVE-2019-16884). Which of them may
 * be covered is decided by their path, and a symlink must not lead around that.
 */
int mount_target_allowed(int fd, uint32_t target_flags)
{
	struct statfs fs;
	int err;

	if (target_flags & CTN_TARGET_PROCFS)
		return 0;
	err = sys(__NR_fstatfs, fd, &fs);
	if (err < 0)
		return err;
	return fs.f_type == PROC_SUPER_MAGIC ? -EXDEV : 0;
}

/* Attaches `tree` to a path of the container; a missing one is made as what `tree` is. */
static int attach(struct init *init, int tree, uint32_t target, uint32_t target_flags)
{
	unsigned int how = (target_flags & CTN_TARGET_NOFOLLOW ? ROOT_NO_SYMLINKS : 0) |
			   (target_flags & CTN_TARGET_LAST_NOFOLLOW ? ROOT_LAST_NOFOLLOW : 0);
	struct statx st;
	int fd, err;

	init->detail = ctn_list_string(&init->plan, target);
	err = sys(__NR_statx, tree, "", AT_EMPTY_PATH, STATX_TYPE, &st);
	if (err < 0)
		return err;
	if ((st.stx_mode & S_IFMT) != S_IFDIR)
		how |= ROOT_FILE;
	fd = root_make(init, init->detail, how, 0755);
	if (fd < 0)
		return fd;
	err = mount_target_allowed(fd, target_flags);
	if (err >= 0)
		err = mount_attach(tree, fd);
	sys(__NR_close, fd);
	return err;
}

int step_mount(struct init *init, const struct ctn_step_mount *step)
{
	int tree = mount_new(init, step);
	int err = tree;

	if (err >= 0 && step->target_flags & CTN_TARGET_COPY_UP)
		err = copy_up(init, tree, step);
	if (err >= 0 && step->propagation)
		err = mount_attributes(tree, 0, 0, step->propagation, 0);
	if (err >= 0)
		err = attach(init, tree, step->target, step->target_flags);
	if (tree >= 0)
		sys(__NR_close, tree);
	return err;
}

int step_bind(struct init *init, const struct ctn_step_bind *step)
{
	int err = attach(init, step->tree, step->target, step->target_flags);

	sys(__NR_close, step->tree);
	return err;
}

int step_mount_attr(struct init *init, const struct ctn_step_mount_attr *step)
{
	int fd, err;

	init->detail = ctn_list_string(&init->plan, step->path);
	fd = root_open(init, init->detail, O_PATH, 0);
	if (fd < 0)
		return fd;
	err = mount_attributes(fd, step->set, step->clear, step->propagation, step->recursive);
	sys(__NR_close, fd);
	return err;
}

int step_propagation(struct init *init, const struct ctn_step_propagation *step)
{
	init->detail = "/";
	return sys(__NR_mount, 0, "/", 0, step->flags, 0);
}

/* A procfs that nobody but us has, attached nowhere. */
int proc_mount(void)
{
	int fs = sys(__NR_fsopen, "proc", FSOPEN_CLOEXEC), proc;

	if (fs < 0)
		return fs;
	proc = mount_option(fs, FSCONFIG_CMD_CREATE, 0, 0);
	if (proc >= 0)
		proc = sys(__NR_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	sys(__NR_close, fs);
	return proc;
}

/*
 * A file of a procfs that nobody but us has: not the one in the container, over which other
 * files may have been mounted (CVE-2025-52881). `path` is below /proc.
 */
int proc_open(struct init *init, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	int proc, fd;

	init->detail = path;
	proc = proc_mount();
	if (proc < 0)
		return proc;
	fd = sys(__NR_openat2, proc, path, &how, sizeof how);
	sys(__NR_close, proc);
	return fd;
}
