/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on what Node's own file functions leave out: special files and extended attributes. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "../ctn_list.h"
#include "sys.h"

int ctn_host_make_node(const struct ctn_list *list, const struct ctn_host_make_node *op, struct ctn_result *result)
{
	(void)result;
	return mknod(ctn_list_string(list, op->path), op->mode, makedev(op->major, op->minor)) < 0 ? -errno : 0;
}

/* One more attribute at the end: its name with NUL, the length of its value, its value. */
static int append_xattr(struct ctn_result *result, const char *path, const char *name)
{
	size_t head = strlen(name) + 1 + sizeof(uint32_t);
	ssize_t size = lgetxattr(path, name, NULL, 0);
	uint32_t length;
	char *grown;

	if (size < 0)
		return errno == ENODATA ? 0 : -errno;
	grown = realloc(result->bytes, result->length + head + size);
	if (!grown)
		return -ENOMEM;
	result->bytes = grown;
	grown += result->length;
	size = lgetxattr(path, name, grown + head, size);
	if (size < 0)
		return errno == ENODATA ? 0 : -errno;
	length = size;
	memcpy(grown, name, strlen(name) + 1);
	memcpy(grown + head - sizeof length, &length, sizeof length);
	result->length += head + size;
	return 0;
}

int ctn_host_xattrs(const struct ctn_list *list, const struct ctn_host_xattrs *op, struct ctn_result *result)
{
	const char *path = ctn_list_string(list, op->path);
	char *names = malloc(XATTR_LIST_MAX);
	ssize_t size = names ? llistxattr(path, names, XATTR_LIST_MAX) : -1;
	int err = !names ? -ENOMEM : size < 0 ? -errno : 0;

	for (const char *name = names; !err && name < names + size; name += strlen(name) + 1)
		err = append_xattr(result, path, name);
	free(names);
	return err;
}

int ctn_host_set_xattr(const struct ctn_list *list, const struct ctn_host_set_xattr *op, struct ctn_result *result)
{
	uint32_t length;
	const void *value = ctn_list_blob(list, op->value, &length);

	(void)result;
	return lsetxattr(ctn_list_string(list, op->path), ctn_list_string(list, op->name), value, length, 0) < 0 ? -errno : 0;
}
