/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of others, one at a time: what they are about to do, and how that is put back. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "guard.h"

#ifndef PTRACE_GETSIGMASK
#define PTRACE_GETSIGMASK 0x420a
#define PTRACE_SETSIGMASK 0x420b
#endif
#ifndef PTRACE_GET_RSEQ_CONFIGURATION
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f
#endif
#ifndef PTRACE_GET_SYSCALL_INFO
#define PTRACE_GET_SYSCALL_INFO 0x420e
#endif
#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#endif

#if defined(__x86_64__)
#define NT_STATE NT_X86_XSTATE
#else
#define NT_STATE NT_PRFPREG
#endif

enum { RSEQ_SECTION = 8, MOST_STOPS = 16, MOST_WAIT = 2000000000 /* ns */, CALL_ENTRY = 1 };

struct rseq_configuration {
	uint64_t address;
	uint32_t size, signature, flags, pad;
};

/* Of ptrace(2), where C libraries have different names for it. */
struct call_information {
	uint8_t op;
	uint8_t pad[3];
	uint32_t architecture;
	uint64_t instruction, stack, number, arguments[6];
};

/* The status of the next stop: a signal, and the event above it. A thread that waits in the kernel may come to none. */
static int next_stop(pid_t tid)
{
	struct timespec pause = {.tv_nsec = 20000};

	for (long waited = 0; waited < MOST_WAIT; waited += pause.tv_nsec) {
		siginfo_t info = {0};

		if (waitid(P_PID, tid, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) < 0 && errno != EINTR)
			return -errno;
		if (info.si_pid == tid)
			return info.si_status;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 1000000)
			pause.tv_nsec *= 2;
	}
	return -EBUSY;
}

int ctn_guard_seize(pid_t tid)
{
	int err;

	if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0)
		return -errno;
	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) == 0)
		return 0;
	err = -errno;
	ptrace(PTRACE_DETACH, tid, 0, 0);
	return err;
}

/* To the stop in which the kernel makes up for a system call that was interrupted; signals that come first are passed on. */
int ctn_guard_stop(pid_t tid)
{
	for (int i = 0; i < MOST_STOPS; i++) {
		int status = next_stop(tid);

		if (status < 0 || status >> 8 == PTRACE_EVENT_STOP)
			return status < 0 ? status : 0;
		ptrace(PTRACE_CONT, tid, 0, (void *)(uintptr_t)status);
	}
	return -EBUSY;
}

int ctn_guard_let_go(pid_t tid)
{
	return ptrace(PTRACE_DETACH, tid, 0, 0) < 0 ? -errno : 0;
}

static int save_state(struct ctn_guard_thread *held)
{
	struct iovec state = {malloc(CTN_GUARD_STATE), CTN_GUARD_STATE};

	if (!state.iov_base)
		return -ENOMEM;
	if (ptrace(PTRACE_GETREGSET, held->tid, (void *)NT_STATE, &state) < 0) {
		free(state.iov_base);
		return -errno;
	}
	held->state = realloc(state.iov_base, state.iov_len);
	held->state_size = state.iov_len;
	return held->state ? 0 : -ENOMEM;
}

int ctn_guard_save(struct ctn_guard_thread *held)
{
	struct iovec regs = {&held->regs, sizeof held->regs};
	struct rseq_configuration rseq = {0};

	if (ptrace(PTRACE_GETREGSET, held->tid, (void *)NT_PRSTATUS, &regs) < 0)
		return -errno;
	if (ptrace(PTRACE_GETSIGMASK, held->tid, (void *)sizeof held->mask, &held->mask) < 0)
		return -errno;
	if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, held->tid, (void *)sizeof rseq, &rseq) >= 0)
		held->rseq = rseq.address; /* An older kernel, or a program without, has none */
	if (held->rseq && ctn_guard_memory(held->pid, 0, held->rseq + RSEQ_SECTION, &held->section, sizeof held->section) < 0)
		held->rseq = 0;
	held->has_trap = (ctn_guard_pending(held->tid) & UINT64_C(1) << (SIGTRAP - 1)) != 0;
	return save_state(held);
}

