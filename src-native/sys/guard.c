/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guard for processes that are being dumped. CRIU runs code of its own in them, and if it is killed just
 * then, they go on in the middle of it, and into a breakpoint.
 *
 * The guard traces CRIU itself. The kernel stops a traced process once more when it is about to end
 * (PTRACE_EVENT_EXIT), before it lets go of those that it traces. In that moment the guard freezes their cgroup, so that
 * none of them takes a step, lets CRIU go, and puts back what the threads were about to do before CRIU came.
 *
 * One thread does all that, as only who attached may go on. It lives as long as CRIU.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "guard.h"
#include "sys.h"

enum { STACK = 65536, TRIES = 5000, LOST = 16 };

struct guard {
	pid_t criu;
	int cgroup;  /* directory */
	int is_v1;   /* of v1's freezer, which does not stop who is frozen for a tracer */
	int report;  /* write end of the pipe whose other end is the result of the op */
	struct ctn_guard_thread *threads;
	struct ctn_guard_process *processes;
	size_t thread_count, process_count;
	pid_t lost[LOST]; /* processes that went with CRIU */
	size_t lost_count;
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
	ctn_auto_close(&guard->cgroup);
	ctn_auto_close(&guard->report);
	for (size_t i = 0; i < guard->thread_count; i++)
		free(guard->threads[i].state);
	for (size_t i = 0; i < guard->process_count; i++)
		free(guard->processes[i].fds);
	free(guard->threads);
	free(guard->processes);
	free(guard);
}

static void free_guard_of(struct guard **guard)
{
	free_guard(*guard);
}

