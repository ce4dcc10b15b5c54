/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses of a process have content elsewhere. It follows what the process does to its
 * memory; an address in none of the ranges reads as zeros.
 */
#ifndef CTN_RANGES_H
#define CTN_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* As offset: it is not in the images, but with the source of the checkpoint. */
#define CTN_REMOTE UINT64_MAX

struct ctn_range {
	uint64_t start, end; /* where it belongs now; whole pages */
	uint64_t source;     /* address that `start` had at the dump */
	uint64_t offset;     /* of `start` in the pages image, or CTN_REMOTE */
};

/* Sorted by address, without overlaps. All zeros: empty. */
struct ctn_ranges {
	struct ctn_range *list;
	size_t count, room;
};

/* Behind all others; joined with the last if it goes on there. 0 or -ENOMEM. */
int ctn_ranges_add(struct ctn_ranges *ranges, struct ctn_range range);
/* The range with this address, or the next one behind it, or NULL. */
const struct ctn_range *ctn_ranges_at(const struct ctn_ranges *ranges, uint64_t address);
/* Content goes away: 1 if there was any, 0, or -ENOMEM. */
int ctn_ranges_remove(struct ctn_ranges *ranges, uint64_t start, uint64_t end);
/* Content moves, and is instead of what was there: 1 if there was any, 0, or -ENOMEM. The places do not overlap. */
int ctn_ranges_move(struct ctn_ranges *ranges, uint64_t from, uint64_t to, uint64_t length);
int ctn_ranges_copy(struct ctn_ranges *to, const struct ctn_ranges *from);
uint64_t ctn_ranges_bytes(const struct ctn_ranges *ranges);
void ctn_ranges_free(struct ctn_ranges *ranges);

/* The part of a range from `start` to `end`, which are in it. */
struct ctn_range ctn_range_part(const struct ctn_range *range, uint64_t start, uint64_t end);

#endif
