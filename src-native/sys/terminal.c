/* SPDX-License-Identifier: Apache-2.0 */
/* Host ops on a terminal of the caller. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "../ctn_list.h"
#include "sys.h"

int ctn_host_terminal_raw(const struct ctn_list *list, const struct ctn_host_terminal_raw *op,
			  struct ctn_result *result)
{
	struct termios *saved, raw;

	(void)list;
	result->bytes = saved = calloc(1, sizeof *saved);
	result->length = sizeof *saved;
	if (!saved)
		return -ENOMEM;
	if (tcgetattr(op->fd, saved) < 0)
		return -errno;
	raw = *saved;
	cfmakeraw(&raw);
	return tcsetattr(op->fd, TCSANOW, &raw) < 0 ? -errno : 0;
}

int ctn_host_terminal_set(const struct ctn_list *list, const struct ctn_host_terminal_set *op,
			  struct ctn_result *result)
{
	uint32_t length;
	const void *saved = ctn_list_blob(list, op->saved, &length);

	(void)result;
	if (length != sizeof(struct termios))
		return -EINVAL;
	return tcsetattr(op->fd, TCSADRAIN, saved) < 0 ? -errno : 0;
}

int ctn_host_window_size(const struct ctn_list *list, const struct ctn_host_window_size *op,
			 struct ctn_result *result)
{
	(void)list;
	result->bytes = calloc(1, sizeof(struct winsize));
	result->length = sizeof(struct winsize);
	if (!result->bytes)
		return -ENOMEM;
	return ioctl(op->fd, TIOCGWINSZ, result->bytes) < 0 ? -errno : 0;
}
