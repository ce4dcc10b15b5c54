/* SPDX-License-Identifier: Apache-2.0 */
/* Maps the plan, checks it once, runs its steps in order and reports the first that fails. */
#include <linux/mman.h>
#include <asm/signal.h>

#include "init.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#define STEP_CASE(number, op) case number: return step_##op(init, (const void *)record);
static int run(struct init *init, const struct ctn_op_head *record)
{
	switch (record->code) {
	CTN_STEPS(STEP_CASE)
	}
	return -ENOSYS;
}

/*
 * The plan may still be written while this process begins: it is there when the host says so. Only a sealed
 * one is read: nobody can change it between the check and its use.
 */
static int load(struct init *init)
{
	long seals, size, at;

	report_wait(init);
	seals = sys(__NR_fcntl, CTN_FD_PLAN, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return -EPERM;
	size = sys(__NR_lseek, CTN_FD_PLAN, 0, 2 /* SEEK_END */);
	if (size <= 0)
		return -EINVAL;
	at = sys(__NR_mmap, 0, size, PROT_READ, MAP_PRIVATE, CTN_FD_PLAN, 0);
	if (at < 0 && at > -4096)
		return at;
	return ctn_list_check(&init->plan, (const void *)at, size, CTN_PLAN_MAGIC) ? 0 : -EBADMSG;
}

/* Handlers are gone by execve(2); what the host's process ignores and blocks must go, too. */
static void reset_signals(void)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = {0};
	uint64_t none = 0;

	for (int signal = 1; signal <= 64; signal++)
		sys(__NR_rt_sigaction, signal, &action, 0, sizeof none);
	sys(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
}

static struct init the_init = {
	.sync = CTN_FD_SYNC,
	.root = -1,
	.null_mount = -1,
	.empty_mount = -1,
};

__attribute__((noreturn, used)) void ctn_init_main(void)
{
	struct init *init = &the_init;
	const struct ctn_op_head *record;
	int err;

	sys(__NR_close_range, CTN_FD_PLAN, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
	reset_signals();
	err = load(init);
	if (err < 0) {
		report_send(init, CTN_REPORT_ERROR, 0, -err, -1);
		init_exit(1);
	}
	sys(__NR_close, CTN_FD_PLAN);

	record = (const void *)(init->plan.head + 1);
	for (init->index = 0; init->index < init->plan.head->op_count; init->index++) {
		init->detail = 0;
		init->code = record->code;
		err = run(init, record);
		if (err < 0 && record->ok_errno != CTN_OK_ANY && (uint32_t)-err != record->ok_errno) {
			report_send(init, CTN_REPORT_ERROR, init->value, -err, -1);
			init_exit(1);
		}
		record = (const void *)((const char *)record + record->size);
	}
	/* A plan that does not end in exec has nothing to become. */
	init_exit(0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall ctn_init_main\n\thlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tbl ctn_init_main\n\tbrk #0\n");
#endif
