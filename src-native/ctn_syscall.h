/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls without a C library: the result is >= 0 or -errno, and no thread-local errno is
 * touched. ctn-init has no libc at all; in the runtime's process, the child that shares memory
 * with it (CLONE_VM) may use nothing else either.
 */
#ifndef CTN_SYSCALL_H
#define CTN_SYSCALL_H

#include <asm/unistd.h>

#if defined(__x86_64__)
static inline long ctn_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static inline long ctn_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
#else
#error "ctnative knows x86-64 and arm64 only"
#endif

#define CTN_SYSCALL_PICK(_0, _1, _2, _3, _4, _5, _6, name, ...) name
#define CTN_SYSCALL_0(nr) ctn_syscall6(nr, 0, 0, 0, 0, 0, 0)
#define CTN_SYSCALL_1(nr, a) ctn_syscall6(nr, (long)(a), 0, 0, 0, 0, 0)
#define CTN_SYSCALL_2(nr, a, b) ctn_syscall6(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define CTN_SYSCALL_3(nr, a, b, c) ctn_syscall6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CTN_SYSCALL_4(nr, a, b, c, d) ctn_syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CTN_SYSCALL_5(nr, a, b, c, d, e) ctn_syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define CTN_SYSCALL_6(nr, a, b, c, d, e, f) \
	ctn_syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* sys(__NR_openat, AT_FDCWD, path, flags, mode) */
#define sys(...) \
	CTN_SYSCALL_PICK(__VA_ARGS__, CTN_SYSCALL_6, CTN_SYSCALL_5, CTN_SYSCALL_4, CTN_SYSCALL_3, \
			 CTN_SYSCALL_2, CTN_SYSCALL_1, CTN_SYSCALL_0)(__VA_ARGS__)

#endif
