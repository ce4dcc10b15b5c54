/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At build time: compile INIT DIRECTORY MODULE... writes a .bin beside each module, with its bytecode,
 * and prints the assembly that puts them and ctn-init into the command. The first is the entry.
 * Bytecode is of one version of the engine: this is linked with the same library as the command.
 */
#include <quickjs.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text;

	if (!file || fseek(file, 0, SEEK_END) < 0)
		return NULL;
	*size = ftell(file);
	rewind(file);
	text = calloc(1, *size + 1);
	if (text && fread(text, 1, *size, file) != *size)
		return NULL;
	fclose(file);
	return text;
}

static int compile(JSContext *ctx, const char *path, const char *name, const char *output)
{
	size_t size, length;
	char *text = read_file(path, &size);
	JSValue module;
	uint8_t *bytes;
	FILE *file;

	if (!text)
		return -1;
	module = JS_Eval(ctx, text, size, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT | JS_EVAL_FLAG_COMPILE_ONLY);
	if (JS_IsException(module)) {
		fprintf(stderr, "%s: %s\n", path, JS_ToCString(ctx, JS_GetException(ctx)));
		return -1;
	}
	bytes = JS_WriteObject(ctx, &length, module, JS_WRITE_OBJ_BYTECODE);
	file = bytes ? fopen(output, "wb") : NULL;
	if (!file || fwrite(bytes, 1, length, file) != length)
		return -1;
	return fclose(file);
}

static void embed(int index, const char *path)
{
	printf("start%d:\n\t.incbin \"%s\"\nend%d:\n\t.byte 0\n", index, path, index);
}

static void table_entry(int index, const char *name)
{
	printf("\t.quad name%d, start%d, end%d\n", index, index, index);
	printf("\t.pushsection .rodata\nname%d:\t.asciz \"%s\"\n\t.popsection\n", index, name);
}

int main(int argc, char **argv)
{
	JSRuntime *runtime = JS_NewRuntime();
	JSContext *ctx = JS_NewContext(runtime);
	char path[4096], output[4200];

	JS_SetStripInfo(runtime, JS_STRIP_DEBUG);
	printf("\t.section .rodata\n");
	embed(1, argv[1]);
	for (int i = 3; i < argc; i++) {
		snprintf(path, sizeof path, "%s/%s", argv[2], argv[i]);
		snprintf(output, sizeof output, "%s.bin", path);
		if (compile(ctx, path, argv[i], output) < 0) {
			fprintf(stderr, "%s cannot be compiled\n", path);
			return 1;
		}
		embed(i, output);
	}
	printf("\t.section .data.rel.ro, \"aw\"\n\t.balign 8\n\t.globl ctn_init_image\nctn_init_image:\n");
	table_entry(1, "ctn-init");
	printf("\t.globl ctn_modules\nctn_modules:\n");
	for (int i = 3; i < argc; i++)
		table_entry(i, argv[i]);
	printf("\t.quad 0, 0, 0\n\t.section .note.GNU-stack, \"\", %%progbits\n");
	return 0;
}
