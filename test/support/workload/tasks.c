/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes (scene.h) of tasks: threads, trees of processes, timers, shared memory. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include "scene.h"

#define MOST 64

static void nap(void)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	nanosleep(&ms, NULL);
}

/* threads N: each counts, and has a variable of its own. */
static volatile uint64_t counts[MOST];
static volatile int strayed;
static int thread_count;
static __thread long own;

static void *count_up(void *argument)
{
	long index = (long)argument;
	pid_t tid = gettid();

	own = index;
	for (;;) {
		counts[index]++;
		if (own != index || gettid() != tid)
			strayed = 1;
		nap();
	}
	return NULL;
}

static const char *threads_set_up(const char *argument)
{
	thread_count = atoi(argument);
	for (long i = 0; i < thread_count; i++) {
		pthread_t thread;

		errno = pthread_create(&thread, NULL, count_up, (void *)i);
		if (errno)
			return "pthread_create";
	}
	return NULL;
}

static const char *threads_check(const char *line)
{
	uint64_t before[MOST];

	(void)line;
	memcpy(before, (const void *)counts, sizeof before);
	for (int turn = 0; turn < 1000; turn++) {
		int moved = 0;

		for (int i = 0; i < thread_count; i++)
			moved += counts[i] > before[i];
		if (moved == thread_count)
			return strayed ? "a thread has another tid or lost its variable" : NULL;
		nap();
	}
	return "a thread does not count";
}

/* tree: children that answer, one of them with a session, a grandchild and a parent that has ended; and a zombie. */
static int to_child[4], from_child[4];
static pid_t zombie;

