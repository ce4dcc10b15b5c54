/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a launch plan: what ctn-init can do. Field kinds are those of ctn_wire.h.
 *
 * A new step is a line in CTN_STEPS, a CTN_FIELDS_<step> list, and a step_<step>() in nsenter/.
 */
#ifndef CTN_STEPS_H
#define CTN_STEPS_H

/* X(code, step). Codes are never reused. */
#define CTN_STEPS(X)        \
	X(1, sync)          \
	X(2, undumpable)    \
	X(3, cgroup_join)   \
	X(4, unshare)       \
	X(5, setns)         \
	X(6, fork)          \
	X(7, setsid)        \
	X(8, keyring)       \
	X(9, map_root)      \
	X(10, propagation)  \
	X(11, root)         \
	X(12, mount)        \
	X(13, bind)         \
	X(14, device)       \
	X(15, symlink)      \
	X(16, mask)         \
	X(17, readonly)     \
	X(18, mkdir)        \
	X(19, mount_attr)   \
	X(20, pivot_root)   \
	X(21, hostname)     \
	X(22, domainname)   \
	X(23, sysctl)       \
	X(24, loopback)     \
	X(25, no_new_privs) \
	X(26, credentials)  \
	X(27, chdir)        \
	X(28, console)      \
	X(29, null_stdio)   \
	X(30, seccomp)      \
	X(31, find_program) \
	X(32, wait_start)   \
	X(33, exec)         \
	X(34, umask)        \
	X(35, own_stdio)    \
	X(36, personality)  \
	X(37, rlimit)       \
	X(38, home)         \
	X(40, hook)         \
	X(41, scheduler)    \
	X(42, io_priority)  \
	X(43, affinity)     \
	X(44, memory_policy) \
	X(45, label)        \
	X(46, time_offset)  \
	X(47, tree)         \
	X(50, remount)      \
	X(51, mount_data)   \
	X(52, chroot)       \
	X(53, cover)        \
	X(54, root_directory) \
	X(55, close_others)

/* sync: report `point` and wait for the host. */
#define CTN_FIELDS_sync(F)         F(u32, point) F(pad, pad0)
#define CTN_FIELDS_undumpable(F)   F(pad, pad0) F(pad, pad1)
/* cgroup_join: move this process into the cgroup whose (v1) tasks file `tasks` is. */
#define CTN_FIELDS_cgroup_join(F)  F(fd, tasks) F(pad, pad0)
#define CTN_FIELDS_unshare(F)      F(u64, flags)
/* setns: `types` are CLONE_NEW* flags; `ns` is a namespace or a pidfd. */
#define CTN_FIELDS_setns(F)        F(fd, ns) F(u32, types)
/* fork: go on in a child that has the same parent as this process; report its pid. */
#define CTN_FIELDS_fork(F)         F(pad, pad0) F(pad, pad1)
#define CTN_FIELDS_setsid(F)       F(pad, pad0) F(pad, pad1)
#define CTN_FIELDS_keyring(F)      F(str, name) F(u32, permissions)
/* map_root: become uid 0 and gid 0 of the user namespace. */
#define CTN_FIELDS_map_root(F)     F(u32, drop_groups) F(pad, pad0)
/* propagation: of every mount there is, MS_SLAVE | MS_REC or the like. */
#define CTN_FIELDS_propagation(F)  F(u64, flags)
/* root: the detached mount `tree` goes to `at` of the host and becomes the root of all paths below. */
#define CTN_FIELDS_root(F)         F(fd, tree) F(str, at)
/* mount: a new filesystem; `options` are "key" or "key=value"; `attributes` are MOUNT_ATTR_*. */
#define CTN_FIELDS_mount(F)        F(u64, attributes) F(str, fstype) F(ostr, source) F(strv, options) \
				   F(str, target) F(u32, target_flags) F(pad, pad0) F(u64, propagation)
