/* SPDX-License-Identifier: Apache-2.0 */
/* Host operations as a list: one hop to a worker thread for a whole cgroup, not one for each file. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

#define HOST_CASE(number, name) case number: return ctn_host_##name(list, (const void *)record, result);
static int run(const struct ctn_list *list, const struct ctn_op_head *record, struct ctn_result *result)
{
	switch (record->code) {
	CTN_HOST_OPS(HOST_CASE)
	}
	return -ENOSYS;
}

/* Ops whose result is a descriptor: they are undone when a later op fails. */
static int opens(uint16_t code)
{
	return code == CTN_HOST_bind_tree || code == CTN_HOST_new_tree || code == CTN_HOST_netns_new ||
	       code == CTN_HOST_open || code == CTN_HOST_open_tree || code == CTN_HOST_listen ||
	       code == CTN_HOST_connect || code == CTN_HOST_lock || code == CTN_HOST_pidfd_open ||
	       code == CTN_HOST_cgroup_event || code == CTN_HOST_watch_files || code == CTN_HOST_trigger ||
	       code == CTN_HOST_timer || code == CTN_HOST_guard || code == CTN_HOST_connect_stream ||
	       code == CTN_HOST_duplicate || code == CTN_HOST_bind_datagram ||
	       code == CTN_HOST_connect_datagram;
}

void ctn_result_free(struct ctn_result *result)
{
	free(result->bytes);
	result->bytes = NULL;
}

static void undo(const struct ctn_list *list, struct ctn_result *results, uint32_t count)
{
	const struct ctn_op_head *record = (const void *)(list->head + 1);

	for (uint32_t i = 0; i < count; i++) {
		if (opens(record->code) && results[i].value >= 0)
			close(results[i].value);
		ctn_result_free(&results[i]);
		record = (const void *)((const char *)record + record->size);
	}
}

uint32_t ctn_batch_opened(const void *bytes, const struct ctn_result *results, int *fds, uint32_t room)
{
	const struct ctn_list_head *head = bytes;
	const struct ctn_op_head *record = (const void *)(head + 1);
	uint32_t count = 0;

	for (uint32_t i = 0; i < head->op_count; i++) {
		if (opens(record->code) && results[i].value >= 0 && count++ < room)
			fds[count - 1] = results[i].value;
		record = (const void *)((const char *)record + record->size);
	}
	return count;
}

static int run_all(const struct ctn_spawned *child, const void *bytes, size_t size, struct ctn_result *results,
		   uint32_t *failed)
{
	const struct ctn_op_head *record;
	struct ctn_list list = {.child = child};
	int err;

	*failed = 0;
	if (!ctn_list_check(&list, bytes, size, CTN_BATCH_MAGIC))
		return -EBADMSG;
	record = (const void *)(list.head + 1);
	for (uint32_t i = 0; i < list.head->op_count; i++) {
		results[i] = (struct ctn_result){0};
		err = run(&list, record, &results[i]);
		if (err < 0)
			ctn_result_free(&results[i]);
		results[i].value = err;
		if (err < 0 && record->ok_errno != CTN_OK_ANY && (uint32_t)-err != record->ok_errno) {
			undo(&list, results, i);
			*failed = i;
			return err;
		}
		record = (const void *)((const char *)record + record->size);
	}
	return 0;
}

int ctn_batch_run(const void *bytes, size_t size, struct ctn_result *results, uint32_t *failed)
{
	return run_all(NULL, bytes, size, results, failed);
}

int ctn_batch_run_about(const struct ctn_spawned *child, const void *bytes, size_t size, uint32_t *failed)
{
	const struct ctn_list_head *head = bytes;
	auto_free struct ctn_result *results = NULL;
	int err;

	*failed = 0;
	if (size < sizeof *head || head->op_count > size / sizeof(struct ctn_op_head))
		return -EBADMSG;
	results = calloc(head->op_count + 1, sizeof *results);
	if (!results)
		return -ENOMEM;
	err = run_all(child, bytes, size, results, failed);
	for (uint32_t i = 0; err == 0 && i < head->op_count; i++)
		ctn_result_free(&results[i]);
	return err;
}
