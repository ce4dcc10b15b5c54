/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command: QuickJS as a host of the TypeScript core, in the place that Node has for the library.
 * What the host functions do is in ../sys; here is only how JavaScript calls it, and the event loop.
 * Results are numbers or -errno, worded on the other side, as those of ../bind are.
 */
#ifndef CTN_HOST_H
#define CTN_HOST_H

#include <pthread.h>
#include <quickjs.h>

#include "../sys/sys.h"

/* ctn-init, which is in the executable. */
extern const unsigned char ctn_init_start[], ctn_init_end[];

/* The functions of one file, put into the object that JavaScript knows as `host`. */
void host_add_system(JSContext *ctx, JSValueConst host);
void host_add_batches(JSContext *ctx, JSValueConst host);
void host_add_spawn(JSContext *ctx, JSValueConst host);
void host_add_program(JSContext *ctx, JSValueConst host);
void host_add_text(JSContext *ctx, JSValueConst host);
void host_add_loop(JSContext *ctx, JSValueConst host);
/* All of them. */
JSValue host_new(JSContext *ctx);
/* Words an exception on standard error; returns what the program ends with. */
int host_fail(JSContext *ctx);

/* memory.c: for JS_NewRuntime2() */
extern const JSMallocFunctions host_memory;

/* The engine with the program in it, as the build left it in the executable; empty while it is built. */
struct memory_root {
	JSRuntime *runtime;
	JSContext *context;
	JSValue start;
};

struct memory_root *memory_root(void);
/* Fetches at once what most commands need of it. */
void memory_start(void);

/* Where the build puts the blocks, by the order in which they are taken: first what is written to, then what is looked at. */
enum { MEMORY_BLOCKS = 1 << 16, MEMORY_PAGE = 4096 };
struct memory_order {
	uint32_t count;
	uint64_t busy, needed; /* ends of these two, in bytes */
	uint64_t starts[MEMORY_BLOCKS];
};

/*
 * From here on memory is taken of the part that goes into the executable, and of nothing else; without an order,
 * for a rehearsal, of pages that each block has for itself.
 */
void memory_load(const struct memory_order *order);
/* To here. */
void memory_loaded(void);
/* What the executable is to have of it. */
void *memory_image(size_t *size);

/* Pages of a rehearsal. */
struct memory_pages {
	char *at;
	size_t size;
};
struct memory_pages memory_pages(void);
/* Those of the block that is there, and its number; -1 if there is none. */
int memory_pages_of(const char *where, struct memory_pages *pages);

/* What a rehearsal finds out about a block: when it was first looked at, from 1 on, and whether it was written to. */
struct memory_use {
	uint32_t turn;
	int is_busy;
};
/* The order for the next time. */
void memory_arrange(struct memory_order *order, const struct memory_use *uses);

/* rehearse.c: runs the command lines of a file, and writes down the order that follows from them. Returns an exit code. */
int rehearse(const char *lines, const char *output);

/* main.c: begins the program with the arguments, and runs it to its end. */
int run_program(char **argv);
int write_file(const char *path, const void *bytes, size_t size);

/* worker.c: what is done in another thread, one after the other. The caller has it until it is done. */
struct job {
	void (*run)(struct job *job);
	int is_done;
	struct job *next;
};

/* Returns 0, or -errno if there can be no other thread. */
int worker_begin(struct job *job);
void worker_wait(struct job *job);
/* Waits for all jobs. There is no other thread any more then, until the next job. */
void worker_end(void);

/* loop.c: runs jobs and waits until nobody waits for anything any more. Returns 0, or -1 on an exception. */
int loop_run(JSContext *ctx);

/* value.c: arguments and results. Bytes are borrowed until the caller returns to JavaScript. */
int value_int(JSContext *ctx, JSValueConst value);
const uint8_t *value_bytes(JSContext *ctx, JSValueConst value, size_t *size);
/* A copy, 8-aligned as the wire format asks for; the caller frees it. */
void *value_copy(JSContext *ctx, JSValueConst value, size_t *size);
/* At most `room` numbers of an array; how many there are. */
int value_ints(JSContext *ctx, JSValueConst value, int *ints, int room);
/* A NULL-terminated array of strings, of an array of strings; freed by value_free_strings. */
char **value_strings(JSContext *ctx, JSValueConst value);
void value_free_strings(char **strings);
JSValue value_from_bytes(JSContext *ctx, const void *bytes, size_t size);
JSValue value_from_ints(JSContext *ctx, const int *ints, int count);
/* Of a NULL-terminated array. */
JSValue value_from_strings(JSContext *ctx, char **strings);
/* {index, errno}: the op of a batch that failed. */
JSValue value_from_failure(JSContext *ctx, uint32_t index, int err);

#endif
