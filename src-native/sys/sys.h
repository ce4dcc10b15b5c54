/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel, one facility a file. Every function returns >= 0 or -errno, puts outputs last, and
 * never prints, chooses or retries (but on EINTR). None knows of a JavaScript engine.
 */
#ifndef CTN_SYS_H
#define CTN_SYS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../ctn_wire.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ctn_list;
struct ctn_spawned;

/* What one host op gave: a number, and for those that read something its bytes (malloc'ed). */
struct ctn_result {
	int64_t value;
	void *bytes;
	size_t length;
};

/*
 * batch.c: carries out the ops of a CTN_BATCH_MAGIC list in order. results has room for op_count.
 * Returns 0, or -errno of the first op that failed, whose index is in *failed; then every
 * descriptor the batch opened is closed and no result is left. -EBADMSG: not such a list.
 */
int ctn_batch_run(const void *bytes, size_t size, struct ctn_result *results, uint32_t *failed);
/* The same about a process that was spawned, for the ops child_*; what it gives is dropped. */
int ctn_batch_run_about(const struct ctn_spawned *child, const void *bytes, size_t size, uint32_t *failed);
void ctn_result_free(struct ctn_result *result);
/* Puts the descriptors that a batch opened into fds, in order, at most `room`; returns how many there are. */
uint32_t ctn_batch_opened(const void *bytes, const struct ctn_result *results, int *fds, uint32_t room);

#define CTN_HOST_DECLARE(code, name) \
	int ctn_host_##name(const struct ctn_list *list, const struct ctn_host_##name *op, struct ctn_result *result);
CTN_HOST_OPS(CTN_HOST_DECLARE)

/* file.c: opens, writes once and closes; -ENOSPC if not all of it went in. */
int ctn_write_file(const char *path, uint32_t flags, uint32_t mode, const void *data, size_t length);

/* memfd.c: a close-on-exec memfd with these bytes, sealed against every change; or in two steps. */
int ctn_memfd_sealed(const char *name, const void *bytes, size_t size, int executable);
int ctn_memfd(const char *name, int executable);
int ctn_memfd_fill(int fd, const void *bytes, size_t size);

/* thread.c: pthread_create(3) of a thread that gets no signals. Returns 0 or -errno. */
int ctn_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *data), void *data);

/* userns.c: a user namespace with these maps (user_namespaces(7)), as a descriptor. */
int ctn_userns(const char *uid_map, const char *gid_map);

/* spawn.c */
/* What is between a ctn-init and whoever starts it. */
struct ctn_line {
	int plan;   /* a memfd */
	int ours;   /* the sync socket */
	int theirs;
};

int ctn_line_open(struct ctn_line *line);
/* Fills and seals the plan, and lets ctn-init begin, which may be there already, or not yet. */
int ctn_line_begin(const struct ctn_line *line, const void *plan, size_t plan_size);
/* Closes what is still open (>= 0). */
void ctn_line_close(struct ctn_line *line);

struct ctn_spawn_request {
	uint64_t flags;      /* CLONE_NEW* */
	int exe;             /* ctn-init, in a sealed memfd */
	int cgroup;          /* a cgroup2 directory, or -1 */
	int cgroup_opened;   /* or which of those that `before` opens, or -1 */
	const void *before;  /* a batch to carry out first; what it opens follows `fds` */
	size_t before_size;  /* 0: none */
	struct ctn_line *line; /* somebody else begins it, whenever the plan is there, and follows it; or NULL: `plan` */
	const void *plan;
	size_t plan_size;
	const int *fds;      /* stdio, then those from CTN_FD_FIRST_FREE on */
	uint32_t fd_count;
	const void *after;   /* a batch to carry out when it stands at CTN_SYNC_CREATED */
	size_t after_size;   /* 0: none */
	int ahead;           /* it asks for nothing but CTN_SYNC_CREATED: `after` is done as soon as it is there */
	int follow;          /* until its program runs, or it has something else to say */
};

/* How far a process was seen to be. */
enum ctn_reached {
	CTN_REACHED_START = 0,
	CTN_REACHED_CREATED = 1, /* `after` is done */
	CTN_REACHED_PROGRAM = 2, /* its sync socket has ended, and is closed */
};

/* stdio.c: JSON, for descriptors 0 to 2 of who is started by what they are known, or null. */
enum { CTN_STDIO_ROOM = 320 };
void ctn_stdio(const int fds[3], char text[CTN_STDIO_ROOM]);

struct ctn_spawned {
	pid_t pid;
	int pidfd;
	int sync;
	int64_t start_time;  /* clock ticks since boot */
	char stdio[CTN_STDIO_ROOM]; /* of who has an `after` */
	enum ctn_reached reached;
	int after_error;     /* -errno of the op of `after` that failed, or 0 */
	uint32_t after_failed; /* its index */
};

/*
 * Starts ctn-init. Blocks the calling thread until it has been exec'ed, and some milliseconds more
 * if need be until it has something to report: whoever asks next then need not wait.
 * When an op of `before` fails its index is in *failed; otherwise *failed is UINT32_MAX. A `line` that was given
 * stays the caller's, but for `theirs`, if it was started; `sync` is `ours` then.
 */
int ctn_spawn(const struct ctn_spawn_request *request, struct ctn_spawned *spawned, uint32_t *failed);

/* follow.c: takes the reports that the request has an answer to; others stay in the socket. */
void ctn_follow(const struct ctn_spawn_request *request, struct ctn_spawned *spawned);

/* process.c */
/* When a process began, in clock ticks since boot, or 0. Of a child that was not reaped it is known even after its end. */
int64_t ctn_start_time(pid_t pid);
int ctn_pidfd_open(pid_t pid);
int ctn_pidfd_send_signal(int pidfd, int signal);
/*
 * Pid of one of these (waitid(2)) that has ended and stays to be reaped, or 0. A stop for which a thread of ours traces is
 * told to any wait of ours, and to one only: so whoever waits for an end looks first.
 */
pid_t ctn_look_for_end(int type, int id);
/* Reaps the child behind a pidfd that has become readable. *code and *signal are -1 where unknown. */
int ctn_pidfd_reap(int pidfd, int *code, int *signal);

/* socket.c */
enum { CTN_PACKET_FDS = 4 };
int ctn_socketpair(int type, int fds[2]);
/* recv(2), which tells first that the other side left without reading all: what that had sent comes all the same. */
ssize_t ctn_recv(int socket, void *bytes, size_t size, int flags);
/* One packet, without waiting (-EAGAIN). *bytes is malloc'ed; its length is returned. */
ssize_t ctn_receive(int socket, void **bytes, int fds[CTN_PACKET_FDS], int *fd_count);
/* Connects to a SOCK_SEQPACKET socket by its name in a directory; does not wait. */
int ctn_connect(const char *directory, const char *name);
int ctn_send(int socket, const void *bytes, size_t size, const int *fds, int fd_count);

#ifdef __cplusplus
}
#endif

#endif
