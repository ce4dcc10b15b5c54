/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook: a program of config.json, run to its end, with the container's state on its standard input.
 *
 * Those of the container run in its init; for those of the host a ctn-init of its own has nothing
 * else to do. Whatever ends the one who waits here ends the hook, too.
 */
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <asm/poll.h>
#include <asm/signal.h>

#include "init.h"

enum { TAIL = sizeof(((struct ctn_report *)0)->detail) };

struct hook {
	int stdin;
	int output[2];       /* a pipe, for both of what it prints to */
	int pidfd;
	long pid;
	volatile int *error; /* shared with the child: errno of what it failed at before execve */
	char tail[TAIL];     /* the last that it printed */
	uint32_t length;
};

static int write_text(int fd, const char *text)
{
	uint64_t length = string_length(text);

	while (length) {
		long n = sys(__NR_write, fd, text, length);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		text += n;
		length -= n;
	}
	return 0;
}

static int write_number(int fd, uint32_t number)
{
	char text[16] = "";
	int at = sizeof text - 1;

	do
		text[--at] = '0' + number % 10;
	while (number /= 10);
	return write_text(fd, text + at);
}

/* The state as a file: of any length, and it ends where the text does. */
static int state_file(struct init *init, const struct ctn_step_hook *step)
{
	int fd = sys(__NR_memfd_create, "ctn-state", MFD_CLOEXEC);
	int err;

	if (fd < 0)
		return fd;
	err = write_text(fd, ctn_list_string(&init->plan, step->state));
	if (err >= 0 && step->state_end) {
		err = write_number(fd, sys(__NR_getpid));
		if (err >= 0)
			err = write_text(fd, ctn_list_string(&init->plan, step->state_end));
	}
	if (err >= 0)
		err = sys(__NR_lseek, fd, 0, 0 /* SEEK_SET */);
	return err < 0 ? err : fd;
}

/* In the child. A session of its own is a process group of its own: all of it can be killed. */
_Noreturn static void become(struct init *init, const struct ctn_step_hook *step, struct hook *hook, long parent)
{
	const char *cwd = ctn_list_string(&init->plan, step->cwd);
	int err;

	sys(__NR_setsid);
	err = sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (err >= 0 && sys(__NR_getppid) != parent)
		err = -ESRCH;
	if (err >= 0 && cwd)
		err = sys(__NR_chdir, cwd);
	if (err == -ENOENT) /* a bundle may be gone when poststop runs */
		err = sys(__NR_chdir, "/");
	if (err >= 0)
		err = sys(__NR_dup3, hook->stdin, 0, 0);
	for (int i = 1; i < 3 && err >= 0; i++)
		err = sys(__NR_dup3, hook->output[1], i, 0);
	if (err >= 0)
		err = sys(__NR_execve, ctn_list_string(&init->plan, step->path), the_argv, the_envp);
	*hook->error = -err;
	init_exit(127);
}

static int start(struct init *init, const struct ctn_step_hook *step, struct hook *hook)
{
	long parent = sys(__NR_getpid);
	long page = sys(__NR_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (page < 0 && page > -4096)
		return page;
	hook->error = (volatile int *)page;
	err = program_vectors(init, step->argv, step->envp, step->add_home);
	if (err >= 0)
		hook->stdin = err = state_file(init, step);
	if (err >= 0)
		err = sys(__NR_pipe2, hook->output, O_CLOEXEC);
	if (err >= 0)
		err = sys(__NR_fcntl, hook->output[0], F_SETFL, O_NONBLOCK);
	if (err < 0)
		return err;
	hook->pid = sys(__NR_clone, CLONE_PIDFD | SIGCHLD, 0, &hook->pidfd, 0, 0);
	if (hook->pid == 0)
		become(init, step, hook, parent);
	sys(__NR_close, hook->stdin);
	sys(__NR_close, hook->output[1]);
	return hook->pid < 0 ? hook->pid : 0;
}

static void keep_tail(struct hook *hook, const char *text, uint32_t n)
{
	enum { ROOM = TAIL - 1 };
	uint32_t drop;

	if (n > ROOM) {
		text += n - ROOM;
		n = ROOM;
	}
	drop = hook->length + n > ROOM ? hook->length + n - ROOM : 0;
	hook->length -= drop;
	for (uint32_t i = 0; drop && i < hook->length; i++)
		hook->tail[i] = hook->tail[i + drop];
	for (uint32_t i = 0; i < n; i++)
		hook->tail[hook->length++] = text[i] ? text[i] : ' ';
}

/* Takes what is in the pipe, and keeps the end of it. -EAGAIN: there is more to come. 0: there is not. */
static int listen_to(struct hook *hook)
{
	char text[1024];
	long n;

	while ((n = sys(__NR_read, hook->output[0], text, sizeof text)) > 0)
		keep_tail(hook, text, n);
	return n;
}

static void kill_all(struct hook *hook)
{
	sys(__NR_kill, -hook->pid, SIGKILL); /* its group, once it has made it */
	sys(__NR_kill, hook->pid, SIGKILL);
}

static int64_t now_ns(void)
{
	struct __kernel_timespec now;

	sys(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* Until it has ended (0), or was killed for its time being up (-ETIMEDOUT). */
static int follow(struct init *init, const struct ctn_step_hook *step, struct hook *hook)
{
	int64_t end = now_ns() + step->timeout * 1000000000ll;
	struct pollfd polled[] = {
		{.fd = hook->pidfd, .events = POLLIN},
		{.fd = hook->output[0], .events = POLLIN},
		{.fd = step->for_host ? init->sync : -1}, /* only that the other side is gone */
	};

	for (;;) {
		int64_t left = end - now_ns();
		struct __kernel_timespec wait = {left / 1000000000, left % 1000000000};
		long n;

		if (step->timeout && left <= 0) {
			kill_all(hook);
			return -ETIMEDOUT;
		}
		n = sys(__NR_ppoll, polled, 3, step->timeout ? &wait : 0, 0, 0);
		if (n < 0 && n != -EINTR)
			return n;
		if (n > 0 && polled[2].revents) {
			kill_all(hook);
			init_exit(1);
		}
		if (n > 0 && polled[1].revents && listen_to(hook) != -EAGAIN)
			polled[1].fd = -1;
		if (n > 0 && polled[0].revents)
			return 0;
	}
}

int step_hook(struct init *init, const struct ctn_step_hook *step)
{
	static struct hook hook;
	int status = 0, err;

	hook = (struct hook){.stdin = -1, .pidfd = -1};
	init->detail = ctn_list_string(&init->plan, step->path);
	init->value = step->number << 16;
	err = start(init, step, &hook);
	if (err < 0)
		return err;
	err = follow(init, step, &hook);
	while (sys(__NR_wait4, hook.pid, &status, 0x40000000 /* __WALL */, 0) == -EINTR)
		;
	listen_to(&hook);
	sys(__NR_close, hook.output[0]);
	sys(__NR_close, hook.pidfd);
	if (err >= 0 && *hook.error)
		err = -*hook.error;
	else if (status || err < 0)
		init->detail = hook.tail;
	sys(__NR_munmap, hook.error, 4096);
	if (err >= 0 && status) {
		init->value |= status & 0xffff;
		err = -ECANCELED;
	}
	if (err >= 0)
		init->value = 0;
	return err;
}
