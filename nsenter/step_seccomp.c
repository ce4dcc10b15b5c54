/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of the user's program; and who hands its listener over, where there is one. */
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include "init.h"

/*
 * Nobody answers for a call that is notified until somebody outside has the listener, and the filter may notify any.
 * So another thread, which had been there before and has no filter, sends it. It ends by itself.
 */
struct herald {
	struct init *init;
	long listener; /* 0: not there yet; negative: there will be none */
};

#define HERALD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static struct herald the_herald;
static char herald_stack[16384] __attribute__((aligned(16)));

__attribute__((noreturn, used)) static void herald_main(void)
{
	long listener;

	while (!(listener = __atomic_load_n(&the_herald.listener, __ATOMIC_ACQUIRE)))
		sys(__NR_sched_yield);
	if (listener > 0)
		report_send(the_herald.init, CTN_REPORT_FD, 0, 0, listener); /* Where it fails, the host is gone: report_wait() sees that */
	for (;;)
		sys(__NR_exit, 0);
}

/* clone(2) to a stack of its own, which only assembler can go on with. */
static long herald_start(void)
{
	void *stack = herald_stack + sizeof herald_stack;

#if defined(__x86_64__)
	register long tls __asm__("r8") = 0;
	register long tid __asm__("r10") = 0;
	long ret;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tcall *%[main]\n1:"
			 : "=a"(ret)
			 : "a"(__NR_clone), "D"(HERALD_FLAGS), "S"(stack), "d"(0), "r"(tid), "r"(tls), [main] "b"(herald_main)
			 : "rcx", "r11", "memory");
	return ret;
#else
	register long nr __asm__("x8") = __NR_clone;
	register long ret __asm__("x0") = HERALD_FLAGS;
	register void *at __asm__("x1") = stack;
	register long parent __asm__("x2") = 0, tls __asm__("x3") = 0, tid __asm__("x4") = 0;

	__asm__ volatile("svc #0\n\tcbnz x0, 1f\n\tmov x29, #0\n\tblr %[main]\n1:"
			 : "+r"(ret)
			 : "r"(nr), "r"(at), "r"(parent), "r"(tls), "r"(tid), [main] "r"(herald_main)
			 : "x30", "memory", "cc");
	return ret;
#endif
}

int step_seccomp(struct init *init, const struct ctn_step_seccomp *step)
{
	uint32_t length;
	const struct sock_filter *filter = ctn_list_blob(&init->plan, step->filter, &length);
	struct sock_fprog program = {length / sizeof *filter, (struct sock_filter *)filter};
	long fd = 0;

	the_herald.init = init;
	init->detail = "thread";
	if (step->notify)
		fd = herald_start();
	if (fd < 0)
		return fd;
	init->detail = "filter";
	fd = sys(__NR_seccomp, SECCOMP_SET_MODE_FILTER, step->flags, &program);
	if (!step->notify)
		return fd;
	__atomic_store_n(&the_herald.listener, fd, __ATOMIC_RELEASE);
	return fd < 0 ? fd : report_wait(init);
}
