/* SPDX-License-Identifier: Apache-2.0 */
/* pagemap-<pid>.img of CRIU: which pages of a process were saved, and where they are. */
#ifndef CTN_PAGEMAP_H
#define CTN_PAGEMAP_H

#include <stddef.h>
#include <stdint.h>

#include "ranges.h"

/*
 * Adds the pages that may be brought back lazily, in order of address. Pages that are in the image
 * have their place in pages-<id>.img, the others are with the source of the checkpoint.
 * Returns 0, -ENOMEM, or -EBADMSG for bytes that are no pagemap.
 */
int ctn_pagemap_read(const void *bytes, size_t size, uint64_t page_size, struct ctn_ranges *ranges, uint32_t *pages_id);

#endif
