/* SPDX-License-Identifier: Apache-2.0 */
/* What a guard knows of the processes that it is to put back. See guard.c. */
#ifndef CTN_GUARD_H
#define CTN_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

enum {
	CTN_GUARD_TEXT = 64,     /* CRIU writes a system call, and a name behind it, to where the first code of a program is */
	CTN_GUARD_AREAS = 16,
	CTN_GUARD_STATE = 16384, /* more than any CPU has of vector registers */
	CTN_GUARD_LOST = 16,
};

struct ctn_guard_thread {
	pid_t pid, tid;
	struct user_regs_struct regs;
	void *state; /* vector registers; malloc'ed */
	size_t state_size;
	uint64_t mask;
	uint64_t rseq;    /* address of its struct rseq, or 0 */
	uint64_t section; /* the rseq_cs in that */
	int has_trap;     /* a SIGTRAP of its own is pending */
	int is_held;      /* by the CRIU that has died, and then by us */
	int err;          /* of seizing it */
};

struct ctn_guard_process {
	pid_t pid;
	uint64_t text; /* where its first code is; 0: nowhere */
	unsigned char bytes[CTN_GUARD_TEXT];
	int *fds; /* malloc'ed */
	size_t fd_count;
	uint64_t areas[CTN_GUARD_AREAS]; /* mappings of the kind that CRIU makes, but its own */
	size_t area_count;
};

/* All that are in a cgroup. */
struct ctn_guard_all {
	int cgroup; /* directory */
	int is_v1;  /* of v1's freezer, which does not stop who is frozen for a tracer */
	struct ctn_guard_thread *threads;
	struct ctn_guard_process *processes;
	size_t thread_count, process_count;
	pid_t lost[CTN_GUARD_LOST]; /* processes that went with CRIU */
	size_t lost_count;
	int saved; /* result of the thread that saves */
};

/* guard-all.c */
int ctn_guard_set_frozen(const struct ctn_guard_all *all, int frozen);
int ctn_guard_save_all(struct ctn_guard_all *all);
/* How many threads `criu` traces, which are marked. */
size_t ctn_guard_find_held(struct ctn_guard_all *all, pid_t criu);
/* Number of threads that were put back, with their cgroup frozen; or the first error, after all else was done. */
int ctn_guard_put_back(struct ctn_guard_all *all, pid_t criu);
void ctn_guard_forget(struct ctn_guard_all *all);
/* Whether a thread that stands at a system call is about to change the state of the freezer. */
int ctn_guard_is_freezing(const struct ctn_guard_all *all, pid_t tid);

/*
 * guard-threads.c; for one thread that calls them all, as only who has seized a thread of others may go on. One that
 * was seized comes to a stop before it runs a step of its own, at once or, with v1's freezer, when it is thawed; then it
 * is held, and stands still whatever its cgroup does.
 */
int ctn_guard_seize(pid_t tid);
int ctn_guard_stop(pid_t tid);
int ctn_guard_let_go(pid_t tid);
int ctn_guard_save(struct ctn_guard_thread *held);
int ctn_guard_restore(const struct ctn_guard_thread *held);
/* Has a held thread call the kernel. Its registers are of no more use then, and it needs restoring. */
int ctn_guard_call(const struct ctn_guard_thread *held, uint64_t instruction, long number, uint64_t first, uint64_t second);
/* Takes a SIGTRAP from a held thread that CRIU's death has left it. */
int ctn_guard_swallow(const struct ctn_guard_thread *held);
/* The descriptor to which a held thread is about to write; -1: it is another call, or is over. */
int ctn_guard_written(pid_t tid);
/* Signals that wait for it alone. */
uint64_t ctn_guard_pending(pid_t tid);
/* Pid of who traces it, or 0. */
pid_t ctn_guard_tracer(pid_t tid);

/* guard-memory.c */
int ctn_guard_memory(pid_t pid, int is_write, uint64_t at, void *bytes, size_t size);
int ctn_guard_save_process(struct ctn_guard_process *process);
/* Whether there is code of CRIU's in it. */
int ctn_guard_is_touched(const struct ctn_guard_process *process);
/* Takes out what CRIU has put in, by way of a held thread of it; the others must not run. */
int ctn_guard_clean(const struct ctn_guard_process *process, const struct ctn_guard_thread *held);

#endif
