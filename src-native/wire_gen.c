/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints ts/plan/wire.gen.ts from ctn_wire.h: types for the compiler, layouts for the encoder.
 * With the argument "hash" it prints ctn_wire_hash.gen.h instead.
 */
#include <stdio.h>
#include <string.h>

#include "ctn_wire.h"

/* In the order of fieldKinds (ts/plan/layout.ts). */
static const char *const types[][2] = {
	{"u32", "number"}, {"u64", "bigint"}, {"fd", "Fd"}, {"str", "string"},
	{"ostr", "string | undefined"}, {"strv", "readonly string[]"}, {"blob", "Uint8Array | undefined"},
};

/* -1: pad */
static int kind_of(const char *kind)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(types[i][0], kind))
			return i;
	return -1;
}

static void type_field(const char *kind, const char *name)
{
	if (kind_of(kind) >= 0)
		printf("readonly %s: %s; ", name, types[kind_of(kind)][1]);
}

static void layout_field(const char *kind, const char *name, size_t offset)
{
	if (kind_of(kind) >= 0)
		printf("[%d, '%s', %zu], ", kind_of(kind), name, offset);
}

#define TYPE_FIELD(kind, name) type_field(#kind, #name);
#define STEP_TYPE(code, op) \
	printf("\t| {readonly op: '%s'; ", #op); CTN_FIELDS_##op(TYPE_FIELD) printf("readonly okErrno?: OkErrno}\n");
#define HOST_TYPE(code, op) \
	printf("\t| {readonly op: '%s'; ", #op); CTN_HOST_FIELDS_##op(TYPE_FIELD) printf("readonly okErrno?: OkErrno}\n");

#define STEP_LAYOUT(number, op) { \
	typedef struct ctn_step_##op record; \
	printf("\t%s: {code: %d, size: %zu, fields: [", #op, number, sizeof(record)); \
	CTN_FIELDS_##op(LAYOUT_FIELD) printf("]},\n"); }
#define HOST_LAYOUT(number, op) { \
	typedef struct ctn_host_##op record; \
	printf("\t%s: {code: %d, size: %zu, fields: [", #op, number, sizeof(record)); \
	CTN_HOST_FIELDS_##op(LAYOUT_FIELD) printf("]},\n"); }
#define LAYOUT_FIELD(kind, name) layout_field(#kind, #name, offsetof(record, name));

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "hash")) {
		printf("/* Made from ctn_wire.h by `npm run gen`. Do not edit. */\n#define CTN_WIRE_HASH 0x%xu\n", ctn_wire_hash());
		return 0;
	}
	puts("// Made from src-native/ctn_wire.h by `npm run gen`. Do not edit.");
	puts("import type {Layouts, OkErrno} from './layout.js';\n");
	puts("/** A number that is a descriptor of this process. */");
	puts("export type Fd = number & {readonly __brand: 'fd'};\n");
	printf("export const wire = {\n\thash: 0x%x,\n\tplanMagic: 0x%x,\n\tbatchMagic: 0x%x,\n\treportMagic: 0x%x,\n",
	       ctn_wire_hash(), CTN_PLAN_MAGIC, CTN_BATCH_MAGIC, CTN_REPORT_MAGIC);
	printf("\tlistMax: %u,\n\theadSize: %zu,\n\trecordHeadSize: %zu,\n\treportSize: %zu,\n\tokAny: 0x%x,\n",
	       CTN_LIST_MAX, sizeof(struct ctn_list_head), sizeof(struct ctn_op_head), sizeof(struct ctn_report), CTN_OK_ANY);
	printf("\tfirstFreeFd: %d,\n\tsync: {mapped: %d, hooks: %d, created: %d, cgroup: %d, network: %d},\n",
	       CTN_FD_FIRST_FREE, CTN_SYNC_MAPPED, CTN_SYNC_HOOKS, CTN_SYNC_CREATED, CTN_SYNC_CGROUP, CTN_SYNC_NETWORK);
	printf("\treport: {error: %d, sync: %d, child: %d, fd: %d},\n",
	       CTN_REPORT_ERROR, CTN_REPORT_SYNC, CTN_REPORT_CHILD, CTN_REPORT_FD);
	printf("\ttarget: {nofollow: %d, lastNofollow: %d, inheritMode: %d, copyUp: %d, procfs: %d},\n",
	       CTN_TARGET_NOFOLLOW, CTN_TARGET_LAST_NOFOLLOW, CTN_TARGET_INHERIT_MODE, CTN_TARGET_COPY_UP,
	       CTN_TARGET_PROCFS);
	printf("\tbind: {recursive: %d, nofollow: %d, idmapRecursive: %d},\n} as const;\n\n",
	       CTN_BIND_RECURSIVE, CTN_BIND_NOFOLLOW, CTN_BIND_IDMAP_RECURSIVE);
	puts("/** One step of a launch plan, carried out by ctn-init. */\nexport type Step =");
	CTN_STEPS(STEP_TYPE)
	puts("\t;\n\n/** One operation of a host batch. */\nexport type HostOp =");
	CTN_HOST_OPS(HOST_TYPE)
	puts("\t;\n\nexport const stepLayouts = {");
	CTN_STEPS(STEP_LAYOUT)
	puts("} as const satisfies Layouts<Step['op']>;\n\nexport const hostLayouts = {");
	CTN_HOST_OPS(HOST_LAYOUT)
	puts("} as const satisfies Layouts<HostOp['op']>;");
	return 0;
}
