/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages from the source of a checkpoint. Whoever holds the other end of FD_SOURCE takes connections
 * from us and knows the way and the key; what comes over them was authenticated, and is checked all the same.
 */
#include "pager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

enum { WANTS = 1024, WINDOW = 8, RETRY_MS = 200, BUFFER = 4 << 20, AROUND = 16 };

/* Pages that were asked for. */
static struct want {
	struct task *task; /* NULL: free */
	uint64_t source;    /* where they were at the dump */
	uint64_t address;   /* where they belonged when they were asked for */
	uint32_t pages;
	bool is_urgent;
} wants[WANTS];

static int epoll, line = -1;
static bool is_open, told_running, told_done, is_finishing, is_finished;
static unsigned asked, background; /* wants, and those that are not urgent */
static uint64_t lost_since, tried_at, heard_at;
static char *in, *out;
static size_t in_size, out_size;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static void watch_link(int operation)
{
	struct epoll_event event = {.events = EPOLLIN | (out_size ? EPOLLOUT : 0), .data.ptr = &remote_step};

	epoll_ctl(epoll, operation, line, &event);
}

static void forget(struct want *want)
{
	if (!want->task)
		return;
	want->task->wanted--;
	asked--;
	background -= !want->is_urgent;
	want->task = NULL;
}

/* From where on this task has pages that may not be there yet. */
static uint64_t lowest(const struct task *task)
{
	uint64_t address = task->remote_cursor;

	for (const struct want *want = wants; want < wants + WANTS; want++)
		if (want->task == task && !want->is_urgent && want->address < address)
			address = want->address;
	return address;
}

/* Every task has to ask again for what it was to get. */
static void forget_all(void)
{
	for (struct task *task = tasks; task; task = task->next)
		task->remote_cursor = lowest(task);
	for (struct want *want = wants; want < wants + WANTS; want++)
		forget(want);
}

static void lose_link(void)
{
	if (line >= 0)
		close(line);
	line = -1;
	if (!lost_since)
		lost_since = now_ms();
	if (is_open && atomic_load(&journal->is_running) && !is_finishing) {
		note("the source does not answer; the container is frozen");
		atomic_store(&journal->is_frozen, !container_is_frozen());
		container_freeze(true);
	}
	is_open = told_running = told_done = false;
	in_size = out_size = 0;
	forget_all();
}

