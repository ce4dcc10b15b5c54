/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guard for processes that are being dumped. CRIU runs code of its own in them, and if it is killed just
 * then, they go on in the middle of it, and into a breakpoint.
 *
 * The guard traces CRIU itself. The kernel stops a traced process once more when it is about to end
 * (PTRACE_EVENT_EXIT), before it lets go of those that it traces. In that moment the guard freezes their cgroup, so that
 * none of them takes a step, lets CRIU go, and puts back what the threads were about to do before CRIU came.
 *
 * A pre-dump CRIU makes in a child, and tells us nothing of: so it is followed from its start, call by call, up to that
 * by which it freezes the cgroup. Should we be killed, it is let go, and goes on.
 *
 * One thread does all that, as only who attached may go on. It lives as long as CRIU.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "guard.h"
#include "sys.h"

enum { STACK = 65536 };

struct guard {
	pid_t first;  /* CRIU, as it was started */
	pid_t criu;   /* who dumps: a pre-dump is made by a child */
	pid_t writer; /* who is about to freeze the cgroup */
	int in_child; /* a pre-dump: CRIU makes it in a child */
	int is_later; /* CRIU freezes it itself, and nothing is saved yet */
	int report;   /* write end of the pipe whose other end is the result of the op */
	struct ctn_guard_all all;
};

/* Of who begins, who waits for the thread to have got so far. */
struct beginning {
	struct guard *guard;
	sem_t begun;
	int err;
};

static void free_guard(struct guard *guard)
{
	if (!guard)
		return;
	ctn_guard_forget(&guard->all);
	ctn_auto_close(&guard->all.cgroup);
	ctn_auto_close(&guard->report);
	free(guard);
}

static void free_guard_of(struct guard **guard)
{
	free_guard(*guard);
}

/* CRIU is about to end. It is let go in here. */
static int rescue(struct guard *guard)
{
	size_t held = ctn_guard_find_held(&guard->all, guard->criu);
	int err = held ? ctn_guard_set_frozen(&guard->all, 1) : 0;

	ptrace(PTRACE_DETACH, guard->criu, 0, 0);
	return err < 0 ? err : held ? ctn_guard_put_back(&guard->all, guard->criu) : 0;
}

/* It has ended without a stop: it was dying already when it was seized, and had nobody yet; or was killed twice. */
static int look_after(const struct guard *guard)
{
	for (size_t i = 0; i < guard->all.process_count; i++)
		if (ctn_guard_is_touched(&guard->all.processes[i]))
			return -ECHILD;
	return 0;
}

/* A child of CRIU's, before its first step. Its own children are not for us: CRIU traces some itself. */
static void adopt(struct guard *guard, pid_t pid)
{
	guard->criu = pid;
	ptrace(PTRACE_SETOPTIONS, pid, 0, (void *)(uintptr_t)(PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD));
}

/*
 * A system call begins, or is over. The one that freezes the cgroup is the moment to save: nobody in it takes a step any
 * more, and CRIU has none of them yet.
 */
static void look_at_call(struct guard *guard, pid_t pid)
{
	if (guard->writer != pid) {
		guard->writer = ctn_guard_is_freezing(&guard->all, pid) ? pid : guard->writer;
		return;
	}
	guard->is_later = 0;
	if (ctn_guard_set_frozen(&guard->all, 1) < 0 || ctn_guard_save_all(&guard->all) < 0)
		ctn_guard_forget(&guard->all); /* It goes on without */
}

/* Lets go on who has stopped for us. */
static void resume(struct guard *guard, pid_t pid, int event, int signal)
{
	int is_call = signal == (SIGTRAP | 0x80);

	if (event == PTRACE_EVENT_STOP && signal == SIGTRAP && pid != guard->first && pid != guard->criu)
		adopt(guard, pid);
	if (is_call && guard->is_later)
		look_at_call(guard, pid);
	if (event == PTRACE_EVENT_EXIT)
		ptrace(PTRACE_DETACH, pid, 0, 0);
	else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
		ptrace(PTRACE_LISTEN, pid, 0, 0); /* Somebody stopped it */
	else
		ptrace(guard->is_later ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, (void *)(uintptr_t)(event || is_call ? 0 : signal));
}

