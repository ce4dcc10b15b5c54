/* SPDX-License-Identifier: Apache-2.0 */
/* All processes of a cgroup: what they are about to do is saved while they are frozen, and put back when CRIU has died. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../auto.h"
#include "guard.h"
#include "sys.h"

enum { TRIES = 5000, DEPTH = 64 };

static void pause_ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static const char *freezer_of(const struct ctn_guard_all *all)
{
	return all->is_v1 ? "freezer.state" : "cgroup.freeze";
}

static int is_frozen(const struct ctn_guard_all *all)
{
	auto_fd fd = openat(all->cgroup, all->is_v1 ? "freezer.state" : "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256] = {0};

	return fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strstr(text, all->is_v1 ? "FROZEN" : "frozen 1") != NULL;
}

int ctn_guard_set_frozen(const struct ctn_guard_all *all, int frozen)
{
	const char *word = all->is_v1 ? (frozen ? "FROZEN" : "THAWED") : (frozen ? "1" : "0");
	auto_fd fd = openat(all->cgroup, freezer_of(all), O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		return -errno;
	for (int i = 0; frozen && !is_frozen(all); i++) {
		if (i == TRIES)
			return -EBUSY;
		pause_ms();
	}
	return 0;
}

/* Marks those that CRIU has not let go of. Only they cannot have run since. */
size_t ctn_guard_find_held(struct ctn_guard_all *all, pid_t criu)
{
	size_t held = 0;

	for (size_t i = 0; i < all->thread_count; i++) {
		all->threads[i].is_held = ctn_guard_tracer(all->threads[i].tid) == criu;
		held += all->threads[i].is_held;
	}
	return held;
}

static void note_lost(struct ctn_guard_all *all, pid_t pid)
{
	for (size_t i = 0; i < all->lost_count; i++)
		if (all->lost[i] == pid)
			return;
	if (all->lost_count < CTN_GUARD_LOST)
		all->lost[all->lost_count++] = pid;
}

/* Seizes all of them in place of CRIU, and thaws them to come to their stop. Those that have died meanwhile are not held any more. */
static int hold_all(struct ctn_guard_all *all, pid_t criu)
{
	int first = 0;

	for (size_t i = 0; i < all->thread_count; i++) {
		struct ctn_guard_thread *thread = &all->threads[i];

		for (int tries = 0; thread->is_held && tries < TRIES && ctn_guard_tracer(thread->tid) == criu; tries++)
			pause_ms(); /* CRIU is still ending */
		if (thread->is_held)
			thread->err = ctn_guard_seize(thread->tid);
	}
	first = ctn_guard_set_frozen(all, 0); /* Nobody runs who is seized, but for what clean_all() has it do */
	for (size_t i = 0; i < all->thread_count; i++) {
		struct ctn_guard_thread *thread = &all->threads[i];
		int err;

		if (!thread->is_held)
			continue;
		err = thread->err < 0 ? thread->err : ctn_guard_stop(thread->tid);
		thread->is_held = err >= 0;
		/* One that stood at CRIU's breakpoint, of which CRIU had not heard yet, dies of it. Only an init does not. */
		if (err == -ESRCH || err == -ECHILD || err == -EPERM)
			note_lost(all, thread->pid);
		else if (err < 0 && !first)
			first = err;
	}
	return first;
}

/* Takes CRIU's things out of every process, by way of its first thread. */
static int clean_all(struct ctn_guard_all *all)
{
	int first = 0;

	for (size_t i = 0; i < all->process_count; i++) {
		const struct ctn_guard_thread *thread = all->threads, *end = thread + all->thread_count;
		int err;

		while (thread < end && !(thread->is_held && thread->pid == all->processes[i].pid))
			thread++;
		err = thread < end ? ctn_guard_clean(&all->processes[i], thread) : 0;
		first = first ? first : err;
	}
	return first;
}

/* Number of threads that were put back, with their cgroup frozen; or the first error, after all else was done. */
int ctn_guard_put_back(struct ctn_guard_all *all, pid_t criu)
{
	int first = hold_all(all, criu), count = 0, err = clean_all(all);

	first = first < 0 ? first : err;
	for (size_t i = 0; i < all->thread_count; i++) {
		if (!all->threads[i].is_held)
			continue;
		err = ctn_guard_swallow(&all->threads[i]);
		if (err >= 0)
			err = ctn_guard_restore(&all->threads[i]);
		first = first < 0 ? first : err;
		count += err >= 0;
	}
	err = ctn_guard_set_frozen(all, 1);
	for (size_t i = 0; i < all->thread_count; i++)
		if (all->threads[i].is_held)
			ctn_guard_let_go(all->threads[i].tid);
	first = first < 0 ? first : err;
	return first < 0 ? first : count;
}