static void flush(void)
{
	while (out_size) {
		ssize_t sent = send(line, out, out_size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			break;
		if (sent < 0) {
			lose_link();
			return;
		}
		memmove(out, out + sent, out_size - sent);
		out_size -= sent;
	}
	watch_link(EPOLL_CTL_MOD);
}

static void put(struct ctn_frame frame)
{
	if (BUFFER - out_size < sizeof frame) {
		lose_link(); /* It takes nothing any more */
		return;
	}
	memcpy(out + out_size, &frame, sizeof frame);
	out_size += sizeof frame;
	flush();
}

/* A connection of our own making, whose other end goes to FD_SOURCE. */
static void open_link(void)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
	struct iovec data = {"", 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int pair[2];

	tried_at = now_ms();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	*head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
	memcpy(CMSG_DATA(head), &pair[1], sizeof pair[1]);
	if (sendmsg(FD_SOURCE, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		close(pair[0]);
		pair[0] = -1;
	}
	close(pair[1]);
	line = pair[0];
	if (line < 0)
		return;
	heard_at = now_ms();
	watch_link(EPOLL_CTL_ADD);
	put((struct ctn_frame){.kind = FRAME_HELLO, .pages = FRAME_VERSION, .address = page_size});
}

/* Why there is no connection, as whoever makes them says it; then we are no more. */
static _Noreturn void end_without_source(void)
{
	char why[256];
	ssize_t length = recv(FD_SOURCE, why, sizeof why - 1, MSG_DONTWAIT);

	for (ssize_t more = length; more > 0; length = more > 0 ? more : length)
		more = recv(FD_SOURCE, why, sizeof why - 1, MSG_DONTWAIT);
	why[length > 0 ? length : 0] = 0;
	give_up(length > 0 ? why : "the source is gone", 0);
}

static void welcome(void)
{
	is_open = true;
	for (struct task *task = tasks; task; task = task->next)
		wake_task(task); /* Nobody listened to what they wanted meanwhile */
	if (atomic_load(&journal->is_frozen)) {
		note("the source is there again");
		atomic_store(&journal->is_frozen, false);
		container_freeze(false);
	}
	if (!atomic_exchange(&journal->is_announced, true))
		say("ready");
}

/* Bytes of a process to where they belong by now. True if all are there, or belong nowhere any more. */
static bool bring(struct task *task, uint64_t source, const char *bytes, uint64_t length)
{
	for (size_t i = 0; i < task->ranges.count; i++) {
		const struct ctn_range *range = &task->ranges.list[i];
		uint64_t end = range->source + (range->end - range->start);
		uint64_t from = range->source > source ? range->source : source;
		uint64_t to = end < source + length ? end : source + length;

		if (range->offset != CTN_REMOTE || from >= to)
			continue;
		uint64_t start = range->start + (from - range->source);
		long done = fill_part(task, start, bytes + (from - source), to - from);

		if (done == -ESRCH)
			fill_forsake(task);
		else if (done < 0 && done != -ENOMEM)
			give_up("memory cannot be brought back", -done);
		else if (done < (long)(to - from))
			return false;
		uffd_wake(task->uffd, start, to - from);
	}
	return true;
}

static void ask(struct want *want)
{
	put((struct ctn_frame){.kind = want->is_urgent ? FRAME_URGENT : FRAME_WANT, .address = want->source,
			       .pid = want->task->pid, .pages = want->pages, .tag = want - wants});
}

static void take_pages(const struct ctn_frame *frame, const char *bytes)
{
	struct want *want = frame->tag < WANTS ? &wants[frame->tag] : NULL;

	if (!want || want->pages != frame->pages || want->source != frame->address)
		give_up("the source gave what nobody asked for", 0);
	lost_since = 0;
	if (!want->task)
		return; /* Its process has ended */
	if (bring(want->task, want->source, bytes, frame->length))
		forget(want);
	else
		ask(want); /* By the time it comes, what is in the way was read */
}

static void read_link(void)
{
	ssize_t got = recv(line, in + in_size, BUFFER - in_size, MSG_DONTWAIT);
	struct ctn_frame frame;
	size_t used = 0;

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		lose_link();
		return;
	}
	heard_at = now_ms();
	in_size += got;
	while (line >= 0) {
		long size = ctn_frame_read(in + used, in_size - used, page_size, &frame);

		if (size < 0 || (size > 0 && is_open == (frame.kind == FRAME_HELLO)))
			give_up("the source is none, or of another version", 0);
		if (size == 0)
			break;
		if (frame.kind == FRAME_HELLO)
			welcome();
		else if (frame.kind == FRAME_PAGES)
			take_pages(&frame, in + used + sizeof frame);
		else
			is_finished = told_done;
		used += size;
	}
	if (line >= 0) {
		memmove(in, in + used, in_size - used);
		in_size -= used;
	}
}

static void want_pages(struct task *task, const struct ctn_range *range, uint64_t address, uint32_t pages, bool is_urgent)
{
	for (struct want *want = wants; want < wants + WANTS; want++) {
		if (want->task)
			continue;
		*want = (struct want){task, range->source + (address - range->start), address, pages, is_urgent};
		task->wanted++;
		if (!asked++)
			heard_at = now_ms(); /* Until now it had nothing to say */
		background += !is_urgent;
		ask(want);
		return;
	}
	wake_task(task); /* Too many wait: they will be told of again */
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void remote_want(struct task *task, const struct ctn_range *range, uint64_t address)
{
	uint64_t source = range->source + (address - range->start);

	if (!is_open)
		return; /* welcome() has it told again */
	for (struct want *want = wants; want < wants + WANTS; want++)
		if (want->task == task && want->is_urgent && source >= want->source && source < want->source + want->pages * page_size)
			return;
	want_pages(task, range, address, smaller((range->end - address) / page_size, AROUND), true);
}

/* The next pages that nobody has asked for; false when there are none. */
static bool want_more(struct task *task)
{
	const struct ctn_range *range;

	while ((range = ctn_ranges_at(&task->ranges, task->remote_cursor)) && range->offset != CTN_REMOTE)
		task->remote_cursor = range->end;
	if (!range)
		return false;
	uint64_t start = task->remote_cursor > range->start ? task->remote_cursor : range->start;
	uint32_t pages = smaller((range->end - start) / page_size, FRAME_PAGES_MOST);

	task->remote_cursor = start + pages * page_size;
	want_pages(task, range, start, pages, false);
	return true;
}

void remote_step(uint32_t events)
{
	if (line >= 0 && events & EPOLLOUT)
		flush();
	if (line >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_link();
}

void remote_forked(const struct task *parent, struct task *child)
{
	child->remote_cursor = lowest(parent);
}

void remote_forget(const struct task *task)
{
	for (struct want *want = wants; want < wants + WANTS; want++)
		if (want->task == task)
			forget(want);
}

void remote_start(int to)
{
	epoll = to;
	line = -1;
	is_open = told_running = told_done = is_finishing = is_finished = false;
	asked = background = in_size = out_size = 0;
	memset(wants, 0, sizeof wants);
	in = malloc(BUFFER);
	out = malloc(BUFFER);
	if (!in || !out)
		give_up("no memory for a buffer", ENOMEM);
	lost_since = now_ms();
	open_link();
}

void remote_go_on(void)
{
	bool is_running = atomic_load(&journal->is_running), has_more = is_running;
	uint64_t now = now_ms();

	if (line >= 0 && (asked || !is_open || told_done) && now - heard_at > settings.stall_ms)
		lose_link();
	if (line < 0) {
		bool is_over = now - lost_since > settings.reconnect_ms || !atomic_load(&journal->is_announced);

		if (is_over && is_finishing)
			is_finished = true; /* It is not needed any more, and will find out */
		else if (is_over)
			end_without_source();
		if (now - tried_at >= RETRY_MS)
			open_link();
		return;
	}
	if (is_open && !asked)
		lost_since = 0; /* It answers, for all that is known */
	if (is_open && is_running && !told_running) {
		told_running = true;
		put((struct ctn_frame){.kind = FRAME_RUNNING});
	}
	while (is_open && has_more && background < WINDOW) {
		has_more = false;
		for (struct task *task = tasks; task && background < WINDOW; task = task->next)
			has_more |= !task->is_gone && want_more(task);
	}
}

int remote_timeout(void)
{
	return RETRY_MS;
}

bool remote_is_complete(struct task *task)
{
	const struct ctn_range *range = ctn_ranges_at(&task->ranges, task->remote_cursor);

	while (range && range->offset != CTN_REMOTE)
		range = ctn_ranges_at(&task->ranges, range->end);
	return !range && !task->wanted;
}

bool remote_finish(void)
{
	is_finishing = true;
	if (is_open && !told_done) {
		told_done = true;
		put((struct ctn_frame){.kind = FRAME_DONE});
	}
	return is_finished;
}
