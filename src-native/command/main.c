/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command `ctnative`: starts the program that is loaded in the executable, and runs it until it is
 * done. An executable in which none is loaded yet is one of the build: it loads one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../auto.h"
#include "host.h"

int write_file(const char *path, const void *bytes, size_t size)
{
	auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd >= 0 && write(fd, bytes, size) == (ssize_t)size ? 0 : 1;
}

/* The build's first step: a script as bytecode. Nothing of the compiler is to stay in the memory of the second. */
static int compile(JSContext *ctx, const char *text, size_t size, const char *output)
{
	JSValue code = JS_Eval(ctx, text, size, "ctnative", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT | JS_EVAL_FLAG_COMPILE_ONLY);
	uint8_t *bytes;

	if (JS_IsException(code))
		return host_fail(ctx);
	bytes = JS_WriteObject(ctx, &size, code, JS_WRITE_OBJ_BYTECODE);
	return bytes ? write_file(output, bytes, size) : 1;
}

/* The others begin with it: runs the script, which makes a `program` with a function `start`. */
static int load(JSContext *ctx, const char *bytes, size_t size)
{
	JSValue global = JS_GetGlobalObject(ctx), code, program;

	JS_SetPropertyStr(ctx, global, "host", host_new(ctx));
	code = JS_ReadObject(ctx, (const uint8_t *)bytes, size, JS_READ_OBJ_BYTECODE);
	if (JS_IsException(code) || JS_IsException(JS_EvalFunction(ctx, code)) || loop_run(ctx) < 0)
		return host_fail(ctx);
	program = JS_GetPropertyStr(ctx, global, "program");
	*memory_root() = (struct memory_root){JS_GetRuntime(ctx), ctx, JS_GetPropertyStr(ctx, program, "start")};
	return 0;
}

static int write_image(const char *output)
{
	size_t size;
	const void *image = memory_image(&size);

	return write_file(output, image, size);
}

static void *read_file(const char *path, size_t *size)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*size = st.st_size;
	bytes = calloc(1, st.st_size + 1);
	return bytes && read(fd, bytes, st.st_size) == st.st_size ? bytes : NULL;
}

/*
 * compile SCRIPT BYTECODE: what the other steps begin with
 * rehearse BYTECODE LINES ORDER: runs command lines, and finds an order for the memory
 * load BYTECODE ORDER IMAGE: the memory for the executable
 */
static int build(const char *step, const char *input, const char *with, const char *output)
{
	int is_compile = !strcmp(step, "compile"), is_load = !strcmp(step, "load");
	size_t size, order_size;
	auto_free char *bytes = read_file(input, &size);
	const struct memory_order *order = is_load ? read_file(with, &order_size) : NULL;
	JSRuntime *runtime;
	JSContext *ctx;
	int result;

	if (!bytes || (is_load && (!order || order_size != sizeof *order)))
		return 1;
	if (!is_compile)
		memory_load(order);
	runtime = JS_NewRuntime2(&host_memory, NULL);
	ctx = runtime ? JS_NewContext(runtime) : NULL;
	if (!ctx)
		return 1;
	JS_SetGCThreshold(runtime, (size_t)-1); /* a command ends before there is much to collect */
	JS_SetStripInfo(runtime, JS_STRIP_DEBUG);
	if (is_compile)
		return compile(ctx, bytes, size, output);
	result = load(ctx, bytes, size);
	return result ? result : is_load ? write_image(output) : rehearse(with, output);
}

/* Whatever is opened must not become descriptor 0, 1 or 2, which containers are given. */
static void open_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < 3);
	if (fd >= 3)
		close(fd);
}

int run_program(char **argv)
{
	const struct memory_root *root = memory_root();
	JSContext *ctx = root->context;
	JSValue arguments, result;

	JS_UpdateStackTop(root->runtime);
	arguments = value_from_strings(ctx, argv);
	result = JS_Call(ctx, root->start, JS_UNDEFINED, 1, &arguments);
	return JS_IsException(result) || loop_run(ctx) < 0 ? host_fail(ctx) : 0;
}

int main(int argc, char **argv)
{
	open_stdio();
	if (!memory_root()->context)
		return argc == 4 ? build(argv[1], argv[2], NULL, argv[3]) : argc == 5 ? build(argv[1], argv[2], argv[3], argv[4]) : 1;
	memory_start();
	return run_program(argv);
}
