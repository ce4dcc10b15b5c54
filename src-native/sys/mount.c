/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on mounts, by descriptor. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
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

/* Clears what is not locked: all that is, if one of them is, as runc does by keeping the source's flags. */
static int set_unless_locked(int fd, const struct ctn_host_bind_tree *op)
{
	int err = set(fd, 0, op->set, op->clear | op->may_clear, 0);

	if (err != -EPERM || !op->may_clear)
		return err;
	return set(fd, 0, op->set, op->clear, 0);
}

static int idmap(const struct ctn_list *list, int tree, const struct ctn_host_bind_tree *op)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP};
	unsigned int flags = AT_EMPTY_PATH | (op->flags & CTN_BIND_IDMAP_RECURSIVE ? AT_RECURSIVE : 0);
	auto_fd userns = -1;

	if (!op->userns && !op->uid_map)
		return 0;
	userns = op->userns ? open(ctn_list_string(list, op->userns), O_RDONLY | O_CLOEXEC)
			    : ctn_userns(ctn_list_string(list, op->uid_map), ctn_list_string(list, op->gid_map));
	if (userns < 0)
		return op->userns ? -errno : userns;
	attr.userns_fd = userns;
	return syscall(SYS_mount_setattr, tree, "", flags, &attr, sizeof attr) < 0 ? -errno : 0;
}

int ctn_host_bind_tree(const struct ctn_list *list, const struct ctn_host_bind_tree *op, struct ctn_result *result)
{
	unsigned int recursive = op->flags & CTN_BIND_RECURSIVE ? AT_RECURSIVE : 0;
	auto_fd tree = syscall(SYS_open_tree, AT_FDCWD, ctn_list_string(list, op->path),
			       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive |
			       (op->flags & CTN_BIND_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0));
	int err;

	(void)result;
	if (tree < 0)
		return -errno;
	err = set(tree, AT_RECURSIVE, op->all_set, op->all_clear, op->propagation);
	if (err >= 0)
		err = set_unless_locked(tree, op);
	if (err >= 0)
		err = idmap(list, tree, op);
	return err < 0 ? err : take_fd(&tree);
}

static int configure(int fs, unsigned int command, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, command, key, value, 0) < 0 ? -errno : 0;
}

/* "key=value" or "key" */
static int set_option(int fs, const char *text)
{
	size_t length = strcspn(text, "=");
	char key[256];

	if (!text[length])
		return configure(fs, FSCONFIG_SET_FLAG, text, NULL);
	if (length >= sizeof key)
		return -ENAMETOOLONG;
	memcpy(key, text, length);
	key[length] = 0;
	return configure(fs, FSCONFIG_SET_STRING, key, text + length + 1);
}

int ctn_host_new_tree(const struct ctn_list *list, const struct ctn_host_new_tree *op, struct ctn_result *result)
{
	auto_fd fs = syscall(SYS_fsopen, ctn_list_string(list, op->fstype), FSOPEN_CLOEXEC);
	const char *text = ctn_list_first(list, op->options);
	int err, mount;

	(void)result;
	if (fs < 0)
		return -errno;
	err = configure(fs, FSCONFIG_SET_STRING, "source", ctn_list_string(list, op->path));
	for (uint32_t i = ctn_list_count(list, op->options); i && err >= 0; i--) {
		err = set_option(fs, text);
		text = ctn_list_next(text);
	}
	if (err >= 0)
		err = configure(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	if (err < 0)
		return err;
	mount = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned int)op->attributes);
	return mount < 0 ? -errno : mount;
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
