/* SPDX-License-Identifier: Apache-2.0 */
/* What the page daemon and the source of a checkpoint say to each other; ts/pager/frame.ts is the other side. */
#ifndef CTN_FRAME_H
#define CTN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ctn_frame_kind {
	FRAME_HELLO = 1, /* both ways, first; `pages` is the version, `address` the size of a page */
	FRAME_WANT,      /* to the source: pages of process `pid` from `address` on; `tag` comes back; `pid` 0 is refused */
	FRAME_URGENT,    /* the same, and somebody waits for it */
	FRAME_PAGES,     /* from the source: their bytes follow */
	FRAME_RUNNING,   /* to the source: the container runs here; it must never again run there */
	FRAME_DONE,      /* to the source: nothing more is needed; and back: understood */
};

/* Little-endian, as is every machine that this runs on. */
struct ctn_frame {
	uint32_t kind;
	uint32_t length; /* bytes that follow */
	uint64_t address;
	uint32_t pid;
	uint32_t pages;
	uint64_t tag;
};

enum { FRAME_VERSION = 1, FRAME_PAGES_MOST = 64 };

_Static_assert(sizeof(struct ctn_frame) == 32, "a frame has 32 bytes");

/*
 * The frame at the beginning of these bytes: its size with all that follows, 0 if some of it is still
 * to come, or -EBADMSG if it can be no frame from the source.
 */
long ctn_frame_read(const void *bytes, size_t size, uint64_t page_size, struct ctn_frame *frame);

#endif
