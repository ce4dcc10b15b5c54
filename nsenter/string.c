/* SPDX-License-Identifier: Apache-2.0 */
/* The few string functions there are; the compiler itself calls memcpy and memset. */
#include "init.h"

uint64_t string_length(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return end - s;
}

int string_equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

#ifndef CTN_HOSTED
__attribute__((optimize("no-tree-loop-distribute-patterns")))
void *memcpy(void *to, const void *from, unsigned long n)
{
	char *at = to;
	const char *source = from;

	while (n--)
		*at++ = *source++;
	return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns")))
void *memset(void *to, int c, unsigned long n)
{
	char *at = to;

	while (n--)
		*at++ = c;
	return to;
}
#endif
