/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command's C library is without. It is musl: before main() the static glibc asks the processor for its
 * caches, instruction by instruction that the hypervisor of a virtual machine has to answer, and looks for the best of its
 * functions, which takes a quarter of a millisecond in each command.
 *
 * Debian's QuickJS is compiled with glibc's headers, whose checked functions have names of their own; and musl's
 * memcpy(3) is made for long copies, the engine's are short.
 */
#ifndef __GLIBC__
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
typedef uint64_t __attribute__((may_alias, aligned(1))) word;
typedef long long __attribute__((vector_size(16), may_alias, aligned(1))) vector;

enum { LONG = 512 };

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	char *target = to;
	const char *source = from;

	if (size >= LONG) {
		__asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(size) : : "memory");
	} else if (size >= sizeof(vector)) {
		vector last = *(const vector *)(source + size - sizeof last);

		for (size_t at = 0; at + sizeof last < size; at += sizeof last)
			*(vector *)(target + at) = *(const vector *)(source + at);
		*(vector *)(target + size - sizeof last) = last;
	} else if (size >= sizeof(word)) {
		word first = *(const word *)source, last = *(const word *)(source + size - sizeof last);

		*(word *)target = first;
		*(word *)(target + size - sizeof last) = last;
	} else {
		for (size_t at = 0; at < size; at++)
			target[at] = source[at];
	}
	return to;
}

/* In the same file of musl as memcpy. Forward it is that one, which reads before it writes. */
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memmove(void *to, const void *from, size_t size)
{
	char *target = to;
	const char *source = from;

	if ((uintptr_t)target - (uintptr_t)source >= size)
		return memcpy(to, from, size);
	for (; size >= sizeof(vector); size -= sizeof(vector))
		*(vector *)(target + size - sizeof(vector)) = *(const vector *)(source + size - sizeof(vector));
	while (size--)
		target[size] = source[size];
	return to;
}
#endif

void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
	if (size > room)
		abort();
	return memcpy(to, from, size);
}

int __vsnprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, va_list values)
{
	(void)flag;
	if (size > room)
		abort();
	return vsnprintf(text, size, format, values);
}

int __snprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = __vsnprintf_chk(text, size, flag, room, format, values);
	va_end(values);
	return length;
}

int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list values;
	int length;

	(void)flag;
	va_start(values, format);
	length = vfprintf(file, format, values);
	va_end(values);
	return length;
}
#endif
