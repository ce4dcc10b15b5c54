/* SPDX-License-Identifier: Apache-2.0 */
/* What is in /dev, and what hides the parts of /proc and /sys that are none of the container's business. */
#include <linux/mount.h>
#include <linux/stat.h>
#include <linux/kdev_t.h>

#include "init.h"

static int status(int fd, struct statx *st)
{
	return sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE, st);
}

/* The device may be there already, in an image that brings its own: then it must be that one. */
static int same_device(int dir, const char *name, const struct ctn_step_device *step)
{
	struct statx st;
	int err = sys(__NR_statx, dir, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st);

	if (err < 0)
		return err;
	if ((st.stx_mode & S_IFMT) != (step->mode & S_IFMT) || st.stx_rdev_major != step->major ||
	    st.stx_rdev_minor != step->minor)
		return -EEXIST;
	return 0;
}

int step_device(struct init *init, const struct ctn_step_device *step)
{
	uint64_t number = (step->minor & 0xff) | (step->major << 8) | ((uint64_t)(step->minor & ~0xff) << 12);
	const char *name;
	int dir, err;

	init->detail = ctn_list_string(&init->plan, step->path);
	dir = root_parent(init, init->detail, &name);
	if (dir < 0)
		return dir;
	err = sys(__NR_mknodat, dir, name, step->mode, number);
	if (err == -EEXIST)
		err = same_device(dir, name, step);
	else if (err >= 0)
		err = sys(__NR_fchownat, dir, name, step->uid, step->gid, AT_SYMLINK_NOFOLLOW);
	sys(__NR_close, dir);
	return err;
}

/* A file that is there gives way, a directory does not. */
int step_symlink(struct init *init, const struct ctn_step_symlink *step)
{
	const char *target = ctn_list_string(&init->plan, step->target), *name;
	int dir, err;

	init->detail = ctn_list_string(&init->plan, step->path);
	dir = root_parent(init, init->detail, &name);
	if (dir < 0)
		return dir;
	err = sys(__NR_symlinkat, target, dir, name);
	if (err == -EEXIST) {
		err = sys(__NR_unlinkat, dir, name, 0);
		if (err >= 0)
			err = sys(__NR_symlinkat, target, dir, name);
	}
	sys(__NR_close, dir);
	return err;
}

/* A read-only tmpfs with nothing in it. All masked directories share it: one superblock, one mount each. */
static int empty_directory(void)
{
	int fs, mount;

	fs = sys(__NR_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return fs;
	sys(__NR_fsconfig, fs, FSCONFIG_SET_STRING, "source", "tmpfs", 0);
	sys(__NR_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "555", 0);
	mount = sys(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
	if (mount >= 0)
		mount = sys(__NR_fsmount, fs, FSMOUNT_CLOEXEC,
			    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	sys(__NR_close, fs);
	return mount;
}

/* Attaches *mount, or from the second time on a copy of it: only an attached mount can be copied. */
static int attach_again(int *mount, int fresh, int target)
{
	int copy, err;

	if (*mount < 0) {
		if (fresh < 0)
			return fresh;
		*mount = fresh;
		return mount_attach(fresh, target);
	}
	copy = mount_copy(*mount, 0);
	if (copy < 0)
		return copy;
	err = mount_attach(copy, target);
	sys(__NR_close, copy);
	return err;
}

int step_mask(struct init *init, const struct ctn_step_mask *step)
{
	struct statx st;
	int fd, err;

	init->detail = ctn_list_string(&init->plan, step->path);
	fd = root_open(init, init->detail, O_PATH, 0);
	if (fd < 0)
		return fd;
	err = status(fd, &st);
	if (err >= 0 && (st.stx_mode & S_IFMT) == S_IFDIR)
		err = attach_again(&init->empty_mount, init->empty_mount < 0 ? empty_directory() : -1, fd);
	else if (err >= 0)
		err = attach_again(&init->null_mount, step->null_tree, fd);
	sys(__NR_close, fd);
	return err;
}

int step_readonly(struct init *init, const struct ctn_step_readonly *step)
{
	int fd, copy, err;

	init->detail = ctn_list_string(&init->plan, step->path);
	fd = root_open(init, init->detail, O_PATH, 0);
	if (fd < 0)
		return fd;
	copy = mount_copy(fd, 1);
	err = copy;
	if (err >= 0)
		err = mount_attributes(copy, MOUNT_ATTR_RDONLY, 0, 0, 1);
	if (err >= 0)
		err = mount_attach(copy, fd);
	if (copy >= 0)
		sys(__NR_close, copy);
	sys(__NR_close, fd);
	return err;
}
