/* Says its arguments to $NOTIFY_SOCKET, one message each, when a line comes in; or with `listen PATH` prints what it is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	strncpy(to.sun_path, path, sizeof to.sun_path - 1);
	return to;
}

static int hear(const char *path)
{
	struct sockaddr_un at = address(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[256];
	ssize_t n;

	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return 1;
	puts("listening");
	fflush(stdout);
	/* Without room for them, descriptors that come along are closed */
	while ((n = recv(fd, text, sizeof text, 0)) >= 0) {
		printf("%.*s\n", (int)n, text);
		fflush(stdout);
	}
	return 1;
}

int main(int argc, char **argv)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = address(path ? path : "");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (argc == 3 && !strcmp(argv[1], "listen"))
		return hear(argv[2]);
	if (argc > 1 && !strcmp(argv[1], "wait")) {
		getchar();
		argv++;
	}
	while (*++argv)
		if (sendto(fd, *argv, strlen(*argv), 0, (struct sockaddr *)&to, sizeof to) < 0)
			return 3;
	return getenv("EXIT") ? 7 : (pause(), 0);
}