/* bind: attach the detached mount `tree`. */
#define CTN_FIELDS_bind(F)         F(fd, tree) F(str, target) F(u32, target_flags) F(pad, pad0)
/* device: mknod; `mode` has the type and the permissions. */
#define CTN_FIELDS_device(F)       F(str, path) F(u32, mode) F(u32, major) F(u32, minor) F(u32, uid) F(u32, gid)
#define CTN_FIELDS_symlink(F)      F(str, target) F(str, path)
/* mask: hide `path` behind `null_tree`, a detached mount of /dev/null, or an empty directory. */
#define CTN_FIELDS_mask(F)         F(fd, null_tree) F(str, path)
#define CTN_FIELDS_readonly(F)     F(str, path) F(pad, pad0)
/* mkdir: a directory, or with S_IFREG in `mode` an empty file, and what is missing above it. */
#define CTN_FIELDS_mkdir(F)        F(str, path) F(u32, mode)
/* mount_attr: mount_setattr(2) on the mount at `path`. */
#define CTN_FIELDS_mount_attr(F)   F(u64, set) F(u64, clear) F(u64, propagation) F(str, path) F(u32, recursive)
#define CTN_FIELDS_pivot_root(F)   F(pad, pad0) F(pad, pad1)
#define CTN_FIELDS_hostname(F)     F(str, name) F(pad, pad0)
#define CTN_FIELDS_domainname(F)   F(str, name) F(pad, pad0)
/* sysctl: `path` is below /proc/sys, with slashes. */
#define CTN_FIELDS_sysctl(F)       F(str, path) F(str, value)
#define CTN_FIELDS_loopback(F)     F(pad, pad0) F(pad, pad1)
#define CTN_FIELDS_no_new_privs(F) F(pad, pad0) F(pad, pad1)
/* credentials: ids, groups (blob of u32) and, unless keep_capabilities, the five capability sets. */
#define CTN_FIELDS_credentials(F)  F(u64, bounding) F(u64, effective) F(u64, permitted) F(u64, inheritable) \
				   F(u64, ambient) F(u32, uid) F(u32, gid) F(blob, groups) F(u32, set_groups) \
				   F(u32, keep_capabilities) F(pad, pad0)
/* chdir: `retry` makes it do nothing when an earlier chdir step was successful. */
#define CTN_FIELDS_chdir(F)        F(str, path) F(u32, retry)
/* console: a pty of the container's own devpts becomes stdio and the controlling terminal. */
#define CTN_FIELDS_console(F)      F(u32, rows) F(u32, columns) F(u32, bind_console) F(u32, uid)
/* null_stdio: replace the descriptors in `mask` (1 << fd), and those in `if_null` that are a /dev/null, by the container's. */
#define CTN_FIELDS_null_stdio(F)   F(u32, mask) F(u32, if_null)
/* seccomp: load a filter; with `notify`, report its listener descriptor and wait for the host. */
#define CTN_FIELDS_seccomp(F)      F(blob, filter) F(u32, flags) F(u32, notify) F(pad, pad0)
/* find_program: resolve argv[0] as execvp(3) does, for a later exec. */
#define CTN_FIELDS_find_program(F) F(str, name) F(strv, path)
/* wait_start: accept on `listener` until a peer says go; from there on report to that peer. */
#define CTN_FIELDS_wait_start(F)   F(fd, listener) F(pad, pad0)
/* exec: keep_fds of the descriptors from CTN_FD_FIRST_FREE + skip on become 3, 4, ... */
#define CTN_FIELDS_exec(F)         F(strv, argv) F(strv, envp) F(u32, skip_fds) F(u32, keep_fds)
#define CTN_FIELDS_umask(F)        F(u32, mask) F(pad, pad0)
/* own_stdio: fchown stdio to `uid` where it is not the container's /dev/null. */
#define CTN_FIELDS_own_stdio(F)    F(u32, uid) F(pad, pad0)
#define CTN_FIELDS_personality(F)  F(u64, persona)
#define CTN_FIELDS_rlimit(F)       F(u64, soft) F(u64, hard) F(u32, resource) F(pad, pad0)
/* home: HOME is what the container's /etc/passwd says of `uid`, or "/"; exec adds it to envp. */
#define CTN_FIELDS_home(F)         F(u32, uid) F(pad, pad0)
/*
 * hook: run a program to its end. Its standard input is `state`, or with `state_end` that, this
 * process' pid and `state_end`. `timeout` in seconds, 0 for none; `number` comes back in the report;
 * with `for_host` it ends when the host does.
 */
