/* SPDX-License-Identifier: Apache-2.0 */
#include "pager.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { MOST = 512 };

/* In one write(2). Nobody may be there to read, and the disk may be full: no reason to stop. */
static void put(int fd, const char *format, va_list rest)
{
	char line[MOST];
	int length = vsnprintf(line, MOST - 1, format, rest);

	length = length < 0 ? 0 : length < MOST - 1 ? length : MOST - 2;
	line[length++] = '\n';
	if (write(fd, line, length) < 0)
		return;
}

void say(const char *format, ...)
{
	va_list rest;

	va_start(rest, format);
	put(FD_STATUS, format, rest);
	va_end(rest);
}

void note(const char *format, ...)
{
	va_list rest;

	va_start(rest, format);
	put(FD_LOG, format, rest);
	va_end(rest);
}
