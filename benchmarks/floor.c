/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a container of the benchmarks' config can take on this machine: its cgroup directories,
 * namespaces, mounts, pivot_root, exec and wait, and nothing that a runtime does besides.
 *
 *	floor fresh|pooled ROOTFS UNIFIED|- V1DIRECTORY... -- PROGRAM [ARGUMENT...]
 *
 * `pooled` makes cgroup directories and network namespace before the time begins, as a pool would have. The directories are those that the container's cgroup is to get. For each line of standard input it makes
 * one such container of PROGRAM (in ROOTFS), waits for its end, removes the directories, and prints
 * the nanoseconds that it took. A program that does not exit with 0 ends it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_HIERARCHIES 16
#define MODE_CGROUP (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME)

static const char *rootfs, *unified;
static char **v1, **program;
static int v1_count, tasks[MOST_HIERARCHIES], pooled, network = -1;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(127);
}

static void must(int result, const char *what)
{
	if (result < 0)
		die(what);
}

/* The controller that a v1 directory is of: /sys/fs/cgroup/CONTROLLER/NAME. */
static const char *target_of(const char *directory, char *target, size_t size)
{
	const char *controller = directory + strlen("/sys/fs/cgroup/");

	snprintf(target, size, "sys/fs/cgroup/%.*s", (int)strcspn(controller, "/"), controller);
	return target;
}

static void mount_cgroups(void)
{
	char target[128];

	must(mount("tmpfs", "sys/fs/cgroup", "tmpfs", MODE_CGROUP, "mode=755"), "tmpfs for cgroups");
	for (int i = 0; i < v1_count; i++) {
		must(mkdir(target_of(v1[i], target, sizeof target), 0755), target);
		must(mount(v1[i], target, NULL, MS_BIND, NULL), target);
		must(mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MODE_CGROUP, NULL), target);
	}
	if (!v1_count)
		must(mount(unified, "sys/fs/cgroup", NULL, MS_BIND, NULL), "cgroup2");
	must(mount(NULL, "sys/fs/cgroup", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MODE_CGROUP, NULL), "read-only cgroups");
}

static void make_devices(void)
{
	static const struct { const char *path; int major, minor; } nodes[] = {
		{"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7}, {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0},
	};
	static const char *const links[][2] = {
		{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
		{"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"}, {"pts/ptmx", "dev/ptmx"},
	};

	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		must(symlink(links[i][0], links[i][1]), links[i][1]);
}

static void mount_all(void)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "propagation");
	must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
	must(chdir(rootfs), rootfs);
	must(mount("proc", "proc", "proc", 0, NULL), "proc");
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
	must(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "directories of dev");
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"), "devpts");
	must(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k"), "shm");
	must(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL), "mqueue");
	must(mount("sysfs", "sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL), "sysfs");
	mount_cgroups();
	make_devices();
}

/* Each may be missing, as with any runtime. */
static void hide_paths(void)
{
	static const char *const files[] = {"proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list", "proc/timer_stats", "proc/sched_debug"};
	static const char *const directories[] = {"proc/acpi", "proc/asound", "sys/firmware", "proc/scsi"};
	static const char *const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

	for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++)
		if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			must(mount(NULL, read_only[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), read_only[i]);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		(void)mount("/dev/null", files[i], NULL, MS_BIND, NULL);
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		(void)mount("tmpfs", directories[i], "tmpfs", MS_RDONLY, NULL);
}

static void loopback_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &lo), "loopback");
	close(fd);
}

static _Noreturn void be_container(void)
{
	static const struct rlimit files = {1024, 1024};
	static char *const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};

	for (int i = 0; i < v1_count; i++)
		must((int)write(tasks[i], "0", 1), "joining a cgroup");
	setsid();
	umask(0);
	if (pooled)
		must(setns(network, CLONE_NEWNET), "setns");
	else
		loopback_up();
	mount_all();
	hide_paths();
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "unmounting the old root");
	must(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
	must(chdir("/"), "/");
	must(sethostname("floor", 5), "hostname");
	must(setrlimit(RLIMIT_NOFILE, &files), "rlimit");
	execve(program[0], program, environment);
	die(program[0]);
}

/*
 * The child runs on our memory and on our stack, and we wait until it has executed or ended, as with
 * vfork. That is why the call must not return by way of a function.
 */
static pid_t clone_container(struct clone_args *args)
{
	long result;

#ifdef __x86_64__
	args->flags |= CLONE_VM | CLONE_VFORK;
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_clone3), "D"(args), "S"(sizeof *args) : "rcx", "r11", "memory");
#else
	result = syscall(SYS_clone3, args, sizeof *args);
#endif
	if (result == 0)
		be_container();
	return (pid_t)result;
}

static void make_cgroups(void)
{
	for (int i = 0; i < v1_count; i++)
		must(mkdir(v1[i], 0755), v1[i]);
	if (unified)
		must(mkdir(unified, 0755), unified);
}

static void make_network(void)
{
	int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	must(ours, "our network namespace");
	must(unshare(CLONE_NEWNET), "unshare");
	loopback_up();
	network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	must(network, "a network namespace");
	must(setns(ours, CLONE_NEWNET), "setns");
	close(ours);
}

static void live(void)
{
	char path[256];
	int group = -1, status = 0;
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | (pooled ? 0 : CLONE_NEWNET),
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (!pooled)
		make_cgroups();
	for (int i = 0; i < v1_count; i++) {
		snprintf(path, sizeof path, "%s/tasks", v1[i]);
		tasks[i] = open(path, O_WRONLY | O_CLOEXEC);
		must(tasks[i], path);
	}
	if (unified) {
		group = open(unified, O_PATH | O_DIRECTORY | O_CLOEXEC);
		must(group, unified);
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group;
	}
	pid = clone_container(&args);
	must(pid, "clone3");
	must(waitpid(pid, &status, 0), "waitpid");
	if (group >= 0)
		close(group);
	if (pooled)
		close(network);
	for (int i = 0; i < v1_count; i++) {
		close(tasks[i]);
		must(rmdir(v1[i]), v1[i]);
	}
	if (unified)
		must(rmdir(unified), unified);
	if (status) {
		fprintf(stderr, "floor: the program ended with status %d\n", status);
		_exit(1);
	}
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int main(int argc, char **argv)
{
	char line[16];

	if (argc < 5)
		return 2;
	pooled = !strcmp(argv[1], "pooled");
	rootfs = argv[2];
	unified = strcmp(argv[3], "-") ? argv[3] : NULL;
	for (v1 = argv + 4; v1[v1_count] && strcmp(v1[v1_count], "--"); v1_count++)
		;
	if (!v1[v1_count] || !v1[v1_count + 1] || v1_count > MOST_HIERARCHIES)
		return 2;
	program = v1 + v1_count + 1;
	while (fgets(line, sizeof line, stdin)) {
		int64_t start;

		if (pooled) {
			make_cgroups();
			make_network();
		}
		start = now_ns();
		live();
		printf("%" PRId64 "\n", now_ns() - start);
		fflush(stdout);
	}
	return 0;
}
