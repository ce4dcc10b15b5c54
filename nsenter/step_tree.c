/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree: a detached copy of a mount of the host, made by init itself.
 *
 * Otherwise the host makes it and hands it over. A host without privileges cannot: init has them, in
 * the user namespace that it is root of, and in a copy of the host's mounts.
 */
#include <linux/mount.h>

#include "init.h"

static int set(int fd, uint64_t on, uint64_t off, uint64_t propagation, int recursive)
{
	return on || off || propagation ? mount_attributes(fd, on, off, propagation, recursive) : 0;
}

int step_tree(struct init *init, const struct ctn_step_tree *step)
{
	int tree, err;

	init->detail = ctn_list_string(&init->plan, step->path);
	tree = sys(__NR_open_tree, AT_FDCWD, init->detail,
		   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (step->flags & CTN_BIND_RECURSIVE ? AT_RECURSIVE : 0) |
		   (step->flags & CTN_BIND_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0));
	if (tree < 0)
		return tree;
	err = set(tree, step->all_set, step->all_clear, step->propagation, 1);
	if (err >= 0)
		err = set(tree, step->set, step->clear | step->may_clear, 0, 0);
	if (err == -EPERM && step->may_clear) /* some of it is locked (mount_namespaces(7)) */
		err = set(tree, step->set, step->clear, 0, 0);
	if (err >= 0)
		err = sys(__NR_dup3, tree, step->as, O_CLOEXEC);
	sys(__NR_close, tree);
	return err;
}