/*
 * Passes on what CRIU gets, until it ends. The number of threads that were put back, or an error. One that could not be brought
 * to a stop is let go by our end, as is a CRIU that still waits for its child.
 */
static int follow(struct guard *guard)
{
	for (;;) {
		siginfo_t info = {0};
		int event;

		if (waitid(P_ALL, 0, &info, WSTOPPED | __WALL | __WNOTHREAD) < 0) {
			if (errno == EINTR)
				continue;
			return errno != ECHILD ? -errno : look_after(guard);
		}
		event = info.si_status >> 8;
		if (event != PTRACE_EVENT_EXIT || info.si_pid != guard->criu)
			resume(guard, info.si_pid, event, info.si_status & 0xff);
		else if (guard->criu != guard->first && (guard->is_later || !ctn_guard_find_held(&guard->all, guard->criu)))
			ptrace(PTRACE_DETACH, guard->criu, 0, 0); /* A child for something else, or one that is done */
		else
			return rescue(guard);
	}
}

static void *live(void *data)
{
	struct beginning *beginning = data;
	struct guard *guard = beginning->guard;
	uintptr_t options = PTRACE_O_TRACEEXIT | (guard->in_child ? PTRACE_O_TRACEFORK | PTRACE_O_TRACESYSGOOD : 0);
	int err = ptrace(PTRACE_SEIZE, guard->first, 0, (void *)options) < 0 ? -errno : 0;
	char text[256];
	int size;

	setpriority(PRIO_PROCESS, 0, -20); /* CRIU waits for this thread at every signal it gets */
	beginning->err = err;
	sem_post(&beginning->begun); /* It is gone from here on; with an error, the guard, too */
	if (err < 0)
		return NULL;
	size = snprintf(text, sizeof text, "%d", follow(guard));
	for (size_t i = 0; i < guard->all.lost_count; i++)
		size += snprintf(text + size, sizeof text - size, " %d", guard->all.lost[i]);
	if (write(guard->report, text, size) < 0) {
		/* Nobody wants to know any more */
	}
	free_guard(guard);
	return NULL;
}

static int begin(struct guard *guard)
{
	struct beginning beginning = {.guard = guard};
	pthread_attr_t attributes;
	pthread_t thread;
	int err;

	sem_init(&beginning.begun, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK);
	err = ctn_thread(&thread, &attributes, live, &beginning);
	pthread_attr_destroy(&attributes);
	if (err == 0) {
		while (sem_wait(&beginning.begun) < 0)
			;
		err = beginning.err;
	}
	sem_destroy(&beginning.begun);
	return err;
}

int ctn_host_guard(const struct ctn_list *list, const struct ctn_host_guard *op, struct ctn_result *result)
{
	__attribute__((cleanup(free_guard_of))) struct guard *guard = calloc(1, sizeof *guard);
	auto_fd told = -1;
	int ends[2], err;

	(void)result;
	if (!guard)
		return -ENOMEM;
	guard->first = guard->criu = op->criu;
	guard->in_child = (int)op->in_child;
	guard->is_later = (int)op->is_later;
	guard->report = -1;
	guard->all.is_v1 = (int)op->is_v1;
	guard->all.cgroup = open(ctn_list_string(list, op->cgroup), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (guard->all.cgroup < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	told = ends[0];
	guard->report = ends[1];
	err = guard->is_later ? 0 : ctn_guard_save_all(&guard->all);
	if (err >= 0)
		err = begin(guard);
	if (err < 0)
		return err;
	guard = NULL; /* The thread's */
	return take_fd(&told);
}
