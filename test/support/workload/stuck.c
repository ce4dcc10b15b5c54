/* A process that waits for the child of a vfork(2), for ever: nothing but a kill gets at it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	puts("ready");
	fflush(stdout);
	setsid();
	if (vfork() == 0) {
		pause();
		_exit(0);
	}
	return 0;
}
