/* SPDX-License-Identifier: Apache-2.0 */
#include "pager.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

pthread_mutex_t fill_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;

enum { MOST_THREADS = 4, PAUSE_US = 100, MEMORY_TRIES = 50000 };

long fill_part(const struct task *task, uint64_t start, const void *bytes, uint64_t length)
{
	uint64_t done = 0, most = length;
	bool was_absent = false;

	while (done < length) {
		uint64_t part = length - done < most ? length - done : most;
		long copied = uffd_copy(task->uffd, start + done, (const char *)bytes + done, part);

		if (copied > 0) {
			done += copied;
			atomic_fetch_add(&journal->pages, copied / page_size);
			was_absent = false;
		} else if (copied == -EEXIST) {
			done += page_size;
		} else if (copied == -ENOENT && part > page_size) {
			most = part / 2 / page_size * page_size; /* It is in two mappings by now, maybe */
		} else if (copied == -ENOENT && !was_absent) {
			was_absent = true; /* If it is just being moved away, the next try says EAGAIN */
		} else if (copied == -ENOENT) {
			done += page_size;
			was_absent = false;
		} else if (copied == -EAGAIN) {
			break; /* An event is there to be read first */
		} else {
			return copied;
		}
	}
	return done;
}

/* Takes the next chunk of a task that is in the images; 0: there is none. The task's lock is held. */
static uint64_t take(struct task *task, struct ctn_range *chunk)
{
	const struct ctn_range *range;

	pthread_mutex_lock(&fill_mutex);
	while ((range = ctn_ranges_at(&task->ranges, task->cursor)) && range->offset == CTN_REMOTE)
		task->cursor = range->end;
	if (range) {
		uint64_t start = task->cursor > range->start ? task->cursor : range->start;
		uint64_t end = range->end - start < FILL_CHUNK ? range->end : start + FILL_CHUNK;

		*chunk = ctn_range_part(range, start, end);
		task->cursor = end;
	} else {
		task->cursor = UINT64_MAX; /* Until it is lowered again */
	}
	pthread_mutex_unlock(&fill_mutex);
	return range ? chunk->end - chunk->start : 0;
}

static void give_back(struct task *task, uint64_t address)
{
	pthread_mutex_lock(&fill_mutex);
	if (task->cursor > address)
		task->cursor = address;
	pthread_mutex_unlock(&fill_mutex);
	usleep(PAUSE_US);
}

void fill_forsake(struct task *task)
{
	pthread_mutex_lock(&fill_mutex);
	task->is_gone = true;
	pthread_mutex_unlock(&fill_mutex);
}

/* One chunk, if there is one. */
static void fill(struct task *task, void *buffer)
{
	static _Atomic int without_memory;
	struct ctn_range chunk = {0};
	uint64_t length;
	long done = 0;

	pthread_rwlock_rdlock(&task->lock);
	length = take(task, &chunk);
	if (length) {
		int error = task_read(task, chunk.offset, buffer, length);

		if (error)
			give_up("the images cannot be read", -error);
		done = fill_part(task, chunk.start, buffer, length);
	}
	pthread_rwlock_unlock(&task->lock);
	if (done == -ESRCH) {
		fill_forsake(task);
		return;
	}
	if (done < 0 && (done != -ENOMEM || atomic_fetch_add(&without_memory, 1) == MEMORY_TRIES))
		give_up("memory cannot be brought back", -done);
	if (done >= 0)
		atomic_store(&without_memory, 0);
	if (done < (long)length)
		give_back(task, chunk.start + (done > 0 ? done : 0));
}

/* A task with something to do, the next one in turn. fill's mutex is held. */
static struct task *choose(void)
{
	static unsigned turn;
	unsigned count = 0, skip;
	struct task *task;

	for (task = tasks; task; task = task->next)
		count += !task->is_gone && task->cursor != UINT64_MAX;
	if (!count)
		return NULL;
	skip = turn++ % count;
	for (task = tasks; task; task = task->next)
		if (!task->is_gone && task->cursor != UINT64_MAX && skip-- == 0)
			return task;
	return NULL;
}

static void *work(void *unused)
{
	void *buffer = aligned_alloc(page_size, FILL_CHUNK);

	(void)unused;
	if (!buffer)
		give_up("no memory for a buffer", ENOMEM);
	pthread_mutex_lock(&fill_mutex);
	for (;;) {
		struct task *task = choose();

		if (!task) {
			eventfd_write(FD_NEWS, 1); /* Maybe it was the last one */
			pthread_cond_wait(&more, &fill_mutex);
			continue;
		}
		task->busy++;
		pthread_mutex_unlock(&fill_mutex);
		fill(task, buffer);
		pthread_mutex_lock(&fill_mutex);
		task->busy--;
	}
	return NULL;
}

void fill_start(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread;

	for (long i = 0; i < processors && i < MOST_THREADS; i++)
		if (pthread_create(&thread, NULL, work, NULL))
			give_up("no thread can be started", EAGAIN);
}

void fill_wake(void)
{
	pthread_mutex_lock(&fill_mutex);
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&fill_mutex);
}

bool fill_is_complete(struct task *task)
{
	pthread_mutex_lock(&fill_mutex);
	bool is_complete = !task->busy && (task->is_gone || task->cursor == UINT64_MAX);
	pthread_mutex_unlock(&fill_mutex);
	return is_complete;
}