static int seize_thread(struct ctn_guard_all *all, pid_t pid, pid_t tid)
{
	struct ctn_guard_thread *threads = realloc(all->threads, (all->thread_count + 1) * sizeof *threads);
	int err;

	if (!threads)
		return -ENOMEM;
	all->threads = threads;
	err = ctn_guard_seize(tid);
	if (err == -ESRCH || err == -EPERM)
		return 0; /* It has ended: a zombie cannot be traced */
	if (err >= 0)
		threads[all->thread_count++] = (struct ctn_guard_thread){.pid = pid, .tid = tid};
	return err;
}

static int save_process(struct ctn_guard_all *all, pid_t pid)
{
	struct ctn_guard_process *more = realloc(all->processes, (all->process_count + 1) * sizeof *more), *process;
	char path[64];
	struct dirent *entry;
	DIR *tasks;
	int err;

	if (!more)
		return -ENOMEM;
	all->processes = more;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		return errno == ENOENT ? 0 : -errno;
	process = &more[all->process_count++];
	*process = (struct ctn_guard_process){.pid = pid};
	err = ctn_guard_save_process(process);
	while (err >= 0 && (entry = readdir(tasks)))
		if (*entry->d_name != '.')
			err = seize_thread(all, pid, atoi(entry->d_name));
	closedir(tasks);
	return err;
}

static int save_listed(struct ctn_guard_all *all, int directory)
{
	int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC), pid, err = 0;
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");

	if (!list)
		return -errno;
	while (err >= 0 && fscanf(list, "%d", &pid) == 1)
		err = save_process(all, pid);
	fclose(list);
	return err;
}

/* Those in a cgroup, and in cgroups that the container has made below it. */
static int save_tree(struct ctn_guard_all *all, int directory, int depth)
{
	int err = save_listed(all, directory);
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!names)
		return -errno;
	while (err >= 0 && (entry = readdir(names))) {
		auto_fd below = entry->d_type == DT_DIR && *entry->d_name != '.' ? openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

		if (below >= 0)
			err = depth ? save_tree(all, below, depth - 1) : -ELOOP;
	}
	closedir(names);
	return err;
}

static int save_all(struct ctn_guard_all *all)
{
	int err = save_tree(all, all->cgroup, DEPTH), after = 0;

	if (all->is_v1)
		after = ctn_guard_set_frozen(all, 0);
	for (size_t i = 0; i < all->thread_count; i++) {
		struct ctn_guard_thread *thread = &all->threads[i];
		int stopped = ctn_guard_stop(thread->tid);

		if (err >= 0 && stopped >= 0)
			err = ctn_guard_save(thread);
		else if (stopped < 0 && stopped != -ESRCH && stopped != -ECHILD)
			err = err < 0 ? err : stopped;
		if (err == -EBUSY)
			break;
	}
	if (all->is_v1 && after >= 0)
		after = ctn_guard_set_frozen(all, 1);
	for (size_t i = 0; i < all->thread_count; i++)
		ctn_guard_let_go(all->threads[i].tid);
	return err < 0 ? err : after;
}

static void *save_apart(void *data)
{
	struct ctn_guard_all *all = data;

	all->saved = save_all(all);
	return NULL;
}

/*
 * All of them are frozen, before and after it; on v1 not meanwhile, as they are held. In a thread of its own: one that
 * does not stop can be let go by the end of its tracer only.
 */
int ctn_guard_save_all(struct ctn_guard_all *all)
{
	pthread_t thread;
	int err = ctn_thread(&thread, NULL, save_apart, all);

	if (err < 0)
		return err;
	pthread_join(thread, NULL);
	return all->saved;
}

void ctn_guard_forget(struct ctn_guard_all *all)
{
	for (size_t i = 0; i < all->thread_count; i++)
		free(all->threads[i].state);
	for (size_t i = 0; i < all->process_count; i++)
		free(all->processes[i].fds);
	free(all->threads);
	free(all->processes);
	all->threads = NULL;
	all->processes = NULL;
	all->thread_count = all->process_count = 0;
}

/* Whether it is the freezer's file that a thread is about to write to. */
int ctn_guard_is_freezing(const struct ctn_guard_all *all, pid_t tid)
{
	int fd = ctn_guard_written(tid);
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%d", tid, fd);
	return fd >= 0 && stat(path, &theirs) == 0 && fstatat(all->cgroup, freezer_of(all), &ours, 0) == 0 &&
	       ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}
