/* SPDX-License-Identifier: Apache-2.0 */
/* Threads beside that of an engine: signals are for the engine's own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "sys.h"

int ctn_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *data), void *data)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = pthread_create(thread, attributes, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}
