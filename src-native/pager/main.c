/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor: takes userfaultfds from CRIU, and sees that somebody serves them.
 *
 * Usage: ctn-pager fill|demand local|remote RECONNECT_MS STALL_MS, with descriptors 3 to 7 as pager.h says.
 */
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct journal *journal;
struct settings settings;
uint64_t page_size;

static const char socket_name[] = "lazy-pages.socket"; /* CRIU's word for it */

enum { FINISHED = 0x52535446, RESTARTS = 100 };

static _Noreturn void supervise(void);

static void fail(const char *what)
{
	say("failed %s: %s", what, strerror(errno));
	_exit(1);
}

static void place(int fd, int number, const char *what)
{
	if (fd < 0)
		fail(what);
	if (fd != number && (dup3(fd, number, O_CLOEXEC) < 0 || close(fd) < 0))
		fail(what);
}

/* A process with our descriptors: not copies of them, the same table. */
static pid_t share(_Atomic int *pidfd)
{
	return syscall(SYS_clone, CLONE_FILES | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, 0);
}

/* The supervisor was killed: we make ourselves another one. */
static void succeed(void)
{
	_Atomic int unused = -1;
	int self = syscall(SYS_pidfd_open, getpid(), 0);

	if (!atomic_load(&journal->is_running) || self < 0)
		_exit(1); /* CRIU notices, and nothing runs yet */
	note("the supervisor has died");
	atomic_store(&journal->watch, self);
	if (share(&unused) == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		supervise();
	}
	close(unused);
}

static void start_worker(void)
{
	pid_t pid = share(&journal->watch);

	if (pid < 0)
		give_up("the page daemon cannot be started", errno);
	if (pid == 0)
		serve(succeed);
}

/* Whoever asked for the restore knows by CRIU when every mapping is there: then he wants all of it brought back, and to hear of it. */
static void listen_for_wish(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	place(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), FD_WANTED, "signalfd");
}

static void hear_wish(void)
{
	struct signalfd_siginfo wish;

	if (read(FD_WANTED, &wish, sizeof wish) != sizeof wish)
		return;
	atomic_store(&journal->is_wanted, true);
	eventfd_write(FD_NEWS, 1);
}

static void listen_for_criu(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	/* By its name alone, as CRIU does: a path may be too long for a socket */
	if (fchdir(FD_WORK) < 0)
		fail("the work directory cannot be entered");
	memcpy(address.sun_path, socket_name, sizeof socket_name);
	place(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), FD_CRIU, "socket");
	if (bind(FD_CRIU, (struct sockaddr *)&address, sizeof address) < 0 || listen(FD_CRIU, 1) < 0)
		fail(socket_name);
}

/* The one dummy byte, and the descriptor that comes with it. */
static int receive_descriptor(void)
{
	char byte, control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *head;
	int fd;

	if (recvmsg(FD_CRIU, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	head = CMSG_FIRSTHDR(&message);
	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(sizeof fd))
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof fd);
	return fd;
}

/* The end of the supervisor's work, and of all, before the container runs. */
static _Noreturn void give_way(void)
{
	syscall(SYS_pidfd_send_signal, atomic_load(&journal->watch), SIGKILL, NULL, 0);
	unlinkat(FD_WORK, socket_name, 0);
	_exit(1);
}

/* A process and its userfaultfd; a zombie, which has no memory; or the end. */
static void receive(void)
{
	uint32_t count = atomic_load(&journal->task_count);
	int32_t pid;

	if (recv(FD_CRIU, &pid, sizeof pid, MSG_WAITALL) != sizeof pid)
		give_way();
	if (pid == FINISHED) {
		atomic_store(&journal->is_running, true);
		say("running");
		close(FD_CRIU);
	} else if (pid > 0) {
		int uffd = receive_descriptor();

		if (uffd < 0 || count == JOURNAL_TASKS)
			give_way();
		journal->tasks[count].pid = pid;
		journal->tasks[count].uffd = uffd;
		atomic_store(&journal->task_count, count + 1);
	}
	eventfd_write(FD_NEWS, 1);
}

static void accept_criu(void)
{
	int connection = accept4(FD_CRIU, NULL, NULL, SOCK_CLOEXEC);

	unlinkat(FD_WORK, socket_name, 0);
	if (connection < 0 || dup3(connection, FD_CRIU, O_CLOEXEC) < 0)
		give_way();
	close(connection);
}

static void restart(void)
{
	static unsigned restarts;

	close(atomic_load(&journal->watch));
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (atomic_load(&journal->outcome) == OUTCOME_STOPPED && !atomic_load(&journal->is_running))
		unlinkat(FD_WORK, socket_name, 0);
	if (atomic_load(&journal->outcome) != OUTCOME_NONE)
		_exit(atomic_load(&journal->outcome) != OUTCOME_DONE);
	if (++restarts > RESTARTS)
		give_up("the page daemon ends again and again", 0);
	note("the page daemon has ended; another one goes on");
	usleep(1000 * restarts);
	start_worker();
}

static void supervise(void)
{
	bool is_connected = false;

	for (;;) {
		bool is_running = atomic_load(&journal->is_running);
		struct pollfd polls[] = {
			{atomic_load(&journal->watch), POLLIN, 0},
			{is_running ? -1 : FD_CRIU, POLLIN, 0},
			{is_running ? -1 : FD_STATUS, 0, 0}, /* Until it runs we are his who asked for it */
			{is_running ? -1 : FD_WANTED, POLLIN, 0},
		};

		if (poll(polls, 4, -1) < 0)
			continue;
		if (polls[0].revents)
			restart();
		if (polls[1].revents && is_connected)
			receive();
		if (polls[1].revents && !is_connected) {
			accept_criu();
			is_connected = true;
		}
		if (polls[2].revents)
			give_way();
		if (polls[3].revents && !polls[1].revents)
			hear_wish(); /* of all the processes that CRIU has told of */
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	settings = (struct settings){.fills = !strcmp(argv[1], "fill"), .is_remote = !strcmp(argv[2], "remote"),
				     .reconnect_ms = atoi(argv[3]), .stall_ms = atoi(argv[4])};
	page_size = sysconf(_SC_PAGESIZE);
	signal(SIGPIPE, SIG_IGN);
	fcntl(FD_STATUS, F_SETFL, O_NONBLOCK);
	prctl(PR_SET_DUMPABLE, 0); /* The memory of others passes through ours */
	journal = mmap(NULL, sizeof *journal, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (journal == MAP_FAILED)
		fail("memory");
	atomic_store(&journal->watch, -1);
	listen_for_wish();
	place(openat(FD_WORK, "lazy-pages.log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600), FD_LOG, "lazy-pages.log");
	place(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), FD_NEWS, "eventfd");
	listen_for_criu();
	atomic_store(&journal->is_announced, !settings.is_remote);
	say(settings.is_remote ? "listening" : "ready"); /* That is what the worker says when the source has answered */
	start_worker();
	supervise();
}
