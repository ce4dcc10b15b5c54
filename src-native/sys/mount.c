/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on mounts, by descriptor. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

int umount2(const char *target, int flags);

static int set(int fd, unsigned int flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};

	if (!set && !clear && !propagation)
		return 0;
	return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, &attr, sizeof attr) < 0 ? -errno : 0;
}

/*
 * A detached copy of a mount. It is made a slave or private before anybody can see it: a copy of
 * a shared mount would carry the container's mounts back to the host.
 */
int ctn_host_open_tree(const struct ctn_list *list, const struct ctn_host_open_tree *op, struct ctn_result *result)
{
	unsigned int recursive = op->recursive ? AT_RECURSIVE : 0;
	auto_fd tree = syscall(SYS_open_tree, AT_FDCWD, ctn_list_string(list, op->path),
			       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
	int err;

	(void)result;
	if (tree < 0)
		return -errno;
	err = set(tree, AT_RECURSIVE, op->all_set, op->all_clear, op->propagation);
	if (err >= 0)
		err = set(tree, 0, op->set, op->clear, 0);
	return err < 0 ? err : take_fd(&tree);
}

int ctn_host_attach(const struct ctn_list *list, const struct ctn_host_attach *op, struct ctn_result *result)
{
	(void)result;
	return syscall(SYS_move_mount, op->tree, "", AT_FDCWD, ctn_list_string(list, op->path),
		       MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

int ctn_host_umount(const struct ctn_list *list, const struct ctn_host_umount *op, struct ctn_result *result)
{
	(void)result;
	return umount2(ctn_list_string(list, op->path), op->flags) < 0 ? -errno : 0;
}
