/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire format: how a decision made in TypeScript reaches C.
 *
 * Two lists use it. A *launch plan* is carried out by ctn-init (nsenter/), step by step, inside
 * the new container. A *host batch* is carried out by sys/batch.c in the runtime's own process,
 * on one worker thread. This file is the one definition of both: C compiles it, and `npm run gen`
 * prints ts/plan/wire.gen.ts from it.
 *
 * A list is: struct ctn_list_head, then op_count records, then the strings area. Records run in
 * order, each once. All numbers are host-endian: a list never leaves the machine that made it.
 *
 * To add an init step: a line in CTN_STEPS, a CTN_FIELDS_<step> list, and a step_<step>() in
 * nsenter/step_*.c. To add a host op: the same with CTN_HOST_OPS and a host_<op>() in sys/. The
 * linker and tsc find the rest for you.
 */
#ifndef CTN_WIRE_H
#define CTN_WIRE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define CTN_PLAN_MAGIC   0x4c504e43u /* "CNPL" */
#define CTN_BATCH_MAGIC  0x54424e43u /* "CNBT" */
#define CTN_REPORT_MAGIC 0x50524e43u /* "CNRP" */
#define CTN_LIST_MAX     (4u << 20)  /* bytes; a large OCI config needs ~64 KiB */

/* In ok_errno: whatever errno the record meets, go on with the next one. */
#define CTN_OK_ANY 0xffffffffu

/* Descriptors ctn-init is started with: stdio, these, and then those the plan names by number. */
enum { CTN_FD_PLAN = 3, CTN_FD_SYNC = 4, CTN_FD_FIRST_FREE = 5 };

/* Places where ctn-init reports and waits for one byte (0: go on) before it takes the next step. */
enum ctn_sync_point {
	CTN_SYNC_MAPPED = 1,    /* the host writes uid_map and gid_map */
	CTN_SYNC_HOOKS = 2,     /* mounts are made, the root is not switched yet */
	CTN_SYNC_CREATED = 3,   /* all done but start; the host saves the state */
	CTN_SYNC_NETWORK = 50,  /* the namespaces are there; the host puts devices into the network one */
};

/*
 * Field kinds. str, ostr, strv and blob are byte offsets into the strings area; only an ostr or a
 * blob may be 0, for nothing. A strv is a u32 count, then that many NUL-ended strings; a blob is a
 * u32 length, then that many bytes. fd is a descriptor number. pad keeps records free of implicit
 * padding and is 0.
 */
#define CTN_C_u32  uint32_t
#define CTN_C_u64  uint64_t
#define CTN_C_fd   uint32_t
#define CTN_C_str  uint32_t
#define CTN_C_ostr uint32_t
#define CTN_C_strv uint32_t
#define CTN_C_blob uint32_t
#define CTN_C_pad  uint32_t

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
	X(50, remount)      \
	X(51, mount_data)   \
	X(52, chroot)       \
	X(53, cover)        \
	X(54, root_directory)

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
/* null_stdio: replace the descriptors in `mask` (1 << fd) by the container's /dev/null. */
#define CTN_FIELDS_null_stdio(F)   F(u32, mask) F(pad, pad0)
/* seccomp: load a filter; with `notify`, report its listener descriptor. */
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

/* target_flags of mount and bind; a missing target is made as what goes there, file or directory */
enum {
	CTN_TARGET_NOFOLLOW = 1, /* no symlink in the target: for procfs and sysfs (CVE-2019-19921) */
	CTN_TARGET_LAST_NOFOLLOW = 2, /* a symlink as the last component is the target itself */
	CTN_TARGET_INHERIT_MODE = 4,  /* a new filesystem gets the mode of the directory that it covers */
	CTN_TARGET_COPY_UP = 8,       /* and what is in it */
};

