/* SPDX-License-Identifier: Apache-2.0 */
/* Memory as a file that nobody can change: for ctn-init itself (CVE-2019-5736) and for its plans. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../auto.h"
#include "sys.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#define MFD_NOEXEC_SEAL 0x0008u
#endif

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= n;
	}
	return 0;
}

int ctn_memfd(const char *name, int executable)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | (executable ? MFD_EXEC : 0));

	if (fd < 0 && errno == EINVAL && executable) /* before Linux 6.3 every memfd can be executed */
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

int ctn_memfd_fill(int fd, const void *bytes, size_t size)
{
	int err = write_all(fd, bytes, size);

	if (err < 0)
		return err;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0 ? -errno : 0;
}

int ctn_memfd_sealed(const char *name, const void *bytes, size_t size, int executable)
{
	auto_fd fd = ctn_memfd(name, executable);
	int err = fd < 0 ? fd : ctn_memfd_fill(fd, bytes, size);

	return err < 0 ? err : take_fd(&fd);
}
