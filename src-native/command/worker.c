/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other thread of a command: it does what the kernel takes long for while JavaScript goes on. It begins with
 * its first job and stays until there is nothing to do but wait: a thread costs as much as many a job, but the end of a
 * command would wait for it. Its stack is of the executable, as one that is mapped and given back would hold up all threads.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "host.h"

static char stack[256 << 10] __attribute__((aligned(4096)));
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_wanted = PTHREAD_COND_INITIALIZER, is_done = PTHREAD_COND_INITIALIZER;
static struct job *first, **end = &first;
static int is_there, is_over;
static pthread_t thread;

/*
 * A new thread begins where its maker is, and would not run before that waits, though another processor is idle: one
 * that may not be there is moved at once. When it has the lock it may be anywhere again.
 */
static cpu_set_t everywhere;

static void move_away(void)
{
	cpu_set_t elsewhere = everywhere;

	CPU_CLR(sched_getcpu(), &elsewhere);
	if (CPU_COUNT(&elsewhere))
		pthread_setaffinity_np(thread, sizeof elsewhere, &elsewhere);
}

static void *work(void *none)
{
	struct job *job;

	pthread_mutex_lock(&lock);
	sched_setaffinity(0, sizeof everywhere, &everywhere);
	for (;;) {
		while (!first && !is_over)
			pthread_cond_wait(&is_wanted, &lock);
		if (!first)
			break;
		job = first;
		first = job->next;
		if (!first)
			end = &first;
		pthread_mutex_unlock(&lock);
		job->run(job);
		pthread_mutex_lock(&lock);
		job->is_done = 1;
		pthread_cond_signal(&is_done);
	}
	pthread_mutex_unlock(&lock);
	return none;
}

static int begin(void)
{
	pthread_attr_t attributes;
	int err;

	sched_getaffinity(0, sizeof everywhere, &everywhere);
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, sizeof stack);
	err = ctn_thread(&thread, &attributes, work, NULL);
	is_there = err == 0;
	if (is_there)
		move_away();
	return err;
}

int worker_begin(struct job *job)
{
	int err = 0;

	pthread_mutex_lock(&lock);
	if (!is_there)
		err = begin();
	if (err == 0) {
		*end = job;
		end = &job->next;
		pthread_cond_signal(&is_wanted);
	}
	pthread_mutex_unlock(&lock);
	return err;
}

void worker_wait(struct job *job)
{
	pthread_mutex_lock(&lock);
	while (!job->is_done)
		pthread_cond_wait(&is_done, &lock);
	pthread_mutex_unlock(&lock);
}

void worker_end(void)
{
	if (!is_there)
		return;
	pthread_mutex_lock(&lock);
	is_over = 1;
	pthread_cond_signal(&is_wanted);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	is_there = is_over = 0;
}
