/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes (scene.h) of sockets: unix, TCP within, TCP to outside. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "scene.h"

static int pair[2], listener, client, server, datagram;

/* What was sent before comes out first, then what is sent now. */
static const char *exchange(int from, int to)
{
	static char queued[] = "queued", text[16];
	struct pollfd in = {.fd = to, .events = POLLIN};

	for (size_t used = 0; used < sizeof queued;) {
		ssize_t got = poll(&in, 1, 2000) == 1 ? read(to, text + used, sizeof queued - used) : -1;

		if (got <= 0)
			return "nothing was queued";
		used += (size_t)got;
	}
	if (memcmp(text, queued, sizeof queued))
		return "something else was queued";
	return write(from, queued, sizeof queued) != sizeof queued ? "cannot send" : NULL;
}

static int unix_socket(int type, const char *name, int (*call)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int socket_fd = socket(AF_UNIX, type, 0);
	socklen_t size;

	strncpy(address.sun_path, name, sizeof address.sun_path - 1);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + (name[0] != '@'));
	if (name[0] == '@')
		address.sun_path[0] = 0;
	return socket_fd < 0 || call(socket_fd, (const void *)&address, size) < 0 ? -1 : socket_fd;
}

/* unix: a pair, an abstract listener with a connection, a named datagram socket; bytes are queued in all. */
static const char *unix_set_up(const char *argument)
{
	(void)argument;
	listener = unix_socket(SOCK_STREAM, "@scene", bind);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || listener < 0 || listen(listener, 4) < 0)
		return "unix sockets";
	client = unix_socket(SOCK_STREAM, "@scene", connect);
	server = accept(listener, NULL, NULL);
	datagram = unix_socket(SOCK_DGRAM, "/tmp/datagram", bind);
	if (client < 0 || server < 0 || datagram < 0)
		return "unix connection";
	if (write(pair[0], "queued", 7) != 7 || write(client, "queued", 7) != 7)
		return "queueing";
	return NULL;
}

static const char *unix_check(const char *line)
{
	const char *wrong = exchange(pair[0], pair[1]);
	int late, accepted;
	char text[8];

	(void)line;
	if (!wrong)
		wrong = exchange(client, server);
	if (wrong)
		return wrong;
	late = unix_socket(SOCK_STREAM, "@scene", connect);
	accepted = late < 0 ? -1 : accept(listener, NULL, NULL);
	if (accepted < 0)
		return "the listener takes no connection";
	close(late);
	close(accepted);
	late = unix_socket(SOCK_DGRAM, "/tmp/datagram", connect);
	if (late < 0 || write(late, "now", 4) != 4 || read(datagram, text, sizeof text) != 4)
		return "datagrams do not arrive";
	close(late);
	return NULL;
}

static struct sockaddr_in address_of(const char *host, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, host, &address.sin_addr);
	return address;
}

/* listen PORT: on all addresses. */
static const char *listen_set_up(const char *port)
{
	struct sockaddr_in address = address_of("0.0.0.0", atoi(port));
	int yes = 1;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	return bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 4) < 0 ? "listening" : NULL;
}

static const char *connect_pair(void)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;

	if (getsockname(listener, (void *)&address, &size) < 0)
		return "getsockname";
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(client, (void *)&address, sizeof address) < 0)
		return "connecting";
	server = accept(listener, NULL, NULL);
	return server < 0 ? "accepting" : NULL;
}

static const char *listen_check(const char *line)
{
	const char *wrong = connect_pair();

	(void)line;
	close(client);
	close(server);
	return wrong;
}

/* tcp: a connection over loopback, with bytes under way in both directions. */
static const char *tcp_set_up(const char *argument)
{
	const char *wrong = listen_set_up("0");

	(void)argument;
	if (!wrong)
		wrong = connect_pair();
	if (!wrong && (write(client, "queued", 7) != 7 || write(server, "queued", 7) != 7))
		wrong = "queueing";
	return wrong;
}

static const char *tcp_check(const char *line)
{
	const char *wrong;
	char byte;

	if (!strcmp(line, "closed")) {
		if (read(client, &byte, 1) > 0 || write(client, "x", 1) > 0)
			return "the connection is not closed";
		return listen_check(line);
	}
	wrong = exchange(client, server);
	return wrong ? wrong : exchange(server, client);
}

