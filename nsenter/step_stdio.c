/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0, 1 and 2: the container's own /dev/null, its owner, or a terminal. */
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <linux/magic.h>
#include <asm/ioctls.h>
#include <asm/statfs.h>
#include <asm/termios.h>

#include "init.h"

static int is_null(int fd)
{
	struct statx st;

	return sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) >= 0 &&
	       (st.stx_mode & S_IFMT) == S_IFCHR && st.stx_rdev_major == 1 && st.stx_rdev_minor == 3;
}

/*
 * A stdio on the host's /dev/null would be a file outside the container, which CRIU cannot dump. One
 * on whatever an image has there would be written to by us: /proc/sys is not read-only yet
 * (CVE-2025-31133).
 */
int step_null_stdio(struct init *init, const struct ctn_step_null_stdio *step)
{
	uint32_t mask = step->mask;
	int fd, err = 0;

	init->detail = "/dev/null";
	for (int i = 0; i < 3; i++)
		if ((step->if_null & (1u << i)) && is_null(i))
			mask |= 1u << i;
	if (!mask)
		return 0;
	fd = root_open(init, init->detail, O_RDWR, 0);
	if (fd < 0)
		return fd;
	if (!is_null(fd))
		err = -ENODEV;
	for (int i = 0; i < 3 && err >= 0; i++)
		if (mask & (1u << i))
			err = sys(__NR_dup3, fd, i, 0);
	sys(__NR_close, fd);
	return err < 0 ? err : 0;
}

int step_own_stdio(struct init *init, const struct ctn_step_own_stdio *step)
{
	int err = 0;

	init->detail = "stdio";
	for (int i = 0; i < 3; i++)
		if (!is_null(i))
			err = sys(__NR_fchown, i, step->uid, -1);
	return err;
}

/* What is behind /dev/pts/ptmx is a pty master of a devpts, whatever the image put there (CVE-2025-52565). */
static int open_master(struct init *init)
{
	struct statfs fs;
	struct statx st;
	int fd, err;

	init->detail = "/dev/pts/ptmx";
	fd = root_open(init, init->detail, O_RDWR | O_NOCTTY, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return fd;
	err = sys(__NR_fstatfs, fd, &fs);
	if (err >= 0)
		err = sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);
	if (err >= 0 && (fs.f_type != DEVPTS_SUPER_MAGIC || st.stx_rdev_major != 5 || st.stx_rdev_minor != 2))
		err = -ENODEV;
	if (err < 0)
		sys(__NR_close, fd);
	return err < 0 ? err : fd;
}

static int bind_console(struct init *init, int terminal)
{
	int target, tree, err;

	init->detail = "/dev/console";
	target = root_make(init, init->detail, ROOT_FILE | ROOT_NO_SYMLINKS, 0600);
	if (target < 0)
		return target;
	tree = mount_copy(terminal, 0);
	err = tree < 0 ? tree : mount_attach(tree, target);
	if (tree >= 0)
		sys(__NR_close, tree);
	sys(__NR_close, target);
	return err;
}

int step_console(struct init *init, const struct ctn_step_console *step)
{
	struct winsize size = {.ws_row = step->rows, .ws_col = step->columns};
	int unlocked = 0, master, terminal, err;

	master = open_master(init);
	if (master < 0)
		return master;
	err = sys(__NR_ioctl, master, TIOCSPTLCK, &unlocked);
	if (err < 0)
		return err;
	terminal = sys(__NR_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0)
		return terminal;
	if (step->rows && step->columns)
		sys(__NR_ioctl, master, TIOCSWINSZ, &size);
	err = sys(__NR_fchown, terminal, step->uid, -1);
	if (err >= 0 && step->bind_console)
		err = bind_console(init, terminal);
	init->detail = "/dev/pts/ptmx";
	if (err >= 0)
		err = report_send(init, CTN_REPORT_FD, 0, 0, master);
	for (int i = 0; i < 3 && err >= 0; i++)
		err = sys(__NR_dup3, terminal, i, 0);
	if (err >= 0)
		err = sys(__NR_ioctl, 0, TIOCSCTTY, 0);
	sys(__NR_close, terminal);
	sys(__NR_close, master);
	return err;
}
