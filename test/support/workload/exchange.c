/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges the two paths of each pair it is given, over and over, until it is killed: what a
 * container does to a volume that it shares with one that is being made.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	puts("exchanging");
	fflush(stdout);
	for (;;)
		for (int i = 1; i + 1 < argc; i += 2)
			renameat2(AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1], RENAME_EXCHANGE);
}
