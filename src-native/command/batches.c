/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches: at once, or aside, by the worker while JavaScript goes on. A command has nothing to do for long, so
 * that whoever wants the results of one that goes on aside waits for it.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "host.h"

struct batch {
	struct job job;
	int id;
	void *list;
	size_t size;
	struct ctn_result *results;
	uint32_t count, failed;
	int err;
	struct batch *next;
};

/* Those that go on aside. */
static struct batch *all;
static int last_id;

static void drop(struct batch **batch)
{
	if (*batch) {
		free((*batch)->list);
		free((*batch)->results);
		free(*batch);
	}
}

#define auto_batch __attribute__((cleanup(drop))) struct batch

static struct batch *batch_of(JSContext *ctx, JSValueConst list)
{
	auto_batch *batch = calloc(1, sizeof *batch);
	struct batch *made = batch;

	if (!batch)
		return NULL;
	batch->list = value_copy(ctx, list, &batch->size);
	if (!batch->list)
		return NULL;
	if (batch->size >= sizeof(struct ctn_list_head))
		batch->count = ((const struct ctn_list_head *)batch->list)->op_count;
	batch->results = calloc(batch->count + 1, sizeof *batch->results);
	if (!batch->results)
		return NULL;
	batch = NULL;
	return made;
}

static void run(struct job *job)
{
	struct batch *batch = (struct batch *)job;

	batch->err = ctn_batch_run(batch->list, batch->size, batch->results, &batch->failed);
}

/* Array<number | Uint8Array> | {index, errno} */
static JSValue results_of(JSContext *ctx, struct batch *batch)
{
	JSValue array;

	if (batch->err < 0)
		return value_from_failure(ctx, batch->failed, batch->err);
	array = JS_NewArray(ctx);
	for (uint32_t i = 0; i < batch->count; i++) {
		struct ctn_result *result = &batch->results[i];

		JS_SetPropertyUint32(ctx, array, i, result->bytes
			? value_from_bytes(ctx, result->bytes, result->length)
			: JS_NewInt64(ctx, result->value));
		ctn_result_free(result);
	}
	return array;
}

/* batch(list): its results */
static JSValue host_batch(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	auto_batch *batch = batch_of(ctx, argv[0]);

	(void)this;
	(void)argc;
	if (!batch)
		return JS_ThrowOutOfMemory(ctx);
	run(&batch->job);
	return results_of(ctx, batch);
}

/* aside(list): an id for resultsOf(), or -errno */
static JSValue host_aside(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	auto_batch *batch = batch_of(ctx, argv[0]);
	int err;

	(void)this;
	(void)argc;
	if (!batch)
		return JS_ThrowOutOfMemory(ctx);
	batch->job.run = run;
	err = worker_begin(&batch->job);
	if (err < 0)
		return JS_NewInt32(ctx, err);
	batch->id = ++last_id;
	batch->next = all;
	all = batch;
	batch = NULL;
	return JS_NewInt32(ctx, last_id);
}

/* resultsOf(id): those of a batch that goes on aside, once, when it is done */
static JSValue host_resultsOf(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int id = value_int(ctx, argv[0]);
	struct batch **at = &all;

	(void)this;
	(void)argc;
	while (*at && (*at)->id != id)
		at = &(*at)->next;
	auto_batch *batch = *at;
	if (!batch)
		return JS_ThrowRangeError(ctx, "no batch %d", id);
	*at = batch->next;
	worker_wait(&batch->job);
	return results_of(ctx, batch);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("batch", 1, host_batch),
	JS_CFUNC_DEF("aside", 1, host_aside),
	JS_CFUNC_DEF("resultsOf", 1, host_resultsOf),
};

void host_add_batches(JSContext *ctx, JSValueConst host)
{
	JS_SetPropertyFunctionList(ctx, host, functions, sizeof functions / sizeof *functions);
}
