/* SPDX-License-Identifier: Apache-2.0 */
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../auto.h"

static int write_file(const char *name, const char *text)
{
	auto_fd file = openat(FD_CGROUP, name, O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

static bool is_unified(void)
{
	return faccessat(FD_CGROUP, "cgroup.freeze", F_OK, 0) == 0;
}

void container_freeze(bool frozen)
{
	int error = is_unified() ? write_file("cgroup.freeze", frozen ? "1" : "0")
				 : write_file("freezer.state", frozen ? "FROZEN" : "THAWED");

	if (error)
		note("the container cannot be %s: %s", frozen ? "frozen" : "thawed", strerror(-error));
}

enum { MOST_PIDS = 1 << 15 };

bool container_is_frozen(void)
{
	char state[16] = {0};
	auto_fd file = openat(FD_CGROUP, is_unified() ? "cgroup.freeze" : "freezer.state", O_RDONLY | O_CLOEXEC);

	return file >= 0 && read(file, state, sizeof state - 1) > 0 && (state[0] == '1' || state[0] == 'F');
}

/* Whoever is in it, one by one; true if there was somebody. */
static bool kill_all(void)
{
	static pid_t pids[MOST_PIDS];
	int file = openat(FD_CGROUP, "cgroup.procs", O_RDONLY | O_CLOEXEC), count = 0;
	FILE *list = file < 0 ? NULL : fdopen(file, "r");

	if (!list)
		return false;
	while (count < MOST_PIDS && fscanf(list, "%d", &pids[count]) == 1)
		count++;
	fclose(list);
	for (int i = 0; i < count; i++)
		if (pids[i] == getpid() || pids[i] == getppid() || pids[i] <= 1) {
			note("the cgroup is not that of a container: nobody is ended");
			return false;
		}
	for (int i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	return count > 0;
}

void container_kill(void)
{
	if (write_file("cgroup.kill", "1") == 0)
		return;
	/* Frozen ones make no others meanwhile; and in v1 nobody dies who is frozen */
	container_freeze(true);
	kill_all();
	container_freeze(false);
	for (int tries = 0; tries < 1000 && kill_all(); tries++)
		usleep(1000);
}

void give_up(const char *why, int error)
{
	if (error)
		note("%s: %s; the container is ended", why, strerror(error));
	else
		note("%s; the container is ended", why);
	if (atomic_load(&journal->is_announced)) /* Else nothing is lost: there was no source yet, and nothing has run */
		container_kill();
	say(error ? "stopped %s: %s" : "stopped %s", why, strerror(error));
	atomic_store(&journal->outcome, OUTCOME_STOPPED);
	_exit(1);
}
