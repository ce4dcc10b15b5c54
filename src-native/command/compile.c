/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At build time: compile INIT MODULE.js... writes NAME.bin beside each module, with its bytecode, and
 * prints the assembly that puts them and ctn-init into the command. The first module is the entry.
 * The engine's bytecode is its version's own: this is linked with the same library as the command.
 */
#include <quickjs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What a module imports is looked up when the command runs; here it need only have a name. */
static JSModuleDef *stub(JSContext *ctx, const char *name, void *opaque)
{
	(void)opaque;
	return JS_NewCModule(ctx, name, NULL);
}

static int compile(JSContext *ctx, const char *path, const char *output)
{
	const char *base = strrchr(path, '/');
	size_t size, length;
	char *text = read_file(path, &size);
	JSValue module;
	uint8_t *bytes;
	FILE *file;

	if (!text)
		return -1;
	module = JS_Eval(ctx, text, size, base ? base + 1 : path, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
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
	char output[4096];

	JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
	JS_SetModuleLoaderFunc(runtime, NULL, stub, NULL);
	printf("\t.section .rodata\n");
	embed(1, argv[1]);
	for (int i = 2; i < argc; i++) {
		snprintf(output, sizeof output, "%s.bin", argv[i]);
		if (compile(ctx, argv[i], output) < 0) {
			fprintf(stderr, "%s cannot be compiled\n", argv[i]);
			return 1;
		}
		embed(i, output);
	}
	printf("\t.section .data.rel.ro, \"aw\"\n\t.balign 8\n\t.globl ctn_init_image\nctn_init_image:\n");
	table_entry(1, "ctn-init");
	printf("\t.globl ctn_modules\nctn_modules:\n");
	for (int i = 2; i < argc; i++)
		table_entry(i, strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i]);
	printf("\t.quad 0, 0, 0\n\t.section .note.GNU-stack, \"\", %%progbits\n");
	return 0;
}
