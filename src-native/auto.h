/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership that the text shows: an auto_ variable is released at the end of its scope, take_fd() hands it on. */
#ifndef CTN_AUTO_H
#define CTN_AUTO_H

#include <stdlib.h>
#include <unistd.h>

static inline void ctn_auto_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void ctn_auto_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define auto_fd __attribute__((cleanup(ctn_auto_close))) int
#define auto_free __attribute__((cleanup(ctn_auto_free)))

#endif
