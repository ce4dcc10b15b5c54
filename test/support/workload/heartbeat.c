/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A workload that knows for how long it was gone.
 *
 *	heartbeat MIB [RATE [PORT]]
 *
 * Fills MIB MiB with random data, then beats every half millisecond and remembers the longest time
 * between two beats. Whenever it reads a line, or gets SIGUSR1, it answers with a line of JSON: beats
 * since it started, longest gap since the last answer, and whether the memory still is what it was.
 * The first such line says that the memory is filled. SIGUSR2 gets an answer without a look at the memory.
 *
 * With RATE it dirties so many MB of pages a second, one after the other, by writing what is there. With
 * PORT it listens there on all addresses, takes one connection, and sends back each byte.
 *
 * The gaps are those of the time of day: a restored process may live in a time namespace in which
 * CLOCK_MONOTONIC went on where it had stopped, and would hide the very thing to be measured.
 */
#define _GNU_SOURCE /* ppoll */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE_WORDS 512

static volatile sig_atomic_t asked;
static volatile sig_atomic_t asked_briefly;
static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		asked = 1;
	else if (signal == SIGUSR2)
		asked_briefly = 1;
	else
		ended = 1;
}

/* As init of a pid namespace it gets only the signals it handles. */
static void handle(int signal)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(signal, &action, NULL);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* xorshift64*: data that no one can compress, or find twice. */
static void fill(uint64_t *words, size_t count)
{
	uint64_t state = (uint64_t)now_ns() | 1;

	for (size_t i = 0; i < count; i++) {
		state ^= state >> 12;
		state ^= state << 25;
		state ^= state >> 27;
		words[i] = state * UINT64_C(0x2545F4914F6CDD1D);
	}
}

/* Sensitive to the place of a word as well as to its value. */
static uint64_t checksum(const uint64_t *words, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum = ((sum << 1) | (sum >> 63)) ^ words[i];
	return sum;
}

static int send_all(const char *text, size_t size)
{
	while (size > 0) {
		ssize_t sent = write(STDOUT_FILENO, text, size);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		text += sent;
		size -= (size_t)sent;
	}
	return 0;
}

static void answer(uint64_t beats, int64_t gap, const uint64_t *words, size_t count, uint64_t sum)
{
	char line[160];
	int size = snprintf(line, sizeof line,
			    "{\"beats\":%" PRIu64 ",\"gapMs\":%.3f,\"mib\":%zu,\"checksum\":\"%016" PRIx64
			    "\",\"intact\":%s}\n",
			    beats, (double)gap / 1e6, count * sizeof *words >> 20, sum,
			    checksum(words, count) == sum ? "true" : "false");

	/* If nobody reads any more there is nobody to tell. */
	(void)send_all(line, (size_t)size);
}

static void answer_briefly(uint64_t beats)
{
	char line[64];
	int size = snprintf(line, sizeof line, "{\"beats\":%" PRIu64 "}\n", beats);

	(void)send_all(line, (size_t)size);
}

/* Writes to as many pages as are due since the last beat. What it missed while it was frozen it does not make up for. */
static void dirty(uint64_t *words, size_t count, double mb_per_second, int64_t ns)
{
	static double due;
	static size_t next;

	due += mb_per_second * (double)(ns < 10000000 ? ns : 10000000) / 1000;
	for (; due >= 4096 && count; due -= 4096) {
		volatile uint64_t *word = words + next;

		*word = *word;
		next = (next + PAGE_WORDS) % count;
	}
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0) {
		perror("heartbeat: listening");
		exit(1);
	}
	return fd;
}

/* A new connection takes the place of the listening socket. */
static void serve(struct pollfd *peer, int *connected)
{
	char bytes[64];
	ssize_t size;

	if (!*connected) {
		int fd = accept4(peer->fd, NULL, NULL, SOCK_CLOEXEC);

		close(peer->fd);
		peer->fd = fd;
		*connected = 1;
		return;
	}
	size = recv(peer->fd, bytes, sizeof bytes, 0);
	if (size <= 0 || send(peer->fd, bytes, (size_t)size, 0) != size)
		peer->fd = -1;
}

/* Half a millisecond, or less if there is something to read. True if it was a line, false without one. */
static int wait_for_line(struct pollfd fds[2])
{
	static const struct timespec half_ms = {.tv_nsec = 500000};
	static int connected;
	char text[64];
	ssize_t size;

	if (ppoll(fds, 2, &half_ms, NULL) <= 0)
		return 0;
	if (fds[1].revents)
		serve(&fds[1], &connected);
	if (!fds[0].revents)
		return 0;
	size = read(fds[0].fd, text, sizeof text);
	if (size == 0 || (size < 0 && errno != EINTR))
		fds[0].fd = -1; /* closed: from now on only a signal can ask */
	return size > 0;
}

int main(int argc, char **argv)
{
	size_t count = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) << 17;
	double rate = argc > 2 ? strtod(argv[2], NULL) : 0;
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	uint64_t *words = NULL;
	uint64_t beats = 0;
	int64_t last, gap = 0;
	uint64_t sum;

	handle(SIGUSR1);
	handle(SIGUSR2);
	handle(SIGTERM);
	handle(SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (count) {
		words = mmap(NULL, count * sizeof *words, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (words == MAP_FAILED) {
			perror("heartbeat: mmap");
			return 1;
		}
	}
	if (argc > 3)
		fds[1].fd = listen_on((uint16_t)strtoul(argv[3], NULL, 10));
	fill(words, count);
	sum = checksum(words, count);
	answer(beats, gap, words, count, sum);
	last = now_ns();
	while (!ended) {
		int64_t now;

		if (wait_for_line(fds))
			asked = 1;
		now = now_ns();
		if (now - last > gap)
			gap = now - last;
		dirty(words, count, rate, now - last);
		last = now;
		beats++;
		if (asked_briefly) {
			asked_briefly = 0;
			answer_briefly(beats);
		}
		if (asked) {
			asked = 0;
			answer(beats, gap, words, count, sum);
			gap = 0;
			last = now_ns(); /* looking through the memory took its time */
		}
	}
	return 0;
}
