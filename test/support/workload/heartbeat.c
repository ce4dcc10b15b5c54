/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A workload that knows for how long it was gone.
 *
 *	heartbeat MIB
 *
 * Fills MIB MiB with random data, then beats every half millisecond and remembers the longest time
 * between two beats. Whenever it reads a line, or gets SIGUSR1, it answers with a line of JSON: beats
 * since it started, longest gap since the last answer, and whether the memory still is what it was.
 * The first such line says that the memory is filled.
 *
 * The gaps are those of the time of day: a restored process may live in a time namespace in which
 * CLOCK_MONOTONIC went on where it had stopped, and would hide the very thing to be measured.
 */
#define _GNU_SOURCE /* ppoll */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t asked;
static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		asked = 1;
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

/* Half a millisecond, or less if there is something to read. True if it was a line, false without one. */
static int wait_for_line(struct pollfd *in)
{
	static const struct timespec half_ms = {.tv_nsec = 500000};
	char text[64];
	ssize_t size;

	if (ppoll(in, 1, &half_ms, NULL) <= 0 || !in->revents)
		return 0;
	size = read(in->fd, text, sizeof text);
	if (size == 0 || (size < 0 && errno != EINTR))
		in->fd = -1; /* closed: from now on only a signal can ask */
	return size > 0;
}

int main(int argc, char **argv)
{
	size_t count = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) << 17;
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	uint64_t *words = NULL;
	uint64_t beats = 0;
	int64_t last, gap = 0;
	uint64_t sum;

	handle(SIGUSR1);
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
	fill(words, count);
	sum = checksum(words, count);
	answer(beats, gap, words, count, sum);
	last = now_ns();
	while (!ended) {
		int64_t now;

		if (wait_for_line(&in))
			asked = 1;
		now = now_ns();
		if (now - last > gap)
			gap = now - last;
		last = now;
		beats++;
		if (asked) {
			asked = 0;
			answer(beats, gap, words, count, sum);
			gap = 0;
			last = now_ns(); /* looking through the memory took its time */
		}
	}
	return 0;
}
