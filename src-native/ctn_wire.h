/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire format: how a decision made in TypeScript reaches C.
 *
 * Two lists use it. A *launch plan* is carried out by ctn-init (nsenter/), step by step, inside
 * the new container. A *host batch* is carried out by sys/batch.c in the runtime's own process,
 * on one worker thread. This file with ctn_steps.h and ctn_host_ops.h is the one definition of
 * both: C compiles them, and `npm run gen` prints ts/plan/wire.gen.ts from them.
 *
 * A list is: struct ctn_list_head, then op_count records, then the strings area. Records run in
 * order, each once. All numbers are host-endian: a list never leaves the machine that made it.
 *
 * What a new step or op lacks, the linker and tsc tell.
 */
#ifndef CTN_WIRE_H
#define CTN_WIRE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define CTN_PLAN_MAGIC   0x4c504e43u /* "CNPL" */
#define CTN_BATCH_MAGIC  0x54424e43u /* "CNBT" */
#define CTN_REPORT_MAGIC 0x50524e43u /* "CNRP" */
#define CTN_LIST_MAX     (4u << 20)  /* bytes; a large OCI config needs ~64 KiB */

/* In ok_errno: whatever errno the record meets, go on with the next one. */
#define CTN_OK_ANY 0xffffffffu

/*
 * Descriptors ctn-init is started with: stdio, these, and then those the plan names by number. It begins when one
 * byte has come by the sync socket: the plan is complete and sealed by then.
 */
enum { CTN_FD_PLAN = 3, CTN_FD_SYNC = 4, CTN_FD_FIRST_FREE = 5 };

/* Places where ctn-init reports and waits for one byte (0: go on) before it takes the next step. */
enum ctn_sync_point {
	CTN_SYNC_MAPPED = 1,    /* the host writes uid_map and gid_map */
	CTN_SYNC_HOOKS = 2,     /* mounts are made, the root is not switched yet */
	CTN_SYNC_CREATED = 3,   /* all done but start; the host saves the state */
	CTN_SYNC_CGROUP = 49,   /* nothing is done yet; the host has it put into its cgroup */
	CTN_SYNC_NETWORK = 50,  /* the namespaces are there; the host puts devices into the network one */
};

/*
 * Field kinds. str, ostr, strv and blob are byte offsets into the strings area; only an ostr or a
 * blob may be 0, for nothing. A strv is a u32 count and the u32 offset of that many NUL-ended strings,
 * which are in a row; a blob is a u32 length, then that many bytes. fd is a descriptor number. pad keeps records free of implicit
 * padding and is 0.
 */
#define CTN_C_u32  uint32_t
#define CTN_C_u64  uint64_t
#define CTN_C_fd   uint32_t
#define CTN_C_str  uint32_t
#define CTN_C_ostr uint32_t
#define CTN_C_strv uint32_t
#define CTN_C_blob uint32_t
#define CTN_C_pad  uint32_t

#include "ctn_host_ops.h"
#include "ctn_steps.h"

struct ctn_list_head {
	uint32_t magic;
	uint32_t hash;        /* ctn_wire_hash() of the header it was made with */
	uint32_t size;        /* bytes, the whole list */
	uint32_t op_count;
	uint32_t strings;     /* byte offset of the strings area */
	uint32_t reserved[3]; /* zero */
};

struct ctn_op_head {
	uint16_t code;
	uint16_t size;     /* bytes, this head included */
	uint32_t ok_errno; /* errno that counts as success here, 0, or CTN_OK_ANY */
};

struct ctn_stat {
	uint64_t dev, ino, rdev, size, mount_id;
	uint32_t mode, uid, gid, nlink;
	int64_t mtime_sec;
	uint64_t mtime_nsec;
};

enum { CTN_REPORT_ERROR = 1, CTN_REPORT_SYNC = 2, CTN_REPORT_CHILD = 3, CTN_REPORT_FD = 4 };

/* What init says on the sync socket. One SEQPACKET message each; EOF means the program runs. */
struct ctn_report {
	uint32_t magic;
	uint32_t kind;
	uint32_t op_index;
	uint32_t op_code; /* 0: before any op ran */
	int32_t err;      /* CTN_REPORT_ERROR: errno, positive */
	uint32_t value;   /* SYNC: the point. CHILD: its pid. ERROR of a hook: its number << 16 | wait status */
	char detail[232]; /* NUL-terminated; the path or name at fault, or the last that a hook printed */
};

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#define CTN_MEMBER(kind, name) CTN_C_##kind name;
#define CTN_STEP_STRUCT(code, op) struct ctn_step_##op { struct ctn_op_head head; CTN_FIELDS_##op(CTN_MEMBER) };
#define CTN_HOST_STRUCT(code, op) struct ctn_host_##op { struct ctn_op_head head; CTN_HOST_FIELDS_##op(CTN_MEMBER) };
CTN_STEPS(CTN_STEP_STRUCT)
CTN_HOST_OPS(CTN_HOST_STRUCT)
#pragma GCC diagnostic pop

#define CTN_STEP_CODE(code, op) CTN_STEP_##op = code,
#define CTN_HOST_CODE(code, op) CTN_HOST_##op = code,
enum ctn_step_code { CTN_STEPS(CTN_STEP_CODE) };
enum ctn_host_code { CTN_HOST_OPS(CTN_HOST_CODE) };

#define CTN_STEP_ALIGNED(code, op) static_assert(sizeof(struct ctn_step_##op) % 8 == 0, #op " must end on 8 bytes");
#define CTN_HOST_ALIGNED(code, op) static_assert(sizeof(struct ctn_host_##op) % 8 == 0, #op " must end on 8 bytes");
CTN_STEPS(CTN_STEP_ALIGNED)
CTN_HOST_OPS(CTN_HOST_ALIGNED)
static_assert(sizeof(struct ctn_list_head) == 32, "list head");
static_assert(sizeof(struct ctn_report) == 256, "report fits one atomic write");

/*
 * Two builds that disagree about any op or field disagree about this number. It takes 10 us, so
 * it is computed when this header changes: CTN_WIRE_HASH in ctn_wire_hash.gen.h.
 */
#define CTN_TEXT_KINDS "str:offset strv:count,offset blob:count,bytes; byte,plan; " /* to be changed with what a kind means */
#define CTN_TEXT_FIELD(kind, name) #kind " " #name ","
#define CTN_TEXT_STEP(code, op) #code " " #op "{" CTN_FIELDS_##op(CTN_TEXT_FIELD) "}"
#define CTN_TEXT_HOST(code, op) #code " " #op "{" CTN_HOST_FIELDS_##op(CTN_TEXT_FIELD) "}"
static inline uint32_t ctn_wire_hash(void)
{
	const char *text = CTN_TEXT_KINDS CTN_STEPS(CTN_TEXT_STEP) CTN_HOST_OPS(CTN_TEXT_HOST);
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

#endif
