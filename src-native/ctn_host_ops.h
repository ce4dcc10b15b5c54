/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of a host batch: what sys/ can do. Field kinds are those of ctn_wire.h.
 *
 * A new one is a line in CTN_HOST_OPS, a CTN_HOST_FIELDS_<op> list, and a ctn_host_<op>() in sys/.
 */
#ifndef CTN_HOST_OPS_H
#define CTN_HOST_OPS_H

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
	X(68, write_lines)  \
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
	X(94, child_write)    \
	X(95, child_go)       \
	X(96, same)           \
	X(97, same_process)   \
	X(120, bind_datagram)    \
	X(121, connect_datagram) \
	X(91, make_node)      \
	X(92, xattrs)         \
	X(93, set_xattr)      \
	X(50, bind_tree)    \
	X(51, netns_new)    \
	X(52, link_move)    \
	X(53, veth)         \
	X(54, address)      \
	X(55, route)        \
	X(56, link_delete)  \
	X(57, link_up)      \
	X(59, unlock_network) \
	X(70, end_repair) \
	X(71, guard) \
	X(72, stdio) \
	X(73, scan_pages) \
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
/* listen, connect: a SOCK_SEQPACKET unix socket of any path length; result is a descriptor. connect: EAGAIN while too many others wait. */
#define CTN_HOST_FIELDS_listen(F)       F(str, directory) F(str, name)
#define CTN_HOST_FIELDS_connect(F)      F(str, directory) F(str, name)
#define CTN_HOST_FIELDS_send(F)         F(fd, socket) F(blob, data)
/* make_node: a special file, with type and permissions in `mode`; the umask holds. */
#define CTN_HOST_FIELDS_make_node(F)    F(str, path) F(u32, mode) F(u32, major) F(u32, minor)
/* xattrs: extended attributes, of a symlink itself; for each its name with NUL, the length of its value (u32), its value. */
#define CTN_HOST_FIELDS_xattrs(F)       F(str, path) F(pad, pad0)
#define CTN_HOST_FIELDS_set_xattr(F)    F(str, path) F(str, name) F(blob, value) F(pad, pad0)
/* prlimit: `pid` is a process of ours that has not been waited for. */
#define CTN_HOST_FIELDS_prlimit(F)      F(u64, soft) F(u64, hard) F(u32, pid) F(u32, resource)
/* attach: a detached mount to a path of the host. */
#define CTN_HOST_FIELDS_attach(F)       F(fd, tree) F(str, path)
#define CTN_HOST_FIELDS_umount(F)       F(str, path) F(u32, flags)
/* lock: flock(2) with `operation` (LOCK_*); result is the descriptor that holds it. EAGAIN if somebody else does. */
#define CTN_HOST_FIELDS_lock(F)         F(str, path) F(u32, operation)
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
/* write_lines: one write(2) for each, to a file that is there. */
#define CTN_HOST_FIELDS_write_lines(F)  F(str, path) F(strv, lines)
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
/* veth: a pair, `peer` in `netns`; `name` is up unless `is_down`, a port of `bridge`, and known by `alias`. Result is the index of `name`. */
#define CTN_HOST_FIELDS_veth(F)         F(str, name) F(str, peer) F(str, netns) F(ostr, bridge) F(str, alias) \
					F(blob, mac) F(u32, mtu) F(u32, queue) F(u32, hairpin) F(u32, is_down)
#define CTN_HOST_FIELDS_address(F)      F(str, netns) F(str, device) F(blob, address) F(u32, prefix)
/* route: without `destination` the default one. */
#define CTN_HOST_FIELDS_route(F)        F(str, netns) F(ostr, device) F(blob, destination) F(u32, prefix) \
					F(blob, gateway) F(blob, source)
/* link_delete: a device of ours, if it has this alias; ENODEV if there is no such one. */
#define CTN_HOST_FIELDS_link_delete(F)  F(str, name) F(str, alias)
#define CTN_HOST_FIELDS_link_up(F)      F(str, netns) F(str, device)
/* unlock_network: removes the nftables table `table` of family inet from `netns`; ENOENT if there is none. */
#define CTN_HOST_FIELDS_unlock_network(F) F(str, netns) F(str, table)
/* end_repair: TCP sockets of `pid` that somebody left in repair mode are ordinary ones again. */
#define CTN_HOST_FIELDS_end_repair(F)   F(u32, pid) F(pad, pad0)
/*
 * guard: saves what the threads in the directory `cgroup` of cgroup2, or of v1's freezer (`is_v1`), are about to do: at once, as it
 * is frozen, or when `criu` freezes it (`is_later`). When the process `criu`, a child of ours, or a child of it ends while it traces
 * some of them, freezes the cgroup and puts these back. The result is a descriptor, which tells at the end of `criu` how many were
 * put back, or -errno; and the pids of those that died with it, as text.
 */
#define CTN_HOST_FIELDS_guard(F)        F(str, cgroup) F(u32, criu) F(u32, is_v1) F(u32, in_child) F(u32, is_later) F(pad, pad0)
/*
 * scan_pages: runs of pages that the process `pid` has in `ranges` (start and end, u64 each) in memory or swap, but for zero
 * pages and those of files, as start and end. ENOTTY: the kernel does not tell (PAGEMAP_SCAN, Linux 6.7).
 */
#define CTN_HOST_FIELDS_scan_pages(F)   F(blob, ranges) F(u32, pid) F(pad, pad0) F(pad, pad1)
/* stdio: what ctn_stdio() says of three descriptors. */
#define CTN_HOST_FIELDS_stdio(F)        F(fd, input) F(fd, output) F(fd, error) F(pad, pad0)

/* flags of bind_tree */
enum {
	CTN_BIND_RECURSIVE = 1,
	CTN_BIND_NOFOLLOW = 2,        /* a symlink as the last component is the source itself */
	CTN_BIND_IDMAP_RECURSIVE = 4,
};

/* connect_stream: to the unix stream socket at `path`; does not wait for who listens there to accept. */
#define CTN_HOST_FIELDS_connect_stream(F) F(str, path) F(pad, pad0)
/* bind_datagram: a unix datagram socket of any path length with these permissions; result is a descriptor. */
#define CTN_HOST_FIELDS_bind_datagram(F) F(str, directory) F(str, name) F(u32, mode) F(pad, pad0)
/* connect_datagram: to the one at `path`, which with `@` in front is a name of no file. It never waits for room. */
#define CTN_HOST_FIELDS_connect_datagram(F) F(str, path) F(pad, pad0)
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

/* Only in a batch that follows a spawn, about the process that it started. */
/* child_write: as write; path and text are the parts with its pid between the first two, its start time before the third, ctn_stdio() before the fourth. */
#define CTN_HOST_FIELDS_child_write(F)  F(strv, path_parts) F(strv, text_parts) F(u32, flags) F(u32, mode)
/* child_go: lets it go on from the sync point at which it waits. */
#define CTN_HOST_FIELDS_child_go(F)     F(pad, pad0) F(pad, pad1)
/* same: ESTALE unless these bytes are the whole file. What follows in the batch was decided by them. */
#define CTN_HOST_FIELDS_same(F)         F(str, path) F(blob, data)
/*
 * same_process: ESRCH unless `pid` is a process that began at this time, in clock ticks since boot, and has not ended;
 * with `past_init` EAGAIN while it is ctn-init, whose root may still be the host's.
 */
#define CTN_HOST_FIELDS_same_process(F) F(u64, start_time) F(u32, pid) F(u32, past_init)

#endif