static void pause_ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static int is_frozen(const struct guard *guard)
{
	auto_fd fd = openat(guard->cgroup, guard->is_v1 ? "freezer.state" : "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256] = {0};

	return fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strstr(text, guard->is_v1 ? "FROZEN" : "frozen 1") != NULL;
}

static int set_frozen(const struct guard *guard, int frozen)
{
	const char *word = guard->is_v1 ? (frozen ? "FROZEN" : "THAWED") : (frozen ? "1" : "0");
	auto_fd fd = openat(guard->cgroup, guard->is_v1 ? "freezer.state" : "cgroup.freeze", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		return -errno;
	for (int i = 0; frozen && !is_frozen(guard); i++) {
		if (i == TRIES)
			return -EBUSY;
		pause_ms();
	}
	return 0;
}

/* Marks those that CRIU has not let go of. Only they cannot have run since. */
static size_t find_held(struct guard *guard)
{
	size_t held = 0;

	for (size_t i = 0; i < guard->thread_count; i++) {
		guard->threads[i].is_held = ctn_guard_tracer(guard->threads[i].tid) == guard->criu;
		held += guard->threads[i].is_held;
	}
	return held;
}

static void note_lost(struct guard *guard, pid_t pid)
{
	for (size_t i = 0; i < guard->lost_count; i++)
		if (guard->lost[i] == pid)
			return;
	if (guard->lost_count < LOST)
		guard->lost[guard->lost_count++] = pid;
}

/* Seizes all of them in place of CRIU, and thaws them to come to their stop. Those that have died meanwhile are not held any more. */
static int hold_all(struct guard *guard)
{
	int first = 0;

	for (size_t i = 0; i < guard->thread_count; i++) {
		struct ctn_guard_thread *thread = &guard->threads[i];

		for (int tries = 0; thread->is_held && tries < TRIES && ctn_guard_tracer(thread->tid) == guard->criu; tries++)
			pause_ms(); /* CRIU is still ending */
		if (thread->is_held)
			thread->err = ctn_guard_seize(thread->tid);
	}
	first = set_frozen(guard, 0); /* Nobody runs who is seized, but for what clean_all() has it do */
	for (size_t i = 0; i < guard->thread_count; i++) {
		struct ctn_guard_thread *thread = &guard->threads[i];
		int err;

		if (!thread->is_held)
			continue;
		err = thread->err < 0 ? thread->err : ctn_guard_stop(thread->tid);
		thread->is_held = err >= 0;
		/* One that stood at CRIU's breakpoint, of which CRIU had not heard yet, dies of it. Only an init does not. */
		if (err == -ESRCH || err == -ECHILD || err == -EPERM)
			note_lost(guard, thread->pid);
		else if (err < 0 && !first)
			first = err;
	}
	return first;
}

/* Takes CRIU's things out of every process, by way of its first thread. */
static int clean_all(struct guard *guard)
{
	int first = 0;

	for (size_t i = 0; i < guard->process_count; i++) {
		const struct ctn_guard_thread *thread = guard->threads, *end = thread + guard->thread_count;
		int err;

		while (thread < end && !(thread->is_held && thread->pid == guard->processes[i].pid))
			thread++;
		err = thread < end ? ctn_guard_clean(&guard->processes[i], thread) : 0;
		first = first ? first : err;
	}
	return first;
}

/* Number of threads that were put back, with their cgroup frozen; or the first error, after all else was done. */
static int put_back(struct guard *guard)
{
	int first = hold_all(guard), count = 0, err = clean_all(guard);

	first = first < 0 ? first : err;
	for (size_t i = 0; i < guard->thread_count; i++) {
		if (!guard->threads[i].is_held)
			continue;
		err = ctn_guard_swallow(&guard->threads[i]);
		if (err >= 0)
			err = ctn_guard_restore(&guard->threads[i]);
		first = first < 0 ? first : err;
		count += err >= 0;
	}
	err = set_frozen(guard, 1);
	for (size_t i = 0; i < guard->thread_count; i++)
		if (guard->threads[i].is_held)
			ctn_guard_let_go(guard->threads[i].tid);
	first = first < 0 ? first : err;
	return first < 0 ? first : count;
}

/* CRIU is about to end. It is let go in here. */
static int rescue(struct guard *guard)
{
	size_t held = find_held(guard);
	int err = held ? set_frozen(guard, 1) : 0;

	ptrace(PTRACE_DETACH, guard->criu, 0, 0);
	return err < 0 ? err : held ? put_back(guard) : 0;
}

/* It has ended without a stop: it was dying already when it was seized, and had nobody yet; or was killed twice. */
static int look_after(const struct guard *guard)
{
	for (size_t i = 0; i < guard->process_count; i++)
		if (ctn_guard_is_touched(&guard->processes[i]))
			return -ECHILD;
	return 0;
}

/* Passes on what CRIU gets, until it ends. The number of threads that were put back, or an error. */
static int follow(struct guard *guard)
{
	for (;;) {
		siginfo_t info = {0};
		int event, signal;

		if (waitid(P_PID, guard->criu, &info, WSTOPPED | __WALL | __WNOTHREAD) < 0) {
			if (errno == EINTR)
				continue;
			return errno == ECHILD ? look_after(guard) : -errno;
		}
		event = info.si_status >> 8;
		signal = info.si_status & 0xff;
		if (event == PTRACE_EVENT_EXIT)
			return rescue(guard);
		if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
			ptrace(PTRACE_LISTEN, guard->criu, 0, 0); /* Somebody stopped it */
		else
			ptrace(PTRACE_CONT, guard->criu, 0, (void *)(uintptr_t)(event ? 0 : signal));
	}
}

static void *live(void *data)
{
	struct beginning *beginning = data;
	struct guard *guard = beginning->guard;
	int err = ptrace(PTRACE_SEIZE, guard->criu, 0, PTRACE_O_TRACEEXIT) < 0 ? -errno : 0;
	char text[256];
	int size;

	setpriority(PRIO_PROCESS, 0, -20); /* CRIU waits for this thread at every signal it gets */
	beginning->err = err;
	sem_post(&beginning->begun); /* It is gone from here on; with an error, the guard, too */
	if (err < 0)
		return NULL;
	size = snprintf(text, sizeof text, "%d", follow(guard));
	for (size_t i = 0; i < guard->lost_count; i++)
		size += snprintf(text + size, sizeof text - size, " %d", guard->lost[i]);
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

static int seize_thread(struct guard *guard, pid_t pid, pid_t tid)
{
	struct ctn_guard_thread *threads = realloc(guard->threads, (guard->thread_count + 1) * sizeof *threads);
	int err;

	if (!threads)
		return -ENOMEM;
	guard->threads = threads;
	err = ctn_guard_seize(tid);
	if (err == -ESRCH || err == -EPERM)
		return 0; /* It has ended: a zombie cannot be traced */
	if (err >= 0)
		threads[guard->thread_count++] = (struct ctn_guard_thread){.pid = pid, .tid = tid};
	return err;
}

static int save_process(struct guard *guard, pid_t pid)
{
	struct ctn_guard_process *process = &guard->processes[guard->process_count];
	char path[64];
	struct dirent *entry;
	DIR *tasks;
	int err;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		return errno == ENOENT ? 0 : -errno;
	process->pid = pid;
	guard->process_count++;
	err = ctn_guard_save_process(process);
	while (err >= 0 && (entry = readdir(tasks)))
		if (*entry->d_name != '.')
			err = seize_thread(guard, pid, atoi(entry->d_name));
	closedir(tasks);
	return err;
}

/* All of them are frozen, before and after it; on v1 not meanwhile, as they are held. */
static int save(struct guard *guard, const pid_t *pids, size_t count)
{
	int err = 0, after = 0;

	guard->processes = calloc(count + 1, sizeof *guard->processes);
	if (!guard->processes)
		return -ENOMEM;
	for (size_t i = 0; i < count && err >= 0; i++)
		err = save_process(guard, pids[i]);
	if (guard->is_v1)
		after = set_frozen(guard, 0);
	for (size_t i = 0; i < guard->thread_count; i++) {
		struct ctn_guard_thread *thread = &guard->threads[i];
		int stopped = ctn_guard_stop(thread->tid);

		if (err >= 0 && stopped >= 0)
			err = ctn_guard_save(thread);
		else if (stopped < 0 && stopped != -ESRCH && stopped != -ECHILD)
			err = err < 0 ? err : stopped;
	}
	if (guard->is_v1 && after >= 0)
		after = set_frozen(guard, 1);
	for (size_t i = 0; i < guard->thread_count; i++)
		ctn_guard_let_go(guard->threads[i].tid);
	return err < 0 ? err : after;
}

int ctn_host_guard(const struct ctn_list *list, const struct ctn_host_guard *op, struct ctn_result *result)
{
	__attribute__((cleanup(free_guard_of))) struct guard *guard = calloc(1, sizeof *guard);
	const pid_t *pids;
	uint32_t size;
	auto_fd told = -1;
	int ends[2], err;

	(void)result;
	if (!guard)
		return -ENOMEM;
	guard->criu = op->criu;
	guard->report = -1;
	guard->is_v1 = (int)op->is_v1;
	guard->cgroup = open(ctn_list_string(list, op->cgroup), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (guard->cgroup < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	told = ends[0];
	guard->report = ends[1];
	pids = ctn_list_blob(list, op->pids, &size);
	err = save(guard, pids, size / sizeof *pids);
	if (err >= 0)
		err = begin(guard);
	if (err < 0)
		return err;
	guard = NULL; /* The thread's */
	return take_fd(&told);
}