static unsigned sent[2];

/* Words that count up, until no more goes in. */
static void fill(int socket_fd, unsigned *count)
{
	int few = 1 << 16;

	setsockopt(socket_fd, SOL_SOCKET, SO_SNDBUF, &few, sizeof few);
	fcntl(socket_fd, F_SETFL, O_NONBLOCK);
	while (write(socket_fd, count, sizeof *count) == sizeof *count)
		++*count;
}

/* Reads and compares them; some may still be on their way. */
static const char *drain(int socket_fd, unsigned count)
{
	struct pollfd in = {.fd = socket_fd, .events = POLLIN};
	unsigned word;

	for (unsigned i = 0; i < count; i++)
		if (poll(&in, 1, 5000) != 1 || recv(socket_fd, &word, sizeof word, MSG_WAITALL) != sizeof word || word != i)
			return "something was lost";
	return poll(&in, 1, 0) ? "something came twice" : NULL;
}

/* full: a connection over loopback that takes no more, in either direction: both ends have bytes that were never sent. */
static const char *full_set_up(const char *argument)
{
	const char *wrong = listen_set_up("0");

	(void)argument;
	if (!wrong)
		wrong = connect_pair();
	if (!wrong) {
		fill(client, &sent[0]);
		fill(server, &sent[1]);
	}
	return wrong;
}

static const char *full_check(const char *line)
{
	const char *wrong = drain(server, sent[0]);

	(void)line;
	return wrong ? wrong : drain(client, sent[1]);
}

/* echo PORT: waits for one peer; for each line it sends all that has come back to it. */
static const char *echo_set_up(const char *port)
{
	return listen_set_up(port);
}

static const char *echo_check(const char *line)
{
	static char bytes[4096];
	ssize_t size;

	if (!strcmp(line, "accept")) {
		server = accept(listener, NULL, NULL);
		return server < 0 ? "accept" : NULL;
	}
	size = recv(server, bytes, sizeof bytes, MSG_DONTWAIT);
	return size <= 0 || send(server, bytes, (size_t)size, MSG_NOSIGNAL) != size ? "echo" : NULL;
}

/* peer ADDRESS: connects to port 4711 there; a line is sent, and has to come back within five seconds. */
static const char *peer_set_up(const char *host)
{
	struct sockaddr_in address = address_of(host, 4711);

	client = socket(AF_INET, SOCK_STREAM, 0);
	return connect(client, (void *)&address, sizeof address) < 0 ? "connecting" : NULL;
}

static const char *peer_check(const char *line)
{
	struct pollfd in = {.fd = client, .events = POLLIN};
	char bytes[64] = {0};

	if (!strncmp(line, "send ", 5))
		return send(client, line + 5, strlen(line + 5), MSG_NOSIGNAL) < 0 ? "send" : NULL;
	if (poll(&in, 1, 5000) != 1 || recv(client, bytes, sizeof bytes - 1, 0) <= 0)
		return "no answer";
	return strcmp(line + 5, bytes) ? "another answer" : NULL;
}

/* outside PATH: a datagram socket that is connected to one outside of the container; or `stream:PATH`. */
static const char *outside_set_up(const char *path)
{
	int is_stream = !strncmp(path, "stream:", 7);

	client = unix_socket(is_stream ? SOCK_STREAM : SOCK_DGRAM, path + (is_stream ? 7 : 0), connect);
	return client < 0 ? "connecting" : NULL;
}

static const char *outside_check(const char *line)
{
	return write(client, line, strlen(line)) < 0 ? "writing" : NULL;
}

int main(int argc, char **argv)
{
	static const struct scene scenes[] = {
		{"unix", unix_set_up, unix_check},
		{"listen", listen_set_up, listen_check},
		{"tcp", tcp_set_up, tcp_check},
		{"full", full_set_up, full_check},
		{"echo", echo_set_up, echo_check},
		{"peer", peer_set_up, peer_check},
		{"outside", outside_set_up, outside_check},
	};

	return play(scenes, sizeof scenes / sizeof *scenes, argc, argv);
}