/* X(code, op): host operations. */
#define CTN_HOST_OPS(X)     \
	X(1, mkdir)         \
	X(2, rmdir)         \
	X(3, unlink)        \
	X(4, write)         \
	X(5, read)          \
	X(6, open)          \
	X(7, close)         \
	X(8, rename)        \
	X(9, readlink)      \
	X(10, stat)         \
	X(11, list)         \
	X(12, open_tree)    \
	X(13, listen)       \
	X(14, connect)      \
	X(15, send)         \
	X(16, prlimit)      \
	X(17, attach)       \
	X(18, umount)       \
	X(19, lock)         \
	X(20, statfs)       \
	X(21, chown)        \
	X(22, symlink)      \
	X(23, fsync)        \
	X(24, pidfd_open)   \
	X(25, pidfd_signal) \
	X(26, devices) \
	X(60, write_first)  \
	X(61, inherit)      \
	X(62, cgroup_event) \
	X(63, watch_files)  \
	X(64, trigger)      \
	X(65, timer)        \
	X(66, drain)        \
	X(67, raise) \
	X(80, connect_stream) \
	X(81, subreaper)      \
	X(82, reap_others)    \
	X(83, read_fd)        \
	X(84, write_fd)       \
	X(85, terminal_raw)   \
	X(86, terminal_set)   \
	X(87, window_size)    \
	X(88, duplicate)      \
	X(50, bind_tree)    \
	X(51, netns_new)    \
	X(52, link_move)    \
	X(53, veth)         \
	X(54, address)      \
	X(55, route)        \
	X(56, link_delete)  \
	X(57, link_up)      \
	X(58, new_tree)

#define CTN_HOST_FIELDS_mkdir(F)        F(str, path) F(u32, mode)
#define CTN_HOST_FIELDS_rmdir(F)        F(str, path) F(pad, pad0)
#define CTN_HOST_FIELDS_unlink(F)       F(str, path) F(pad, pad0)
/* write: open with `flags` (O_*, O_WRONLY and O_CLOEXEC are added), one write(2), close. */
#define CTN_HOST_FIELDS_write(F)        F(str, path) F(blob, data) F(u32, flags) F(u32, mode)
/* read: the whole file; EFBIG above `max` bytes. */
#define CTN_HOST_FIELDS_read(F)         F(str, path) F(u32, max)
#define CTN_HOST_FIELDS_open(F)         F(str, path) F(u32, flags) F(u32, mode) F(pad, pad0)
#define CTN_HOST_FIELDS_close(F)        F(fd, fd) F(pad, pad0)
#define CTN_HOST_FIELDS_rename(F)       F(str, from) F(str, to)
#define CTN_HOST_FIELDS_readlink(F)     F(str, path) F(pad, pad0)
/* stat: result is a struct ctn_stat. */
#define CTN_HOST_FIELDS_stat(F)         F(str, path) F(u32, nofollow)
/* list: names in a directory, NUL-ended each; with `directories` only of those that are one. */
#define CTN_HOST_FIELDS_list(F)         F(str, path) F(u32, directories)
/* open_tree: a detached copy of the mount at `path`, with attributes set; result is a descriptor. */
#define CTN_HOST_FIELDS_open_tree(F)    F(u64, set) F(u64, clear) F(u64, all_set) F(u64, all_clear) \
					F(u64, propagation) F(str, path) F(u32, recursive)
/* listen, connect: a SOCK_SEQPACKET unix socket of any path length; result is a descriptor. */
#define CTN_HOST_FIELDS_listen(F)       F(str, directory) F(str, name)
#define CTN_HOST_FIELDS_connect(F)      F(str, directory) F(str, name)
#define CTN_HOST_FIELDS_send(F)         F(fd, socket) F(blob, data)
/* prlimit: `pid` is a process of ours that has not been waited for. */
#define CTN_HOST_FIELDS_prlimit(F)      F(u64, soft) F(u64, hard) F(u32, pid) F(u32, resource)
/* attach: a detached mount to a path of the host. */
#define CTN_HOST_FIELDS_attach(F)       F(fd, tree) F(str, path)
#define CTN_HOST_FIELDS_umount(F)       F(str, path) F(u32, flags)
/* lock: flock(2) exclusively; result is the descriptor that holds it. EWOULDBLOCK if it is held. */
#define CTN_HOST_FIELDS_lock(F)         F(str, path) F(u32, wait)
#define CTN_HOST_FIELDS_statfs(F)       F(str, path) F(pad, pad0)
#define CTN_HOST_FIELDS_chown(F)        F(str, path) F(u32, uid) F(u32, gid) F(pad, pad0)
#define CTN_HOST_FIELDS_symlink(F)      F(str, target) F(str, path)
#define CTN_HOST_FIELDS_fsync(F)        F(str, path) F(pad, pad0)
#define CTN_HOST_FIELDS_pidfd_open(F)   F(u32, pid) F(pad, pad0)
/* devices: the eBPF program decides which devices the processes of a cgroup2 directory may use. */
#define CTN_HOST_FIELDS_devices(F)      F(str, path) F(blob, program)
#define CTN_HOST_FIELDS_pidfd_signal(F) F(fd, pidfd) F(u32, signal)
/* write_first: the nth value into the nth path, for the first path that exists; ENOENT if none does. */
#define CTN_HOST_FIELDS_write_first(F)  F(strv, paths) F(strv, values)
/* inherit: what is in `from` into `path`, if that is empty: a new cpuset is. */
#define CTN_HOST_FIELDS_inherit(F)      F(str, from) F(str, path)
/* raise: write a number, unless the one there is as large. */
#define CTN_HOST_FIELDS_raise(F)        F(u64, value) F(str, path) F(pad, pad0)
/* cgroup_event: an eventfd that tells of `file` of a v1 cgroup, by its cgroup.event_control. */
#define CTN_HOST_FIELDS_cgroup_event(F) F(str, directory) F(str, file) F(str, arguments) F(pad, pad0)
/* watch_files: an inotify descriptor that tells when one of these is changed or gone. */
#define CTN_HOST_FIELDS_watch_files(F)  F(strv, paths) F(pad, pad0)
/* trigger: a pressure file, open, with `text` written to it: poll(2) then tells when that comes to pass. */
#define CTN_HOST_FIELDS_trigger(F)      F(str, path) F(str, text)
#define CTN_HOST_FIELDS_timer(F)        F(u64, milliseconds)
/* drain: one read(2) of what a descriptor has to tell, forgotten; EAGAIN if that is nothing. */
#define CTN_HOST_FIELDS_drain(F)        F(fd, fd) F(pad, pad0)

