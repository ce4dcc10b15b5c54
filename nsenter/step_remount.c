/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts that are there already: changed, covered; and the old way to make one, by path. */
#include <linux/mount.h>
#include <linux/openat2.h>

#include "init.h"

enum { FSPICK_CLOEXEC_ = 1, FSPICK_EMPTY_PATH_ = 8, MNT_DETACH_ = 2 };

static int reconfigure(struct init *init, int fd, uint32_t options)
{
	int fs = sys(__NR_fspick, fd, "", FSPICK_CLOEXEC_ | FSPICK_EMPTY_PATH_), err;

	if (fs < 0)
		return fs;
	err = mount_options(init, fs, options);
	if (err >= 0)
		err = mount_option(fs, FSCONFIG_CMD_RECONFIGURE, 0, 0);
	sys(__NR_close, fs);
	return err;
}

int step_remount(struct init *init, const struct ctn_step_remount *step)
{
	int fd, err = 0;

	init->detail = ctn_list_string(&init->plan, step->path);
	fd = root_open(init, init->detail, O_PATH, 0);
	if (fd < 0)
		return fd;
	if (step->reconfigure)
		err = reconfigure(init, fd, step->options);
	if (err >= 0)
		err = mount_attributes(fd, step->set, step->clear, 0, 0);
	sys(__NR_close, fd);
	return err;
}

/* "self/fd/<fd>", for a working directory that is a procfs. */
static void descriptor_path(int fd, char path[32])
{
	char digits[12];
	int count = 0, at = 8;

	memcpy(path, "self/fd/", 8);
	do
		digits[count++] = '0' + fd % 10;
	while (fd /= 10);
	while (count)
		path[at++] = digits[--count];
	path[at] = 0;
}

/*
 * mount(2) wants a path. The one that no process of the container can lead elsewhere is that of
 * our descriptor, in a procfs of our own, which is our working directory for the moment.
 */
int step_mount_data(struct init *init, const struct ctn_step_mount_data *step)
{
	int proc = proc_mount(), target, here, err;
	char path[32];

	init->detail = ctn_list_string(&init->plan, step->target);
	if (proc < 0)
		return proc;
	here = sys(__NR_openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (here < 0)
		return here;
	target = root_make(init, init->detail, step->target_flags & CTN_TARGET_NOFOLLOW ? ROOT_NO_SYMLINKS : 0, 0755);
	if (target < 0)
		return target;
	descriptor_path(target, path);
	err = mount_target_allowed(target, step->target_flags);
	if (err >= 0)
		err = sys(__NR_fchdir, proc);
	if (err >= 0)
		err = sys(__NR_mount, ctn_list_string(&init->plan, step->source), path,
			  ctn_list_string(&init->plan, step->fstype), step->flags, ctn_list_string(&init->plan, step->data));
	if (err >= 0)
		err = sys(__NR_fchdir, here);
	sys(__NR_close, proc);
	sys(__NR_close, target);
	sys(__NR_close, here);
	return err;
}

/*
 * Without pivot_root the host's mounts stay in this namespace, and a full procfs or sysfs among
 * them would let a user namespace mount one in which nothing is masked (mount_namespaces(7)).
 */
int step_cover(struct init *init, const struct ctn_step_cover *step)
{
	int err;

	init->detail = ctn_list_string(&init->plan, step->path);
	err = sys(__NR_umount2, init->detail, MNT_DETACH_);
	if (err != -EINVAL && err != -EPERM)
		return err;
	return sys(__NR_mount, "tmpfs", init->detail, "tmpfs", 1 /* MS_RDONLY */, 0);
}
