/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other thread of a command: it does what the kernel takes long for while JavaScript goes on. It begins with
 * its first job and stays: a thread costs as much as many a job. Its stack is of the executable, as one that is
 * mapped and given back would hold up all threads.
 */
#define _GNU_SOURCE
#include "host.h"

static char stack[256 << 10] __attribute__((aligned(4096)));
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_wanted = PTHREAD_COND_INITIALIZER, is_done = PTHREAD_COND_INITIALIZER;
static struct job *first, **end = &first;
static int is_there;

static void *work(void *none)
{
	struct job *job;

	pthread_mutex_lock(&lock);
	for (;;) {
		while (!first)
			pthread_cond_wait(&is_wanted, &lock);
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
	return none;
}

static int begin(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, sizeof stack);
	err = ctn_thread(&thread, &attributes, work, NULL);
	is_there = err == 0;
	return err;
}

int worker_begin(struct job *job)
{
	int err = is_there ? 0 : begin();

	if (err < 0)
		return err;
	pthread_mutex_lock(&lock);
	*end = job;
	end = &job->next;
	pthread_cond_signal(&is_wanted);
	pthread_mutex_unlock(&lock);
	return 0;
}

void worker_wait(struct job *job)
{
	pthread_mutex_lock(&lock);
	while (!job->is_done)
		pthread_cond_wait(&is_done, &lock);
	pthread_mutex_unlock(&lock);
}