static void serve(int in, int out)
{
	char byte;

	while (read(in, &byte, 1) == 1) {
		byte++;
		if (write(out, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static const char *tree_set_up(const char *argument)
{
	siginfo_t info;

	(void)argument;
	for (int i = 0; i < 4; i++) {
		int in[2], out[2];
		pid_t child;

		if (pipe(in) < 0 || pipe(out) < 0)
			return "pipe";
		child = fork();
		if (child < 0)
			return "fork";
		if (!child) {
			if (i == 1)
				setsid();
			if (i == 2 && fork())
				_exit(0); /* its child is ours now, as we are init */
			if (i == 3 && fork())
				pause();
			close(in[1]);
			close(out[0]);
			serve(in[0], out[1]);
		}
		to_child[i] = in[1];
		from_child[i] = out[0];
		close(in[0]);
		close(out[1]);
		if (i == 2)
			waitpid(child, NULL, 0);
	}
	zombie = fork();
	if (!zombie)
		_exit(7);
	return waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT) < 0 ? "waitid" : NULL;
}

static const char *tree_check(const char *line)
{
	siginfo_t info = {0};

	(void)line;
	for (int i = 0; i < 4; i++) {
		char byte = (char)(10 * i);
		struct pollfd in = {.fd = from_child[i], .events = POLLIN};

		if (write(to_child[i], &byte, 1) != 1 || poll(&in, 1, 2000) != 1 || read(from_child[i], &byte, 1) != 1)
			return "a child does not answer";
		if (byte != 10 * i + 1)
			return "a child answers something else";
	}
	if (waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_status != 7)
		return "the zombie is gone";
	return NULL;
}

/* timers: a periodic timerfd that has expired unread, setitimer, a POSIX timer; eventfd, signalfd, epoll. */
static int timer_fd, event_fd, signal_fd, epoll_fd;
static volatile sig_atomic_t alarms, posix_alarms;

static void on_signal(int signal)
{
	if (signal == SIGALRM)
		alarms++;
	else
		posix_alarms++;
}

static const char *timers_set_up(const char *argument)
{
	const struct itimerspec period = {{0, 20000000}, {0, 1}};
	const struct itimerval often = {{0, 20000}, {0, 20000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	struct epoll_event interest = {.events = EPOLLIN, .data.u64 = 4711};
	timer_t timer;
	sigset_t set;

	(void)argument;
	signal(SIGALRM, on_signal);
	signal(SIGUSR2, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	timer_fd = timerfd_create(CLOCK_MONOTONIC, 0);
	if (timerfd_settime(timer_fd, 0, &period, NULL) < 0 || setitimer(ITIMER_REAL, &often, NULL) < 0)
		return "timers";
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 || timer_settime(timer, 0, &period, NULL) < 0)
		return "POSIX timer";
	event_fd = eventfd(5, 0);
	signal_fd = signalfd(-1, &set, 0);
	epoll_fd = epoll_create1(0);
	if (event_fd < 0 || signal_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event_fd, &interest) < 0)
		return "event descriptors";
	kill(getpid(), SIGUSR1);
	nap(), nap(), nap();
	return NULL;
}

static const char *expires(int fd)
{
	uint64_t times;

	for (int i = 0; i < 2; i++) {
		struct pollfd in = {.fd = fd, .events = POLLIN};
		int got;

		while ((got = poll(&in, 1, 1000)) < 0 && errno == EINTR)
			;
		if (got != 1 || read(fd, &times, sizeof times) != sizeof times)
			return "the periodic timerfd is dead";
	}
	return NULL;
}

static const char *timers_check(const char *line)
{
	struct signalfd_siginfo info;
	struct epoll_event event;
	int before = alarms, posix_before = posix_alarms, got;
	uint64_t value = 5;
	const char *wrong = expires(timer_fd);

	(void)line;
	if (wrong)
		return wrong;
	for (int turn = 0; turn < 1000 && (alarms == before || posix_alarms == posix_before); turn++)
		nap();
	if (alarms == before || posix_alarms == posix_before)
		return "no more alarms";
	while ((got = epoll_wait(epoll_fd, &event, 1, 1000)) < 0 && errno == EINTR)
		;
	if (got != 1 || event.data.u64 != 4711)
		return "epoll";
	if (read(event_fd, &value, sizeof value) != sizeof value || value != 5 || write(event_fd, &value, sizeof value) != sizeof value)
		return "eventfd";
	if (read(signal_fd, &info, sizeof info) != sizeof info || info.ssi_signo != SIGUSR1)
		return "signalfd";
	kill(getpid(), SIGUSR1);
	return NULL;
}

/* shared: memory with a child, memfd, and System V shared memory, semaphore and message. */
static char *anonymous, *segment, *mapped;
static int semaphores, queue, sharer;

struct letter {
	long type;
	char text[8];
};

static const char *shared_set_up(const char *argument)
{
	struct letter letter = {3, "letter"};
	int id = shmget(IPC_PRIVATE, 1 << 20, 0600), memfd = memfd_create("scene", 0);

	(void)argument;
	segment = shmat(id, NULL, 0);
	anonymous = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (segment == (char *)-1 || anonymous == MAP_FAILED || ftruncate(memfd, 1 << 20) < 0)
		return "memory";
	mapped = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	strcpy(segment + 5000, "segment");
	strcpy(mapped + 9000, "memfd");
	semaphores = semget(IPC_PRIVATE, 2, 0600);
	queue = msgget(IPC_PRIVATE, 0600);
	if (mapped == MAP_FAILED || semctl(semaphores, 1, SETVAL, 42) < 0 || msgsnd(queue, &letter, sizeof letter.text, 0) < 0)
		return "IPC";
	sharer = fork();
	if (!sharer)
		for (;; nap())
			anonymous[7777]++;
	return NULL;
}

static const char *shared_check(const char *line)
{
	struct letter letter;
	char before = anonymous[7777];

	(void)line;
	if (strcmp(segment + 5000, "segment") || strcmp(mapped + 9000, "memfd"))
		return "shared memory has changed";
	for (int turn = 0; turn < 1000 && anonymous[7777] == before; turn++)
		nap();
	if (anonymous[7777] == before)
		return "memory is no longer shared with the child";
	if (semctl(semaphores, 1, GETVAL) != 42)
		return "semaphore";
	if (msgrcv(queue, &letter, sizeof letter.text, 3, IPC_NOWAIT) < 0 || strcmp(letter.text, "letter"))
		return "message";
	return msgsnd(queue, &letter, sizeof letter.text, 0) < 0 ? "msgsnd" : NULL;
}

int main(int argc, char **argv)
{
	static const struct scene scenes[] = {
		{"threads", threads_set_up, threads_check},
		{"tree", tree_set_up, tree_check},
		{"timers", timers_set_up, timers_check},
		{"shared", shared_set_up, shared_check},
	};

	return play(scenes, sizeof scenes / sizeof *scenes, argc, argv);
}
