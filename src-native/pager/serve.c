/* SPDX-License-Identifier: Apache-2.0 */
/* The worker: reads what the kernel tells of every process, and answers. */
#include "pager.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { AROUND = 16, EVENTS = 64, RETRY_MS = 1, LOOK_MS = 1000, DEFERRED = 4096, RETRIES = 10000 };

static int epoll = -1;
static uint32_t known_tasks;
static void *window; /* AROUND pages */

/* Faults that have to wait for an event which is not read yet, or for memory. */
static struct deferred {
	struct task *task;
	uint64_t address;
	unsigned tries;
} deferred[DEFERRED];
static unsigned deferred_count;

static void watch(struct task *task)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = task};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, task->uffd, &event) < 0)
		give_up("a process cannot be watched", errno);
}

static void defer(struct task *task, uint64_t address, unsigned tries, int error)
{
	if (deferred_count == DEFERRED || tries == RETRIES)
		give_up("a page cannot be brought back", error);
	deferred[deferred_count++] = (struct deferred){task, address, tries + 1};
}

/* The page, and some that follow: bytes done, or -errno. */
static long bring(struct task *task, uint64_t address, const struct ctn_range *range)
{
	uint64_t end = range->end - address < AROUND * page_size ? range->end : address + AROUND * page_size;
	struct ctn_range part = ctn_range_part(range, address, end);
	int error = task_read(task, part.offset, window, end - address);

	if (error)
		give_up("the images cannot be read", -error);
	return fill_part(task, address, window, end - address);
}

static void fault(struct task *task, uint64_t address, unsigned tries)
{
	const struct ctn_range *range = ctn_ranges_at(&task->ranges, address);
	long done;

	if (!range || range->start > address) {
		done = uffd_zero(task->uffd, address);
	} else if (range->offset == CTN_REMOTE) {
		remote_want(task, range, address);
		return;
	} else {
		done = bring(task, address, range);
	}
	if (done == 0 || done == -EAGAIN || done == -ENOMEM)
		defer(task, address, tries, -done);
	else if (done > 0 || done == -EEXIST || done == -ENOENT)
		uffd_wake(task->uffd, address, page_size); /* Whoever came later than the page */
	else if (done != -ESRCH)
		give_up("a page cannot be brought back", -done);
}

static void retry_deferred(void)
{
	unsigned count = deferred_count;
	static struct deferred again[DEFERRED];

	deferred_count = 0;
	for (unsigned i = 0; i < count; i++)
		again[i] = deferred[i];
	for (unsigned i = 0; i < count; i++)
		fault(again[i].task, again[i].address, again[i].tries);
}

static void forget_deferred(const struct task *task)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < deferred_count; i++)
		if (deferred[i].task != task)
			deferred[kept++] = deferred[i];
	deferred_count = kept;
}

/* The place that the next event goes to. */
static struct journal_event *next_event(int uffd)
{
	struct journal_event *event = &journal->events[atomic_load(&journal->event_count)];

	if (atomic_load(&journal->event_count) == JOURNAL_EVENTS - 1)
		give_up("a process changes its memory too often", 0);
	event->message.event = 0;
	event->uffd = uffd;
	atomic_signal_fence(memory_order_seq_cst);
	return event;
}

/* One message; false when there is none. */
static bool read_message(struct task *task)
{
	struct journal_event *event = next_event(task->uffd);
	uint64_t address;
	ssize_t length;

	pthread_rwlock_wrlock(&task->lock);
	length = read(task->uffd, &event->message, sizeof event->message);
	if (length != sizeof event->message || event->message.event == UFFD_EVENT_PAGEFAULT) {
		pthread_rwlock_unlock(&task->lock);
		if (length != sizeof event->message)
			return false;
		address = event->message.arg.pagefault.address & ~(page_size - 1);
		atomic_fetch_add(&journal->faults, 1);
		fault(task, address, 0);
		return true;
	}
	if (task_follow(task, &event->message)) {
		bool forked = event->message.event == UFFD_EVENT_FORK;

		atomic_fetch_add(&journal->event_count, 1);
		if (forked)
			watch(tasks);
		fill_wake();
	}
	pthread_rwlock_unlock(&task->lock);
	return true;
}

static void open_new_tasks(void)
{
	for (; known_tasks < atomic_load(&journal->task_count); known_tasks++)
		watch(task_open(journal->tasks[known_tasks].pid, journal->tasks[known_tasks].uffd));
}

static void end_task(struct task *task)
{
	struct journal_event *event = next_event(task->uffd);

	forget_deferred(task);
	remote_forget(task);
	event->message.event = EVENT_CLOSED;
	atomic_fetch_add(&journal->event_count, 1);
	epoll_ctl(epoll, EPOLL_CTL_DEL, task->uffd, NULL);
	task_close(task);
}

/* Says when all is there that was wanted before anything runs. */
static void tell_filled(void)
{
	if (!atomic_load(&journal->is_wanted) || atomic_load(&journal->is_filled) || known_tasks < atomic_load(&journal->task_count))
		return;
	for (struct task *task = tasks; task; task = task->next)
		if (!fill_is_complete(task))
			return;
	atomic_store(&journal->is_filled, true);
	say("filled");
}

