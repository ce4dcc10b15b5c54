/* SPDX-License-Identifier: Apache-2.0 */
#include "ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int make_room(struct ctn_ranges *ranges, size_t more)
{
	size_t room = ranges->room ? ranges->room : 16;
	struct ctn_range *list;

	while (room < ranges->count + more)
		room *= 2;
	if (room == ranges->room)
		return 0;
	list = realloc(ranges->list, room * sizeof *list);
	if (!list)
		return -ENOMEM;
	ranges->list = list;
	ranges->room = room;
	return 0;
}

/* Index of the first range that ends behind the address. */
static size_t index_of(const struct ctn_ranges *ranges, uint64_t address)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->list[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Room must have been made. */
static void insert(struct ctn_ranges *ranges, size_t index, struct ctn_range range)
{
	memmove(&ranges->list[index + 1], &ranges->list[index], (ranges->count - index) * sizeof range);
	ranges->list[index] = range;
	ranges->count++;
}

static void erase(struct ctn_ranges *ranges, size_t first, size_t end)
{
	if (first == end)
		return;
	memmove(&ranges->list[first], &ranges->list[end], (ranges->count - end) * sizeof *ranges->list);
	ranges->count -= end - first;
}

struct ctn_range ctn_range_part(const struct ctn_range *range, uint64_t start, uint64_t end)
{
	uint64_t skipped = start - range->start;

	return (struct ctn_range){
		.start = start, .end = end, .source = range->source + skipped,
		.offset = range->offset == CTN_REMOTE ? CTN_REMOTE : range->offset + skipped};
}

static int continues(const struct ctn_range *range, const struct ctn_range *next)
{
	struct ctn_range behind = ctn_range_part(range, range->end, range->end);

	return next->start == behind.start && next->source == behind.source && next->offset == behind.offset;
}

int ctn_ranges_add(struct ctn_ranges *ranges, struct ctn_range range)
{
	struct ctn_range *last = ranges->count ? &ranges->list[ranges->count - 1] : NULL;

	if (last && continues(last, &range)) {
		last->end = range.end;
		return 0;
	}
	if (make_room(ranges, 1))
		return -ENOMEM;
	ranges->list[ranges->count++] = range;
	return 0;
}

const struct ctn_range *ctn_ranges_at(const struct ctn_ranges *ranges, uint64_t address)
{
	size_t index = index_of(ranges, address);

	return index < ranges->count ? &ranges->list[index] : NULL;
}

/* Cuts the range that goes over this address in two. Room must have been made. Returns the index of what begins there. */
static size_t cut(struct ctn_ranges *ranges, uint64_t address)
{
	size_t index = index_of(ranges, address);
	struct ctn_range *range = index < ranges->count ? &ranges->list[index] : NULL;

	if (!range || range->start >= address)
		return index;
	insert(ranges, index + 1, ctn_range_part(range, address, range->end));
	ranges->list[index].end = address;
	return index + 1;
}

int ctn_ranges_remove(struct ctn_ranges *ranges, uint64_t start, uint64_t end)
{
	size_t index = index_of(ranges, start), first;

	if (start >= end || index == ranges->count || ranges->list[index].start >= end)
		return 0;
	if (make_room(ranges, 2))
		return -ENOMEM;
	first = cut(ranges, start);
	erase(ranges, first, cut(ranges, end));
	return 1;
}

int ctn_ranges_move(struct ctn_ranges *ranges, uint64_t from, uint64_t to, uint64_t length)
{
	size_t first = index_of(ranges, from), end, count;
	struct ctn_range *moved;

	if (!length || first == ranges->count || ranges->list[first].start >= from + length)
		return 0;
	if (make_room(ranges, 4))
		return -ENOMEM;
	first = cut(ranges, from);
	end = cut(ranges, from + length);
	count = end - first;
	moved = malloc(count * sizeof *moved);
	if (!moved)
		return -ENOMEM;
	memcpy(moved, &ranges->list[first], count * sizeof *moved);
	erase(ranges, first, end);
	first = cut(ranges, to);
	erase(ranges, first, cut(ranges, to + length));
	memmove(&ranges->list[first + count], &ranges->list[first], (ranges->count - first) * sizeof *moved);
	ranges->count += count;
	for (size_t i = 0; i < count; i++) {
		moved[i].end = moved[i].end - from + to;
		moved[i].start = moved[i].start - from + to;
		ranges->list[first + i] = moved[i];
	}
	free(moved);
	return 1;
}

int ctn_ranges_copy(struct ctn_ranges *to, const struct ctn_ranges *from)
{
	*to = (struct ctn_ranges){0};
	if (make_room(to, from->count))
		return -ENOMEM;
	memcpy(to->list, from->list, from->count * sizeof *from->list);
	to->count = from->count;
	return 0;
}

uint64_t ctn_ranges_bytes(const struct ctn_ranges *ranges)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < ranges->count; i++)
		bytes += ranges->list[i].end - ranges->list[i].start;
	return bytes;
}

void ctn_ranges_free(struct ctn_ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct ctn_ranges){0};
}