/*
 * bind_tree: open_tree for a bind mount. `may_clear` is cleared unless a user namespace locks it
 * (mount_namespaces(7)). With maps, or with the path of a `userns`, it is id-mapped.
 */
#define CTN_HOST_FIELDS_bind_tree(F)    F(u64, set) F(u64, clear) F(u64, may_clear) F(u64, all_set) F(u64, all_clear) \
					F(u64, propagation) F(str, path) F(u32, flags) F(ostr, userns) \
					F(ostr, uid_map) F(ostr, gid_map) F(pad, pad0)
/* new_tree: a detached mount of a filesystem that is on a block device; see mount. */
#define CTN_HOST_FIELDS_new_tree(F)     F(u64, attributes) F(str, fstype) F(str, path) F(strv, options) F(pad, pad0)
/* netns_new: a network namespace in which the loopback device is up; result is a descriptor. */
#define CTN_HOST_FIELDS_netns_new(F)    F(pad, pad0) F(pad, pad1)
/* `netns` is the path of a network namespace; devices are named. Addresses are 4 or 16 bytes. */
/* link_move: a device of ours into `netns`, as `new_name`, with its global addresses, and up. */
#define CTN_HOST_FIELDS_link_move(F)    F(str, name) F(str, netns) F(str, new_name) F(pad, pad0)
/* veth: a pair, `peer` in `netns`; `name` is up and a port of `bridge`. Result is the index of `name`. */
#define CTN_HOST_FIELDS_veth(F)         F(str, name) F(str, peer) F(str, netns) F(ostr, bridge) F(blob, mac) \
					F(u32, mtu) F(u32, queue) F(u32, hairpin)
#define CTN_HOST_FIELDS_address(F)      F(str, netns) F(str, device) F(blob, address) F(u32, prefix)
/* route: without `destination` the default one. */
#define CTN_HOST_FIELDS_route(F)        F(str, netns) F(ostr, device) F(blob, destination) F(u32, prefix) \
					F(blob, gateway) F(blob, source)
#define CTN_HOST_FIELDS_link_delete(F)  F(u32, index) F(pad, pad0)
#define CTN_HOST_FIELDS_link_up(F)      F(str, netns) F(str, device)

/* flags of bind_tree */
enum {
	CTN_BIND_RECURSIVE = 1,
	CTN_BIND_NOFOLLOW = 2,        /* a symlink as the last component is the source itself */
	CTN_BIND_IDMAP_RECURSIVE = 4,
};