#define CTN_FIELDS_hook(F)         F(str, path) F(strv, argv) F(strv, envp) F(ostr, cwd) F(str, state) F(ostr, state_end) \
				   F(u32, timeout) F(u32, number) F(u32, add_home) F(u32, for_host)
/* scheduler: sched_setattr(2); `nice` is an int. */
#define CTN_FIELDS_scheduler(F)    F(u64, flags) F(u64, runtime) F(u64, deadline) F(u64, period) F(u32, policy) F(u32, nice) \
				   F(u32, priority) F(pad, pad0)
#define CTN_FIELDS_io_priority(F)  F(u32, priority) F(pad, pad0)
/* affinity: the CPUs of `mask`, or without one all that the cgroup allows. */
#define CTN_FIELDS_affinity(F)     F(blob, mask) F(pad, pad0)
/* memory_policy: set_mempolicy(2); `mode` has the flags, too. */
#define CTN_FIELDS_memory_policy(F) F(u32, mode) F(blob, nodes)
/* label: `value` into /proc/self/attr/<attribute>, or where there is none into <otherwise>. */
#define CTN_FIELDS_label(F)        F(str, attribute) F(ostr, otherwise) F(str, value) F(pad, pad0)
/* time_offset: a line of timens_offsets, for the time namespace of the children to come. */
#define CTN_FIELDS_time_offset(F)  F(str, line) F(pad, pad0)
/* tree: bind_tree of a host batch, done by init; the descriptor gets the number `as`. */
#define CTN_FIELDS_tree(F)         F(u64, set) F(u64, clear) F(u64, may_clear) F(u64, all_set) F(u64, all_clear) \
				   F(u64, propagation) F(str, path) F(u32, flags) F(fd, as) F(pad, pad0)

/*
 * remount: what is mounted at `path` gets these attributes; with `reconfigure` its filesystem gets
 * `options`, as mount has them.
 */
#define CTN_FIELDS_remount(F)      F(u64, set) F(u64, clear) F(str, path) F(strv, options) F(u32, reconfigure) F(pad, pad0)
/* mount_data: as mount, by mount(2): its `data` takes values that fsconfig(2) finds too long. `flags` are MS_*. */
#define CTN_FIELDS_mount_data(F)   F(u64, flags) F(str, fstype) F(ostr, source) F(str, data) F(str, target) \
				   F(u32, target_flags) F(pad, pad0)
/* chroot: what pivot_root does, where the root of the mount namespace cannot be exchanged. */
#define CTN_FIELDS_chroot(F)       F(u32, move) F(pad, pad0)
/* cover: let go of the host's mount at `path`, or hide it where that is not allowed. */
#define CTN_FIELDS_cover(F)        F(str, path) F(pad, pad0)
/* root_directory: the root of all paths below, of a container without a mount namespace. */
#define CTN_FIELDS_root_directory(F) F(fd, directory) F(pad, pad0)
/* close_others: all but the sync socket, `listener` (0: none) and what exec keeps. */
#define CTN_FIELDS_close_others(F) F(u32, skip_fds) F(u32, keep_fds) F(u32, listener) F(pad, pad0)

/* target_flags of mount and bind; a missing target is made as what goes there, file or directory */
enum {
	CTN_TARGET_NOFOLLOW = 1, /* no symlink in the target: for procfs and sysfs (CVE-2019-19921) */
	CTN_TARGET_LAST_NOFOLLOW = 2, /* a symlink as the last component is the target itself */
	CTN_TARGET_INHERIT_MODE = 4,  /* a new filesystem gets the mode of the directory that it covers */
	CTN_TARGET_COPY_UP = 8,       /* and what is in it */
	CTN_TARGET_PROCFS = 16,       /* may be on a procfs: one that leads there otherwise is refused, EXDEV */
};

#endif
