/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the page daemon reads of others, broken in every way; and its ranges against a list of single pages.
 *
 * Usage: fuzz SEED ITERATIONS < a pagemap. Prints how many pagemaps and frames were let through.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src-native/pager/frame.h"
#include "../../src-native/pager/pagemap.h"

enum { PAGE = 4096, PAGES = 256, MOST = 1 << 16 };

static uint64_t state;

static uint32_t below(uint32_t limit)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((state * 2685821657736338717ull) >> 32) % limit;
}

static void expect(int is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "%s\n", what);
	exit(1);
}

/* Sorted, without overlaps, of whole pages: what everything else relies on. */
static void check_order(const struct ctn_ranges *ranges)
{
	uint64_t last = 0;

	for (size_t i = 0; i < ranges->count; i++) {
		expect(ranges->list[i].start >= last && ranges->list[i].end > ranges->list[i].start, "ranges out of order");
		expect(ranges->list[i].start % PAGE == 0 && ranges->list[i].end % PAGE == 0, "a range of less than a page");
		last = ranges->list[i].end;
	}
}

static int read_broken(const uint8_t *bytes, size_t size)
{
	struct ctn_ranges ranges = {0};
	uint8_t *copy = malloc(size ? size : 1); /* Of exactly its size: the sanitizers see what is read beyond */
	uint32_t pages_id;
	int error;

	memcpy(copy, bytes, size);
	for (uint32_t changes = below(4); size && changes; changes--)
		copy[below(size)] = below(3) ? below(256) : copy[0] ^ 1u << below(8);
	if (below(4) == 0)
		size = below(size + 1);
	error = ctn_pagemap_read(copy, size, PAGE, &ranges, &pages_id);
	expect(error == 0 || error == -EBADMSG, "another error than of bytes");
	check_order(&ranges);
	ctn_ranges_free(&ranges);
	free(copy);
	return error == 0;
}

static int read_frame(void)
{
	struct ctn_frame frame = {below(8), below(2) ? below(4) * PAGE : below(1 << 20), below(2) ? PAGE : below(99), below(9), below(70), below(9)}, read;
	size_t size = below(sizeof frame + 4 * PAGE);
	uint8_t *bytes = calloc(1, size ? size : 1);
	long result;

	memcpy(bytes, &frame, size < sizeof frame ? size : sizeof frame);
	result = ctn_frame_read(bytes, size, PAGE, &read);
	expect(result <= (long)size, "a frame beyond its bytes");
	expect(result <= 0 || read.kind != FRAME_PAGES || read.length == read.pages * PAGE, "pages of another size");
	free(bytes);
	return result > 0;
}

/* Each page of a small address space: where its content is, or 0. */
static uint64_t model[PAGES];

static void compare(const struct ctn_ranges *ranges)
{
	check_order(ranges);
	for (uint64_t page = 0; page < PAGES; page++) {
		const struct ctn_range *range = ctn_ranges_at(ranges, page * PAGE);
		uint64_t found = 0;

		if (range && range->start <= page * PAGE)
			found = ctn_range_part(range, page * PAGE, range->end).source;
		expect(found == model[page], "a page is not where it belongs");
	}
}

static void play_ranges(void)
{
	struct ctn_ranges ranges = {0}, copy;

	memset(model, 0, sizeof model);
	for (uint64_t page = below(4); page < PAGES; page += 1 + below(9)) {
		uint64_t end = page + 1 + below(9);

		for (end = end < PAGES ? end : PAGES; page < end; page++) {
			model[page] = (page + 1000) * PAGE;
			expect(!ctn_ranges_add(&ranges, (struct ctn_range){page * PAGE, (page + 1) * PAGE, model[page], page * PAGE}), "memory");
		}
	}
	for (uint32_t acts = below(30); acts; acts--) {
		uint64_t from = below(PAGES), length = 1 + below(PAGES - from), to = below(PAGES);

		if (below(2)) {
			ctn_ranges_remove(&ranges, from * PAGE, (from + length) * PAGE);
			memset(model + from, 0, length * sizeof *model);
		} else if (to + length <= PAGES && (to + length <= from || from + length <= to)) {
			int had = ctn_ranges_move(&ranges, from * PAGE, to * PAGE, length * PAGE);
			if (had)
				memcpy(model + to, model + from, length * sizeof *model);
			memset(model + from, 0, length * sizeof *model);
		}
		compare(&ranges);
	}
	expect(!ctn_ranges_copy(&copy, &ranges), "memory");
	compare(&copy);
	ctn_ranges_free(&copy);
	ctn_ranges_free(&ranges);
}

int main(int argc, char **argv)
{
	static uint8_t pagemap[MOST];
	size_t size = fread(pagemap, 1, sizeof pagemap, stdin);
	unsigned maps = 0, frames = 0;

	if (argc < 3)
		return 2;
	state = strtoull(argv[1], NULL, 10) | 1;
	for (long i = atol(argv[2]); i > 0; i--) {
		maps += read_broken(pagemap, size);
		frames += read_frame();
		if (i % 16 == 0)
			play_ranges();
	}
	printf("%u pagemaps, %u frames\n", maps, frames);
	return 0;
}
