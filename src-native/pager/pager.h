/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctn-pager: gives a restored container its memory, page by page, while it runs.
 *
 * Two processes that share one table of descriptors. The supervisor talks to CRIU and watches the
 * worker; the worker serves memory. Whichever is killed, the other still has every userfaultfd: the
 * kernel gives zeros to a process whose last one is closed. Everything that a new worker must know
 * is in the journal, which both map.
 */
#ifndef CTN_PAGER_H
#define CTN_PAGER_H

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ranges.h"

/* Descriptors of both, in the order in which they are given or opened. */
enum {
	FD_IMAGES = 3, /* directory of the images */
	FD_WORK,       /* directory of CRIU's socket, and of the log */
	FD_STATUS,     /* a pipe: lines of text to whoever asked for the restore */
	FD_CGROUP,     /* directory of the container's cgroup: of cgroup2, or v1's freezer */
	FD_SOURCE,     /* SEQPACKET: takes connections to the source; /dev/null where there is none */
	FD_LOG,
	FD_NEWS,       /* eventfd: the journal has something new for the worker */
	FD_WANTED,     /* signalfd of the supervisor: SIGUSR2 */
	FD_CRIU,       /* listens for CRIU, then its connection; nothing when all is there */
	FD_FIRST_FREE,
};

enum outcome { OUTCOME_NONE, OUTCOME_DONE, OUTCOME_STOPPED };

/* An event of the kernel's, or one of these: the worker closed the descriptor. */
enum { EVENT_CLOSED = 0xff };

struct journal_event {
	int32_t uffd;
	struct uffd_msg message;
};

enum { JOURNAL_TASKS = 1 << 16, JOURNAL_EVENTS = 1 << 20 };

/* Memory that both map, and that only takes what is written of it. */
struct journal {
	_Atomic int outcome;
	_Atomic int watch;       /* pidfd of the worker */
	_Atomic bool is_running; /* CRIU has restored everything; from here on the container runs */
	_Atomic bool is_wanted;  /* all of it, before anything runs */
	_Atomic bool is_filled;  /* and it is there */
	_Atomic bool is_frozen;  /* by us, until the source is there again */
	_Atomic bool is_announced; /* we have said that all memory can be had */
	_Atomic uint32_t task_count;
	_Atomic uint32_t event_count;
	_Atomic uint64_t faults, pages; /* served, and brought back in all */
	struct {
		int32_t pid; /* as the images call it */
		int32_t uffd;
	} tasks[JOURNAL_TASKS]; /* by the supervisor */
	/* By the worker. The kernel writes the next one right into its place: nothing is lost between reading and noting it. */
	struct journal_event events[JOURNAL_EVENTS];
};

/* Decided by the caller. */
struct settings {
	bool fills;               /* brings back all; else only what is touched */
	bool is_remote;           /* FD_SOURCE is one: not all is in the images */
	unsigned reconnect_ms;    /* how long to look for a source that is gone */
	unsigned stall_ms;        /* how long one may be silent */
};

extern struct journal *journal;
extern struct settings settings;
extern uint64_t page_size;

/* An address space that is being filled. */
struct task {
	struct task *next;
	int uffd;
	int pid;          /* whose pages these were at the dump */
	int pages;        /* their image, or -1; its owner is the first task with this pid */
	/* Held for reading by whoever copies, for writing while an event is read and followed: what the process gives up is never copied to it later. */
	pthread_rwlock_t lock;
	struct ctn_ranges ranges;
	uint64_t cursor;     /* everything below is, or is being brought back from the images; under fill's mutex */
	unsigned busy;       /* fills at work; under fill's mutex */
	bool is_gone;        /* its process has ended, or executed another program; under fill's mutex */
	uint64_t remote_cursor; /* everything below was asked for; of the thread that serves, as is `wanted` */
	unsigned wanted;     /* requests to the source */
};

/* say.c: a line to whoever asked, if it is still there; a line to the log. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* stop.c: the container stands still, goes on, is ended. What cannot be done is noted. */
void container_freeze(bool frozen);
bool container_is_frozen(void);
void container_kill(void);
/* Memory is lost for good: ends the container, and us. */
_Noreturn void give_up(const char *why, int error);

/* uffd.c: bytes copied, or -errno. What is awaited there goes on. */
long uffd_copy(int uffd, uint64_t to, const void *from, uint64_t length);
long uffd_zero(int uffd, uint64_t address);
void uffd_wake(int uffd, uint64_t address, uint64_t length);
/*
 * Has the address space come to its end? Asked by zeros for the lowest address there can be, where hardly anything
 * ever is; to be asked only if no content belongs there.
 */
enum { UFFD_PROBE = 1 << 16 };
bool uffd_is_over(int uffd);

/* task.c: tasks are made and ended by the thread that serves only; the list is changed under fill's mutex. */
extern struct task *tasks;
struct task *task_open(int pid, int uffd);
struct task *task_of(int uffd);
void task_close(struct task *task);
/* Follows an event that was read, under the task's lock; true if anything has changed by it. */
bool task_follow(struct task *task, const struct uffd_msg *message);
/* Bytes of the images; 0 or -errno, and -ENODATA where the image is too short. */
int task_read(const struct task *task, uint64_t offset, void *bytes, uint64_t length);

/* fill.c: threads that bring back what nobody has touched yet. */
extern pthread_mutex_t fill_mutex;
enum { FILL_CHUNK = 128 << 10 }; /* what an event may have to wait for: some 50 µs */
void fill_start(void);
void fill_wake(void);
/* Puts bytes to where they belong, as far as the process lets us: bytes done, or -errno. The task's lock is the caller's. */
long fill_part(const struct task *task, uint64_t start, const void *bytes, uint64_t length);
/* Its process is no more. */
void fill_forsake(struct task *task);
bool fill_is_complete(struct task *task);

/* serve.c: the worker. `supervise` becomes the supervisor in a process of its own, when ours has died. */
_Noreturn void serve(void (*succeed)(void));
/* Wakes whoever of a process waits for memory: what is still not there is told of again. */
void wake_task(const struct task *task);

/* remote.c: the source of a checkpoint whose memory stayed where it was. */
void remote_start(int epoll);
void remote_want(struct task *task, const struct ctn_range *range, uint64_t address);
void remote_step(uint32_t events);
/* At every turn: asks for more, and looks after the connection. */
void remote_go_on(void);
int remote_timeout(void);
void remote_forked(const struct task *parent, struct task *child);
void remote_forget(const struct task *task);
bool remote_is_complete(struct task *task);
/* True when the source has understood that nothing more is needed. */
bool remote_finish(void);

#endif