int ctn_guard_restore(const struct ctn_guard_thread *held)
{
	struct iovec regs = {(void *)&held->regs, sizeof held->regs};
	struct iovec state = {held->state, held->state_size};

	if (ptrace(PTRACE_SETREGSET, held->tid, (void *)NT_STATE, &state) < 0 ||
	    ptrace(PTRACE_SETREGSET, held->tid, (void *)NT_PRSTATUS, &regs) < 0 ||
	    ptrace(PTRACE_SETSIGMASK, held->tid, (void *)sizeof held->mask, &held->mask) < 0)
		return -errno;
	return held->rseq ? ctn_guard_memory(held->pid, 1, held->rseq + RSEQ_SECTION, (void *)&held->section, sizeof held->section) : 0;
}

static void set_call(struct user_regs_struct *regs, uint64_t instruction, long number, uint64_t first, uint64_t second)
{
#if defined(__x86_64__)
	regs->rip = instruction;
	regs->rax = number;
	regs->orig_rax = -1; /* Nothing is to be made up for */
	regs->rdi = first;
	regs->rsi = second;
#else
	regs->pc = instruction;
	regs->regs[8] = number;
	regs->regs[0] = first;
	regs->regs[1] = second;
#endif
}

/* From any stop to that in which its own registers may be put back. */
static int interrupted(pid_t tid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0 || ptrace(PTRACE_CONT, tid, 0, 0) < 0)
		return -errno;
	status = next_stop(tid);
	return status < 0 ? status : 0;
}

int ctn_guard_call(const struct ctn_guard_thread *held, uint64_t instruction, long number, uint64_t first, uint64_t second)
{
	struct user_regs_struct regs = held->regs;
	struct iovec vector = {&regs, sizeof regs};
	uint64_t all = ~UINT64_C(0);
	int status;

	set_call(&regs, instruction, number, first, second);
	if (ptrace(PTRACE_SETREGSET, held->tid, (void *)NT_PRSTATUS, &vector) < 0 ||
	    ptrace(PTRACE_SETSIGMASK, held->tid, (void *)sizeof all, &all) < 0)
		return -errno;
	ptrace(PTRACE_SETOPTIONS, held->tid, 0, (void *)PTRACE_O_SUSPEND_SECCOMP); /* It has none, or the call is allowed */
	for (int stops = 0; stops < 2; stops++) { /* Into the call, and out of it */
		if (ptrace(PTRACE_SYSCALL, held->tid, 0, 0) < 0)
			return -errno;
		status = next_stop(held->tid);
		if (status < 0)
			return status;
	}
	return interrupted(held->tid);
}

int ctn_guard_written(pid_t tid)
{
	struct call_information call = {0};

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof call, &call) < 0)
		return -1;
	return call.op == CALL_ENTRY && call.number == SYS_write ? (int)call.arguments[0] : -1;
}

/*
 * Who dies over a thread that stands at a system call leaves a SIGTRAP for it, which waits until CRIU's code lets signals
 * through. It is taken from the thread, which has to be thawed for that.
 */
int ctn_guard_swallow(const struct ctn_guard_thread *held)
{
	uint64_t trap = UINT64_C(1) << (SIGTRAP - 1), others = ~trap;
	int status;

	if (held->has_trap || !(ctn_guard_pending(held->tid) & trap))
		return 0;
	if (ptrace(PTRACE_SETSIGMASK, held->tid, (void *)sizeof others, &others) < 0 || ptrace(PTRACE_CONT, held->tid, 0, 0) < 0)
		return -errno;
	status = next_stop(held->tid);
	return status < 0 ? status : interrupted(held->tid);
}

/* What a line of /proc/<tid>/status says, read with `format`. */
static uint64_t status_of(pid_t tid, const char *format)
{
	char line[256];
	uint64_t value = 0;
	FILE *status;

	snprintf(line, sizeof line, "/proc/%d/status", tid);
	status = fopen(line, "re");
	if (!status)
		return 0;
	while (fgets(line, sizeof line, status))
		if (sscanf(line, format, &value) == 1)
			break;
	fclose(status);
	return value;
}

uint64_t ctn_guard_pending(pid_t tid)
{
	return status_of(tid, "SigPnd: %" SCNx64);
}

pid_t ctn_guard_tracer(pid_t tid)
{
	return (pid_t)status_of(tid, "TracerPid: %" SCNu64);
}
