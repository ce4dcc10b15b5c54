/* SPDX-License-Identifier: Apache-2.0 */
/* What a process is given as descriptors 0 to 2, by which they are known again wherever it has put them meanwhile. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../ctn_list.h"
#include "sys.h"

/* A pipe by its link below /proc/<pid>/fd; any other file by mode, mount, inode, device and rdev, hexadecimal. */
static int describe(int fd, char *text, size_t size)
{
	char path[32], link[32];
	struct statx st;
	ssize_t n;

	if (syscall(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return snprintf(text, size, "null");
	if (S_ISFIFO(st.stx_mode)) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		n = readlink(path, link, sizeof link - 1);
		link[n > 0 ? n : 0] = 0;
		if (!strncmp(link, "pipe:", 5))
			return snprintf(text, size, "\"%s\"", link);
	}
	return snprintf(text, size, "\"%x:%llx:%llx:%llx:%llx\"", st.stx_mode, st.stx_mnt_id, st.stx_ino,
			(unsigned long long)makedev(st.stx_dev_major, st.stx_dev_minor),
			(unsigned long long)makedev(st.stx_rdev_major, st.stx_rdev_minor));
}

void ctn_stdio(const int fds[3], char text[CTN_STDIO_ROOM])
{
	int length = 0;

	for (int i = 0; i < 3; i++) {
		text[length] = i ? ',' : '[';
		length += 1 + describe(fds[i], text + length + 1, CTN_STDIO_ROOM - length - 1);
	}
	snprintf(text + length, CTN_STDIO_ROOM - length, "]");
}

int ctn_host_stdio(const struct ctn_list *list, const struct ctn_host_stdio *op, struct ctn_result *result)
{
	char text[CTN_STDIO_ROOM];

	(void)list;
	ctn_stdio((const int[]){op->input, op->output, op->error}, text);
	result->bytes = strdup(text);
	result->length = strlen(text);
	return result->bytes ? 0 : -ENOMEM;
}
