/* SPDX-License-Identifier: Apache-2.0 */
/* The root filesystem: attached, and made the root of this mount namespace. */
#include <linux/mount.h>
#include <linux/stat.h>

#include "init.h"

/*
 * A container's tree goes on top of "/", which is there on every machine and whose path nobody
 * needs permission to reach. This process' own root is still the one below, so that host paths
 * work until pivot_root.
 */
int step_root(struct init *init, const struct ctn_step_root *step)
{
	int err;

	init->detail = ctn_list_string(&init->plan, step->at);
	err = sys(__NR_move_mount, step->tree, "", AT_FDCWD, init->detail, MOVE_MOUNT_F_EMPTY_PATH);
	init->root = step->tree;
	return err;
}

/*
 * Both arguments are ".": the old root lands on top of the new one, so that no put_old directory
 * is needed in an image that may be read-only (pivot_root(2), NOTES). All mounts are slaves or
 * private by then, or the unmount would travel to the host.
 */
int step_pivot_root(struct init *init, const struct ctn_step_pivot_root *step)
{
	int err;

	(void)step;
	init->detail = "/";
	err = sys(__NR_fchdir, init->root);
	if (err < 0)
		return err;
	err = sys(__NR_pivot_root, ".", ".");
	if (err < 0)
		return err;
	err = sys(__NR_umount2, ".", 2 /* MNT_DETACH */);
	if (err < 0)
		return err;
	return sys(__NR_chdir, "/");
}

/*
 * The tree is on top of "/" then, where nobody can step out of it: "..", from there, leads nowhere,
 * and what is below it has no path. `move` brings it there.
 */
int step_chroot(struct init *init, const struct ctn_step_chroot *step)
{
	int err = 0;

	init->detail = "/";
	if (step->move)
		err = sys(__NR_move_mount, init->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
	if (err >= 0)
		err = sys(__NR_fchdir, init->root);
	if (err >= 0)
		err = sys(__NR_chroot, ".");
	return err < 0 ? err : sys(__NR_chdir, "/");
}

int step_root_directory(struct init *init, const struct ctn_step_root_directory *step)
{
	init->root = step->directory;
	return 0;
}

int step_mkdir(struct init *init, const struct ctn_step_mkdir *step)
{
	int fd;

	init->detail = ctn_list_string(&init->plan, step->path);
	fd = root_make(init, init->detail, (step->mode & S_IFMT) == S_IFREG ? ROOT_FILE : 0, step->mode & 07777);
	if (fd < 0)
		return fd;
	return sys(__NR_close, fd);
}

/*
 * The cwd has to be below the root we see: one that is not is a way out (CVE-2024-21626). So it is
 * looked up like any path of the container, without the links of /proc to what we have open.
 */
int step_chdir(struct init *init, const struct ctn_step_chdir *step)
{
	char cwd[PATH_LIMIT];
	long n;
	int fd, err;

	init->detail = ctn_list_string(&init->plan, step->path);
	if (step->retry && init->cwd_done)
		return 0;
	fd = root_open(init, init->detail, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	err = sys(__NR_fchdir, fd);
	sys(__NR_close, fd);
	if (err < 0)
		return err;
	n = sys(__NR_getcwd, cwd, sizeof cwd);
	if (n < 0)
		return n;
	if (cwd[0] != '/')
		return -ENOENT;
	init->cwd_done = 1;
	return 0;
}
