/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a list of ctn_wire.h: checked once as a whole, trusted from there on.
 *
 * Every offset is inside the strings area, whose last byte is NUL, so that each string in it ends
 * in it. Needs no C library.
 */
#ifndef CTN_LIST_H
#define CTN_LIST_H

#include "ctn_wire.h"
#include "ctn_wire_hash.gen.h"

struct ctn_spawned;

struct ctn_list {
	const struct ctn_list_head *head;
	const struct ctn_spawned *child; /* whom the ops of a batch are about, if it is about somebody */
};

static inline const char *ctn_list_string(const struct ctn_list *list, uint32_t offset)
{
	return offset ? (const char *)list->head + offset : 0;
}

static inline uint32_t ctn_list_count(const struct ctn_list *list, uint32_t offset)
{
	return *(const uint32_t *)((const char *)list->head + offset);
}

/* The bytes of a blob; *length is 0 when there is none. */
static inline const void *ctn_list_blob(const struct ctn_list *list, uint32_t offset, uint32_t *length)
{
	*length = offset ? ctn_list_count(list, offset) : 0;
	return offset ? (const char *)list->head + offset + sizeof(uint32_t) : 0;
}

/* The first string of a strv; ctn_list_next() leads to the others. */
static inline const char *ctn_list_first(const struct ctn_list *list, uint32_t offset)
{
	return (const char *)list->head + ctn_list_count(list, offset + sizeof(uint32_t));
}

static inline const char *ctn_list_next(const char *string)
{
	while (*string)
		string++;
	return string + 1;
}

static inline int ctn_check_pad(const struct ctn_list_head *head, uint64_t value)
{
	(void)head;
	return value == 0;
}

static inline int ctn_check_u32(const struct ctn_list_head *head, uint64_t value)
{
	(void)head;
	(void)value;
	return 1;
}

static inline int ctn_check_u64(const struct ctn_list_head *head, uint64_t value)
{
	(void)head;
	(void)value;
	return 1;
}

static inline int ctn_check_fd(const struct ctn_list_head *head, uint64_t value)
{
	(void)head;
	return value <= INT32_MAX;
}

static inline int ctn_check_str(const struct ctn_list_head *head, uint64_t offset)
{
	return offset >= head->strings && offset < head->size;
}

static inline int ctn_check_ostr(const struct ctn_list_head *head, uint64_t offset)
{
	return !offset || ctn_check_str(head, offset);
}

/* A counted thing: the count itself must be inside, and aligned. */
static inline int ctn_check_counted(const struct ctn_list_head *head, uint64_t offset)
{
	return ctn_check_str(head, offset) && offset % sizeof(uint32_t) == 0 && head->size - offset > sizeof(uint32_t);
}

static inline int ctn_check_strv(const struct ctn_list_head *head, uint64_t offset)
{
	const char *base = (const char *)head;
	const uint32_t *counted = (const void *)(base + offset);
	uint64_t at;

	if (!ctn_check_counted(head, offset) || head->size - offset < 2 * sizeof *counted || !ctn_check_str(head, counted[1]))
		return 0;
	at = counted[1];
	for (uint32_t count = counted[0]; count; count--) {
		while (at < head->size && base[at])
			at++;
		if (at++ >= head->size)
			return 0;
	}
	return 1;
}

static inline int ctn_check_blob(const struct ctn_list_head *head, uint64_t offset)
{
	if (!offset)
		return 1;
	return ctn_check_counted(head, offset) &&
	       *(const uint32_t *)((const char *)head + offset) <= head->size - offset - sizeof(uint32_t);
}

#define CTN_CHECK_FIELD(kind, name) && ctn_check_##kind(head, record->name)
#define CTN_CHECK_STEP(number, op) \
	case number: { \
		const struct ctn_step_##op *record = at; \
		return record->head.size == sizeof *record CTN_FIELDS_##op(CTN_CHECK_FIELD); \
	}
#define CTN_CHECK_HOST(number, op) \
	case number: { \
		const struct ctn_host_##op *record = at; \
		return record->head.size == sizeof *record CTN_HOST_FIELDS_##op(CTN_CHECK_FIELD); \
	}

static inline int ctn_check_record(const struct ctn_list_head *head, const void *at)
{
	uint16_t code = ((const struct ctn_op_head *)at)->code;

	if (head->magic == CTN_PLAN_MAGIC) {
		switch (code) {
		CTN_STEPS(CTN_CHECK_STEP)
		}
	} else {
		switch (code) {
		CTN_HOST_OPS(CTN_CHECK_HOST)
		}
	}
	return 0;
}

/* The size of the record with this code, or 0. */
#define CTN_STEP_SIZE(number, op) case number: return sizeof(struct ctn_step_##op);
#define CTN_HOST_SIZE(number, op) case number: return sizeof(struct ctn_host_##op);
static inline uint32_t ctn_record_size(uint32_t magic, uint16_t code)
{
	if (magic == CTN_PLAN_MAGIC) {
		switch (code) {
		CTN_STEPS(CTN_STEP_SIZE)
		}
	} else {
		switch (code) {
		CTN_HOST_OPS(CTN_HOST_SIZE)
		}
	}
	return 0;
}

/* Is this a list of the kind `magic`, made with this very header, and sound throughout? */
static inline int ctn_list_check(struct ctn_list *list, const void *bytes, uint64_t size, uint32_t magic)
{
	const struct ctn_list_head *head = bytes;
	const char *base = bytes;
	uint64_t at = sizeof *head;

	if (size < sizeof *head || size > CTN_LIST_MAX || (uintptr_t)bytes % 8)
		return 0;
	if (head->magic != magic || head->hash != CTN_WIRE_HASH || head->size != size)
		return 0;
	if (head->strings < sizeof *head || head->strings >= size || base[size - 1])
		return 0;
	for (uint32_t i = 0; i < head->op_count; i++) {
		const struct ctn_op_head *record = (const void *)(base + at);

		if (head->strings - at < sizeof *record)
			return 0;
		if (!record->size || record->size != ctn_record_size(magic, record->code) || head->strings - at < record->size)
			return 0;
		if (!ctn_check_record(head, record))
			return 0;
		at += record->size;
	}
	list->head = head;
	return at == head->strings;
}

#endif
