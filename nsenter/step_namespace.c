/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, cgroups and what belongs to them: names, the loopback device, sysctls. */
#include <linux/sched.h>
#include <asm/signal.h>

#include "init.h"

/*
 * "0" means the writer itself. A process that moves only itself, as a single thread, needs no
 * cgroup-wide lock: 30 us, where writing a pid to cgroup.procs waits 2-11 ms for an RCU grace period.
 */
int step_cgroup_join(struct init *init, const struct ctn_step_cgroup_join *step)
{
	long n = sys(__NR_write, step->tasks, "0", 1);

	init->detail = "cgroup";
	sys(__NR_close, step->tasks);
	return n < 0 ? n : 0;
}

int step_unshare(struct init *init, const struct ctn_step_unshare *step)
{
	(void)init;
	return sys(__NR_unshare, step->flags);
}

int step_setns(struct init *init, const struct ctn_step_setns *step)
{
	int err = sys(__NR_setns, step->ns, step->types);

	if (err < 0)
		return err;
	sys(__NR_close, step->ns);
	if (step->types & CLONE_NEWNS) {
		init->root = sys(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
		return init->root < 0 ? init->root : 0;
	}
	return 0;
}

/*
 * The child is a sibling of this process, so that the host can wait for it. It does not go on before
 * the host was told of it: what it says itself would be taken for the word of its parent.
 */
int step_fork(struct init *init, const struct ctn_step_fork *step)
{
	int told[2], err;
	char none;
	long pid;

	(void)step;
	err = sys(__NR_pipe2, told, O_CLOEXEC);
	if (err < 0)
		return err;
	pid = sys(__NR_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		return pid;
	if (pid > 0) {
		report_send(init, CTN_REPORT_CHILD, pid, 0, -1);
		sys(__NR_close, told[1]);
		init_exit(0);
	}
	sys(__NR_close, told[1]);
	while (sys(__NR_read, told[0], &none, 1) == -EINTR)
		continue;
	sys(__NR_close, told[0]);
	return 0;
}

int step_setsid(struct init *init, const struct ctn_step_setsid *step)
{
	long session = sys(__NR_setsid);

	(void)init;
	(void)step;
	return session < 0 ? session : 0;
}

int step_hostname(struct init *init, const struct ctn_step_hostname *step)
{
	init->detail = ctn_list_string(&init->plan, step->name);
	return sys(__NR_sethostname, init->detail, string_length(init->detail));
}

int step_domainname(struct init *init, const struct ctn_step_domainname *step)
{
	init->detail = ctn_list_string(&init->plan, step->name);
	return sys(__NR_setdomainname, init->detail, string_length(init->detail));
}

int step_sysctl(struct init *init, const struct ctn_step_sysctl *step)
{
	const char *value = ctn_list_string(&init->plan, step->value);
	char path[512] = "sys/";
	uint64_t length = string_length(ctn_list_string(&init->plan, step->path));
	long fd, n;

	if (length > sizeof path - 5)
		return -ENAMETOOLONG;
	memcpy(path + 4, ctn_list_string(&init->plan, step->path), length + 1);
	fd = proc_open(init, path, O_WRONLY);
	init->detail = ctn_list_string(&init->plan, step->path);
	if (fd < 0)
		return fd;
	n = sys(__NR_write, fd, value, string_length(value));
	sys(__NR_close, fd);
	return n < 0 ? n : 0;
}

/* SIOCGIFFLAGS and SIOCSIFFLAGS on "lo"; uapi's struct ifreq drags in the C library. */
int step_loopback(struct init *init, const struct ctn_step_loopback *step)
{
	enum { IFF_UP_ = 1, IFF_RUNNING_ = 0x40, SIOCGIFFLAGS_ = 0x8913, SIOCSIFFLAGS_ = 0x8914 };
	struct {
		char name[16];
		short flags;
		char rest[22];
	} request = {.name = "lo"};
	int fd, err;

	(void)step;
	init->detail = "lo";
	fd = sys(__NR_socket, 2 /* AF_INET */, 2 /* SOCK_DGRAM */ | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	err = sys(__NR_ioctl, fd, SIOCGIFFLAGS_, &request);
	request.flags |= IFF_UP_ | IFF_RUNNING_;
	if (err >= 0)
		err = sys(__NR_ioctl, fd, SIOCSIFFLAGS_, &request);
	sys(__NR_close, fd);
	return err;
}