/* Ends the tasks that have nothing to wait for, and us with the last one. */
static void end_complete(void)
{
	struct task *next;

	if (!atomic_load(&journal->is_running) || known_tasks < atomic_load(&journal->task_count))
		return;
	for (struct task *task = tasks; task; task = next) {
		next = task->next;
		if (task->is_gone ? fill_is_complete(task)
				  : settings.fills && fill_is_complete(task) && (!settings.is_remote || remote_is_complete(task)))
			end_task(task);
	}
	if (tasks || (settings.is_remote && !remote_finish()))
		return;
	note("done: %lu pages, %lu faults", atomic_load(&journal->pages), atomic_load(&journal->faults));
	say("done %lu %lu", atomic_load(&journal->pages), atomic_load(&journal->faults));
	atomic_store(&journal->outcome, OUTCOME_DONE);
	_exit(0);
}

/* The kernel does not tell when a process ends. */
static void look_for_ended(void)
{
	for (struct task *task = tasks; task; task = task->next) {
		const struct ctn_range *range = ctn_ranges_at(&task->ranges, UFFD_PROBE);

		if ((!range || range->start > UFFD_PROBE) && !task->is_gone && uffd_is_over(task->uffd))
			fill_forsake(task);
	}
}

void wake_task(const struct task *task)
{
	const uint64_t first = 1 << 20;

	for (int bits = 57; bits > 38; bits--)
		uffd_wake(task->uffd, first, (1ull << bits) - first - page_size); /* But for the right size refused */
}

/* What was noted so far, to where a predecessor was. */
static void replay(void)
{
	uint32_t count = atomic_load(&journal->event_count);
	const struct uffd_msg *last = &journal->events[count].message;

	while (known_tasks < atomic_load(&journal->task_count)) {
		task_open(journal->tasks[known_tasks].pid, journal->tasks[known_tasks].uffd);
		known_tasks++;
	}
	if (last->event && last->event != UFFD_EVENT_PAGEFAULT)
		atomic_store(&journal->event_count, ++count); /* Read, and not yet counted */
	for (uint32_t i = 0; i < count; i++) {
		struct task *task = task_of(journal->events[i].uffd);

		if (!task)
			continue;
		if (journal->events[i].message.event == EVENT_CLOSED)
			task_close(task);
		else
			task_follow(task, &journal->events[i].message);
	}
	for (struct task *task = tasks; task; task = task->next) {
		watch(task);
		wake_task(task); /* They wait for answers that a predecessor did not come to give */
	}
}

static bool is_journalled(int fd)
{
	uint32_t count = atomic_load(&journal->event_count);

	for (uint32_t i = 0; i < atomic_load(&journal->task_count); i++)
		if (journal->tasks[i].uffd == fd)
			return true;
	for (uint32_t i = 0; i <= count; i++)
		if (journal->events[i].message.event == UFFD_EVENT_FORK && (int)journal->events[i].message.arg.fork.ufd == fd)
			return true;
	return fd == atomic_load(&journal->watch);
}

/* What a predecessor had opened is in our table, too. */
static void close_leftovers(void)
{
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		int fd = atoi(entry->d_name);

		if (fd >= FD_FIRST_FREE && fd != dirfd(list) && !is_journalled(fd))
			close(fd);
	}
	if (list)
		closedir(list);
}

/* A descriptor that tells of the death of the supervisor. */
static int watch_parent(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void step(int timeout, int parent, void (*succeed)(void))
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(epoll, events, EVENTS, timeout);

	for (int i = 0; i < count; i++) {
		eventfd_t news;
		struct signalfd_siginfo death;

		if (events[i].data.ptr == &epoll) {
			eventfd_read(FD_NEWS, &news);
			open_new_tasks();
		} else if (events[i].data.ptr == &remote_step) {
			remote_step(events[i].events);
		} else if (events[i].data.ptr != succeed) {
			while (read_message(events[i].data.ptr))
				;
		} else if (read(parent, &death, sizeof death) == sizeof death) {
			succeed();
		}
	}
	if (count == 0 && timeout == LOOK_MS)
		look_for_ended();
}

void serve(void (*succeed)(void))
{
	struct epoll_event news = {.events = EPOLLIN, .data.ptr = &epoll}, death = {.events = EPOLLIN, .data.ptr = succeed};
	bool is_filling = false;
	int parent;

	/* Our memory may be that of a worker whose supervisor died */
	tasks = NULL;
	known_tasks = deferred_count = 0;
	fill_mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	close_leftovers();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	parent = watch_parent();
	window = aligned_alloc(page_size, AROUND * page_size);
	if (epoll < 0 || parent < 0 || !window || epoll_ctl(epoll, EPOLL_CTL_ADD, FD_NEWS, &news) < 0
	    || epoll_ctl(epoll, EPOLL_CTL_ADD, parent, &death) < 0)
		give_up("the page daemon cannot begin", errno);
	replay();
	if (settings.is_remote)
		remote_start(epoll);
	for (;;) {
		int timeout = deferred_count ? RETRY_MS : settings.is_remote ? remote_timeout() : LOOK_MS;

		if (!is_filling && settings.fills && (atomic_load(&journal->is_running) || atomic_load(&journal->is_wanted))) {
			is_filling = true;
			fill_start();
		}
		step(timeout, parent, succeed);
		retry_deferred();
		if (settings.is_remote)
			remote_go_on();
		tell_filled();
		end_complete();
	}
}
