/* SPDX-License-Identifier: Apache-2.0 */
/* HOME, from the container's own /etc/passwd: it is only there, and only now, that it can be read. */
#include "init.h"

enum { PASSWD_LIMIT = 1 << 20 };

static char passwd[PASSWD_LIMIT];

static int load(struct init *init)
{
	int fd = root_open(init, "/etc/passwd", O_RDONLY | O_NONBLOCK, 0);
	long n, length = 0;

	if (fd < 0)
		return fd;
	while (length < PASSWD_LIMIT - 1) {
		n = sys(__NR_read, fd, passwd + length, PASSWD_LIMIT - 1 - length);
		if (n <= 0)
			break;
		length += n;
	}
	sys(__NR_close, fd);
	return length;
}

/* The start of field `index` (from 0) of the line at `at`, or 0. */
static const char *field(const char *at, int index)
{
	for (; index; index--) {
		while (*at && *at != ':' && *at != '\n')
			at++;
		if (*at++ != ':')
			return 0;
	}
	return at;
}

static int is_uid(const char *text, uint32_t uid)
{
	uint64_t number = 0;

	if (*text < '0' || *text > '9')
		return 0;
	for (; *text >= '0' && *text <= '9' && number <= UINT32_MAX; text++)
		number = number * 10 + (*text - '0');
	return *text == ':' && number == uid;
}

/* The first entry of this uid that names a home decides; without one it is the root directory. */
int step_home(struct init *init, const struct ctn_step_home *step)
{
	const char *line = passwd, *uid, *home = 0;
	uint64_t length = 0;
	long size;

	init->detail = "/etc/passwd";
	size = load(init);
	while (size > 0 && *line && !home) {
		uid = field(line, 2);
		if (uid && is_uid(uid, step->uid))
			home = field(line, 5);
		while (*line && *line != '\n')
			line++;
		line += *line == '\n';
	}
	while (home && home[length] && home[length] != ':' && home[length] != '\n')
		length++;
	if (!length || length > sizeof init->home - 6)
		home = "/", length = 1;
	memcpy(init->home, "HOME=", 5);
	memcpy(init->home + 5, home, length);
	init->home[5 + length] = 0;
	return 0;
}
