/* SPDX-License-Identifier: Apache-2.0 */
#include "pager.h"

#include <errno.h>
#include <sys/ioctl.h>

long uffd_copy(int uffd, uint64_t to, const void *from, uint64_t length)
{
	struct uffdio_copy copy = {.dst = to, .src = (uintptr_t)from, .len = length};

	if (ioctl(uffd, UFFDIO_COPY, &copy) == 0)
		return length;
	return copy.copy > 0 ? copy.copy : -errno;
}

long uffd_zero(int uffd, uint64_t address)
{
	struct uffdio_zeropage zero = {.range = {address, page_size}};

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero) == 0 ? (long)page_size : -errno;
}

void uffd_wake(int uffd, uint64_t address, uint64_t length)
{
	struct uffdio_range range = {address, length};

	ioctl(uffd, UFFDIO_WAKE, &range); /* which fails for a bad range only */
}

bool uffd_is_over(int uffd)
{
	return uffd_zero(uffd, UFFD_PROBE) == -ESRCH;
}
