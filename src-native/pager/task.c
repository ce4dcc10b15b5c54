/* SPDX-License-Identifier: Apache-2.0 */
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../auto.h"
#include "pagemap.h"

struct task *tasks;

static struct task *task_new(int pid, int uffd)
{
	struct task *task = calloc(1, sizeof *task);
	pthread_rwlockattr_t attributes;

	if (!task)
		give_up("no memory for the task of a process", ENOMEM);
	task->pid = pid;
	task->uffd = uffd;
	task->pages = -1;
	pthread_rwlockattr_init(&attributes);
	/* Events come first: a process waits for each, and for its faults behind them */
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&task->lock, &attributes);
	return task;
}

static struct task *task_link(struct task *task)
{
	pthread_mutex_lock(&fill_mutex);
	task->next = tasks;
	tasks = task;
	pthread_mutex_unlock(&fill_mutex);
	return task;
}

static void *read_image(const char *name, size_t *size)
{
	auto_fd file = openat(FD_IMAGES, name, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *bytes;

	if (file < 0 || fstat(file, &stat) < 0)
		give_up(name, errno);
	bytes = malloc(stat.st_size + 1);
	if (!bytes)
		give_up(name, ENOMEM);
	for (*size = 0; *size < (size_t)stat.st_size;) {
		ssize_t length = read(file, bytes + *size, stat.st_size - *size);

		if (length <= 0)
			give_up(name, length ? errno : ENODATA);
		*size += length;
	}
	return bytes;
}

struct task *task_open(int pid, int uffd)
{
	struct task *task = task_new(pid, uffd);
	auto_free void *bytes = NULL;
	char name[64];
	uint32_t pages;
	size_t size;
	int error;

	snprintf(name, sizeof name, "pagemap-%d.img", pid);
	bytes = read_image(name, &size);
	error = ctn_pagemap_read(bytes, size, page_size, &task->ranges, &pages);
	if (error)
		give_up(name, -error);
	snprintf(name, sizeof name, "pages-%u.img", pages);
	task->pages = openat(FD_IMAGES, name, O_RDONLY | O_CLOEXEC);
	if (task->pages < 0 && (errno != ENOENT || !settings.is_remote))
		give_up(name, errno);
	return task_link(task);
}

struct task *task_of(int uffd)
{
	struct task *task = tasks;

	while (task && task->uffd != uffd)
		task = task->next;
	return task;
}

void task_close(struct task *task)
{
	struct task **link = &tasks;

	pthread_mutex_lock(&fill_mutex);
	while (*link != task)
		link = &(*link)->next;
	*link = task->next;
	pthread_mutex_unlock(&fill_mutex);
	close(task->uffd);
	pthread_rwlock_destroy(&task->lock);
	ctn_ranges_free(&task->ranges);
	free(task); /* The image stays open: children have it, too */
}

static void task_fork(const struct task *parent, int uffd)
{
	struct task *task = task_new(parent->pid, uffd);

	task->pages = parent->pages;
	if (ctn_ranges_copy(&task->ranges, &parent->ranges))
		give_up("no memory for the task of a process", ENOMEM);
	remote_forked(parent, task);
	task_link(task);
}

bool task_follow(struct task *task, const struct uffd_msg *message)
{
	int changed = 0;

	switch (message->event) {
	case UFFD_EVENT_FORK:
		task_fork(task, message->arg.fork.ufd);
		return true;
	case UFFD_EVENT_REMOVE:
	case UFFD_EVENT_UNMAP:
		changed = ctn_ranges_remove(&task->ranges, message->arg.remove.start, message->arg.remove.end);
		break;
	case UFFD_EVENT_REMAP:
		changed = ctn_ranges_move(&task->ranges, message->arg.remap.from, message->arg.remap.to, message->arg.remap.len);
		if (changed > 0) {
			if (task->remote_cursor > message->arg.remap.to)
				task->remote_cursor = message->arg.remap.to;
			pthread_mutex_lock(&fill_mutex);
			if (task->cursor > message->arg.remap.to)
				task->cursor = message->arg.remap.to; /* Some of it may not have been brought back yet */
			pthread_mutex_unlock(&fill_mutex);
		}
	}
	if (changed < 0)
		give_up("no memory to follow a process", -changed);
	return changed;
}

int task_read(const struct task *task, uint64_t offset, void *bytes, uint64_t length)
{
	for (uint64_t done = 0; done < length;) {
		ssize_t part = pread(task->pages, (char *)bytes + done, length - done, offset + done);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return part ? -errno : -ENODATA;
		done += part;
	}
	return 0;
}
