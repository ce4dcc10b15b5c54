/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages a process has (PAGEMAP_SCAN, Documentation/admin-guide/mm/pagemap.rst). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

/* Of linux/fs.h since 6.7; those of Debian 12 are older. */
struct page_region {
	uint64_t start, end, categories;
};

struct pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

enum {
	PAGE_IS_FILE = 1 << 2,
	PAGE_IS_PRESENT = 1 << 3,
	PAGE_IS_SWAPPED = 1 << 4,
	PAGE_IS_PFNZERO = 1 << 5,
};

static const unsigned long scan = _IOWR('f', 16, struct pm_scan_arg);

/* The walk holds the lock of the mappings: it is to be free now and then. */
static const uint64_t most_bytes = 64 << 20;

struct runs {
	struct ctn_result *result;
	size_t room; /* in bytes */
};

static int add(struct runs *runs, uint64_t start, uint64_t end)
{
	struct ctn_result *result = runs->result;
	uint64_t *last = (uint64_t *)((char *)result->bytes + result->length);

	if (result->length && last[-1] == start) {
		last[-1] = end;
		return 0;
	}
	if (result->length == runs->room) {
		void *grown = realloc(result->bytes, runs->room += 1 << 16);

		if (!grown)
			return -ENOMEM;
		result->bytes = grown;
		last = (uint64_t *)((char *)grown + result->length);
	}
	last[0] = start;
	last[1] = end;
	result->length += 2 * sizeof *last;
	return 0;
}

static int scan_range(int pagemap, uint64_t start, uint64_t end, struct runs *runs)
{
	struct page_region found[512];
	struct pm_scan_arg arg = {
		.size = sizeof arg,
		.vec = (uintptr_t)found,
		.vec_len = sizeof found / sizeof *found,
		.category_inverted = PAGE_IS_PFNZERO | PAGE_IS_FILE,
		.category_mask = PAGE_IS_PFNZERO | PAGE_IS_FILE,
		.category_anyof_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
	};
	int count, err = 0;

	while (start < end && err == 0) {
		arg.start = start;
		arg.end = end - start < most_bytes ? end : start + most_bytes;
		count = ioctl(pagemap, scan, &arg);
		if (count < 0)
			return -errno;
		for (int i = 0; i < count && err == 0; i++)
			err = add(runs, found[i].start, found[i].end);
		start = arg.walk_end;
	}
	return err;
}

int ctn_host_scan_pages(const struct ctn_list *list, const struct ctn_host_scan_pages *op, struct ctn_result *result)
{
	struct runs runs = {.result = result};
	uint32_t length;
	const char *ranges = ctn_list_blob(list, op->ranges, &length);
	char path[32];
	int err;

	snprintf(path, sizeof path, "/proc/%u/pagemap", op->pid);
	auto_fd pagemap = open(path, O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		return -errno;
	result->bytes = malloc(runs.room = 1 << 16);
	if (!result->bytes)
		return -ENOMEM;
	for (uint32_t at = 0; at + 16 <= length; at += 16) {
		uint64_t range[2];

		memcpy(range, ranges + at, sizeof range);
		err = scan_range(pagemap, range[0], range[1], &runs);
		if (err < 0)
			return err;
	}
	return 0;
}
