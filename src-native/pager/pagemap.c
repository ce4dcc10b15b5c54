/* SPDX-License-Identifier: Apache-2.0 */
#include "pagemap.h"

#include <errno.h>
#include <string.h>

/* Of CRIU: the magic of all images, and that of a pagemap. */
enum { COMMON_MAGIC = 0x54564319, PAGEMAP_MAGIC = 0x56084025 };

enum { IN_PARENT = 1, LAZY = 2, PRESENT = 4 };

/* Field numbers of pagemap_head and pagemap_entry. */
enum { HEAD_PAGES_ID = 1, ADDRESS = 1, COMPAT_PAGES = 2, COMPAT_IN_PARENT = 3, FLAGS = 4, PAGES = 5, FIELDS };

/* User addresses end here on every machine that CRIU knows. */
#define ADDRESS_LIMIT (1ull << 57)

struct reader {
	const uint8_t *at, *end;
};

static int read_u32(struct reader *reader, uint32_t *value)
{
	if (reader->end - reader->at < 4)
		return -EBADMSG;
	memcpy(value, reader->at, sizeof *value);
	reader->at += sizeof *value;
	return 0;
}

static int read_varint(struct reader *reader, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; shift < 64; shift += 7) {
		if (reader->at == reader->end)
			return -EBADMSG;
		*value |= (uint64_t)(*reader->at & 0x7f) << shift;
		if (!(*reader->at++ & 0x80))
			return 0;
	}
	return -EBADMSG;
}

/* A message of numbers: both of pagemap_head and pagemap_entry are. */
static int read_message(struct reader *reader, uint64_t values[FIELDS], uint32_t *seen)
{
	struct reader message;
	uint64_t key, value;
	uint32_t size;

	memset(values, 0, FIELDS * sizeof *values);
	*seen = 0;
	if (read_u32(reader, &size) || size > (size_t)(reader->end - reader->at))
		return -EBADMSG;
	message = (struct reader){reader->at, reader->at + size};
	reader->at += size;
	while (message.at < message.end) {
		if (read_varint(&message, &key) || key & 7 || read_varint(&message, &value))
			return -EBADMSG;
		if (key >> 3 < FIELDS) {
			values[key >> 3] = value;
			*seen |= 1u << (key >> 3);
		}
	}
	return 0;
}

int ctn_pagemap_read(const void *bytes, size_t size, uint64_t page_size, struct ctn_ranges *ranges, uint32_t *pages_id)
{
	struct reader reader = {bytes, (const uint8_t *)bytes + size};
	uint64_t values[FIELDS], offset = 0, last = 0;
	uint32_t magic, kind, seen;

	if (read_u32(&reader, &magic) || read_u32(&reader, &kind) || magic != COMMON_MAGIC || kind != PAGEMAP_MAGIC)
		return -EBADMSG;
	if (read_message(&reader, values, &seen) || !(seen & 1u << HEAD_PAGES_ID) || values[HEAD_PAGES_ID] > UINT32_MAX)
		return -EBADMSG;
	*pages_id = values[HEAD_PAGES_ID];
	while (reader.at < reader.end) {
		if (read_message(&reader, values, &seen))
			return -EBADMSG;
		/* CRIU 4.2 moved the count; before there were flags a page was in the parent, or here */
		uint64_t start = values[ADDRESS], pages = seen & 1u << PAGES ? values[PAGES] : values[COMPAT_PAGES];
		uint64_t flags = seen & 1u << FLAGS ? values[FLAGS] : values[COMPAT_IN_PARENT] ? IN_PARENT : PRESENT;

		if (start % page_size || start < last || start >= ADDRESS_LIMIT || pages > (ADDRESS_LIMIT - start) / page_size)
			return -EBADMSG;
		last = start + pages * page_size;
		if (flags & LAZY && pages) {
			int error = ctn_ranges_add(ranges, (struct ctn_range){
				.start = start, .end = last, .source = start, .offset = flags & PRESENT ? offset : CTN_REMOTE});

			if (error)
				return error;
		}
		if (flags & PRESENT)
			offset += last - start; /* below 2^57 for each, and there are fewer than 2^31 in an image */
	}
	return 0;
}