/* connect_stream: to the unix stream socket at `path`; does not wait for who listens there to accept. */
#define CTN_HOST_FIELDS_connect_stream(F) F(str, path) F(pad, pad0)
/* subreaper: descendants whose parent ends become ours. */
#define CTN_HOST_FIELDS_subreaper(F)    F(u32, on) F(pad, pad0)
/* reap_others: reaps the children that have ended, up to `pid`, which stays. */
#define CTN_HOST_FIELDS_reap_others(F)  F(u32, pid) F(pad, pad0)
/* read_fd: one read(2). */
#define CTN_HOST_FIELDS_read_fd(F)      F(fd, fd) F(u32, max)
/* write_fd: all of it, waiting where the other side is slow. */
#define CTN_HOST_FIELDS_write_fd(F)     F(blob, data) F(fd, fd)
/* terminal_raw: a terminal that passes every byte on; the result is what it was, for terminal_set. */
#define CTN_HOST_FIELDS_terminal_raw(F) F(fd, fd) F(pad, pad0)
#define CTN_HOST_FIELDS_terminal_set(F) F(blob, saved) F(fd, fd)
/* window_size: struct winsize (ioctl_tty(2)) of a terminal; ENOTTY of anything else. */
#define CTN_HOST_FIELDS_window_size(F)  F(fd, fd) F(pad, pad0)
/* duplicate: a descriptor of its own for what `fd` is. */
#define CTN_HOST_FIELDS_duplicate(F)    F(fd, fd) F(pad, pad0)

struct ctn_list_head {
	uint32_t magic;
	uint32_t hash;        /* ctn_wire_hash() of the header it was made with */
	uint32_t size;        /* bytes, the whole list */
	uint32_t op_count;
	uint32_t strings;     /* byte offset of the strings area */
	uint32_t reserved[3]; /* zero */
};

struct ctn_op_head {
	uint16_t code;
	uint16_t size;     /* bytes, this head included */
	uint32_t ok_errno; /* errno that counts as success here, 0, or CTN_OK_ANY */
};

struct ctn_stat {
	uint64_t dev, ino, rdev, size, mount_id;
	uint32_t mode, uid, gid, nlink;
	int64_t mtime_sec;
	uint64_t mtime_nsec;
};

enum { CTN_REPORT_ERROR = 1, CTN_REPORT_SYNC = 2, CTN_REPORT_CHILD = 3, CTN_REPORT_FD = 4 };

/* What init says on the sync socket. One SEQPACKET message each; EOF means the program runs. */
struct ctn_report {
	uint32_t magic;
	uint32_t kind;
	uint32_t op_index;
	uint32_t op_code; /* 0: before any op ran */
	int32_t err;      /* CTN_REPORT_ERROR: errno, positive */
	uint32_t value;   /* SYNC: the point. CHILD: its pid. ERROR of a hook: its number << 16 | wait status */
	char detail[232]; /* NUL-terminated; the path or name at fault, or the last that a hook printed */
};

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#define CTN_MEMBER(kind, name) CTN_C_##kind name;
#define CTN_STEP_STRUCT(code, op) struct ctn_step_##op { struct ctn_op_head head; CTN_FIELDS_##op(CTN_MEMBER) };
#define CTN_HOST_STRUCT(code, op) struct ctn_host_##op { struct ctn_op_head head; CTN_HOST_FIELDS_##op(CTN_MEMBER) };
CTN_STEPS(CTN_STEP_STRUCT)
CTN_HOST_OPS(CTN_HOST_STRUCT)
#pragma GCC diagnostic pop

#define CTN_STEP_CODE(code, op) CTN_STEP_##op = code,
#define CTN_HOST_CODE(code, op) CTN_HOST_##op = code,
enum ctn_step_code { CTN_STEPS(CTN_STEP_CODE) };
enum ctn_host_code { CTN_HOST_OPS(CTN_HOST_CODE) };

#define CTN_STEP_ALIGNED(code, op) static_assert(sizeof(struct ctn_step_##op) % 8 == 0, #op " must end on 8 bytes");
#define CTN_HOST_ALIGNED(code, op) static_assert(sizeof(struct ctn_host_##op) % 8 == 0, #op " must end on 8 bytes");
CTN_STEPS(CTN_STEP_ALIGNED)
CTN_HOST_OPS(CTN_HOST_ALIGNED)
static_assert(sizeof(struct ctn_list_head) == 32, "list head");
static_assert(sizeof(struct ctn_report) == 256, "report fits one atomic write");

/*
 * Two builds that disagree about any op or field disagree about this number. It takes 10 us, so
 * it is computed when this header changes: CTN_WIRE_HASH in ctn_wire_hash.gen.h.
 */
#define CTN_TEXT_FIELD(kind, name) #kind " " #name ","
#define CTN_TEXT_STEP(code, op) #code " " #op "{" CTN_FIELDS_##op(CTN_TEXT_FIELD) "}"
#define CTN_TEXT_HOST(code, op) #code " " #op "{" CTN_HOST_FIELDS_##op(CTN_TEXT_FIELD) "}"
static inline uint32_t ctn_wire_hash(void)
{
	const char *text = CTN_STEPS(CTN_TEXT_STEP) CTN_HOST_OPS(CTN_TEXT_HOST);
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

#endif
