// Made from src-native/ctn_wire.h by `npm run gen`. Do not edit.
import type {Layouts, OkErrno} from './layout.js';

/** A number that is a descriptor of this process. */
export type Fd = number & {readonly __brand: 'fd'};

export const wire = {
	hash: 0xb67da4a,
	planMagic: 0x4c504e43,
	batchMagic: 0x54424e43,
	reportMagic: 0x50524e43,
	listMax: 4194304,
	headSize: 32,
	recordHeadSize: 8,
	reportSize: 256,
	okAny: 0xffffffff,
	firstFreeFd: 5,
	sync: {mapped: 1, hooks: 2, created: 3, cgroup: 49, network: 50},
	report: {error: 1, sync: 2, child: 3, fd: 4},
	target: {nofollow: 1, lastNofollow: 2, inheritMode: 4, copyUp: 8, procfs: 16},
	bind: {recursive: 1, nofollow: 2, idmapRecursive: 4},
} as const;

/** One step of a launch plan, carried out by ctn-init. */
export type Step =
	| {readonly op: 'sync'; readonly point: number; readonly okErrno?: OkErrno}
	| {readonly op: 'undumpable'; readonly okErrno?: OkErrno}
	| {readonly op: 'cgroup_join'; readonly tasks: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'unshare'; readonly flags: bigint; readonly okErrno?: OkErrno}
	| {readonly op: 'setns'; readonly ns: Fd; readonly types: number; readonly okErrno?: OkErrno}
	| {readonly op: 'fork'; readonly okErrno?: OkErrno}
	| {readonly op: 'setsid'; readonly okErrno?: OkErrno}
	| {readonly op: 'keyring'; readonly name: string; readonly permissions: number; readonly okErrno?: OkErrno}
	| {readonly op: 'map_root'; readonly drop_groups: number; readonly okErrno?: OkErrno}
	| {readonly op: 'propagation'; readonly flags: bigint; readonly okErrno?: OkErrno}
	| {readonly op: 'root'; readonly tree: Fd; readonly at: string; readonly okErrno?: OkErrno}
	| {readonly op: 'mount'; readonly attributes: bigint; readonly fstype: string; readonly source: string | undefined; readonly options: readonly string[]; readonly target: string; readonly target_flags: number; readonly propagation: bigint; readonly okErrno?: OkErrno}
	| {readonly op: 'bind'; readonly tree: Fd; readonly target: string; readonly target_flags: number; readonly okErrno?: OkErrno}
	| {readonly op: 'device'; readonly path: string; readonly mode: number; readonly major: number; readonly minor: number; readonly uid: number; readonly gid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'symlink'; readonly target: string; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'mask'; readonly null_tree: Fd; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'readonly'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'mkdir'; readonly path: string; readonly mode: number; readonly okErrno?: OkErrno}
	| {readonly op: 'mount_attr'; readonly set: bigint; readonly clear: bigint; readonly propagation: bigint; readonly path: string; readonly recursive: number; readonly okErrno?: OkErrno}
	| {readonly op: 'pivot_root'; readonly okErrno?: OkErrno}
	| {readonly op: 'hostname'; readonly name: string; readonly okErrno?: OkErrno}
	| {readonly op: 'domainname'; readonly name: string; readonly okErrno?: OkErrno}
	| {readonly op: 'sysctl'; readonly path: string; readonly value: string; readonly okErrno?: OkErrno}
	| {readonly op: 'loopback'; readonly okErrno?: OkErrno}
	| {readonly op: 'no_new_privs'; readonly okErrno?: OkErrno}
	| {readonly op: 'credentials'; readonly bounding: bigint; readonly effective: bigint; readonly permitted: bigint; readonly inheritable: bigint; readonly ambient: bigint; readonly uid: number; readonly gid: number; readonly groups: Uint8Array | undefined; readonly set_groups: number; readonly keep_capabilities: number; readonly okErrno?: OkErrno}
	| {readonly op: 'chdir'; readonly path: string; readonly retry: number; readonly okErrno?: OkErrno}
	| {readonly op: 'console'; readonly rows: number; readonly columns: number; readonly bind_console: number; readonly uid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'null_stdio'; readonly mask: number; readonly if_null: number; readonly okErrno?: OkErrno}
	| {readonly op: 'seccomp'; readonly filter: Uint8Array | undefined; readonly flags: number; readonly notify: number; readonly okErrno?: OkErrno}
	| {readonly op: 'find_program'; readonly name: string; readonly path: readonly string[]; readonly okErrno?: OkErrno}
	| {readonly op: 'wait_start'; readonly listener: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'exec'; readonly argv: readonly string[]; readonly envp: readonly string[]; readonly skip_fds: number; readonly keep_fds: number; readonly okErrno?: OkErrno}
	| {readonly op: 'umask'; readonly mask: number; readonly okErrno?: OkErrno}
	| {readonly op: 'own_stdio'; readonly uid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'personality'; readonly persona: bigint; readonly okErrno?: OkErrno}
	| {readonly op: 'rlimit'; readonly soft: bigint; readonly hard: bigint; readonly resource: number; readonly okErrno?: OkErrno}
	| {readonly op: 'home'; readonly uid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'hook'; readonly path: string; readonly argv: readonly string[]; readonly envp: readonly string[]; readonly cwd: string | undefined; readonly state: string; readonly state_end: string | undefined; readonly timeout: number; readonly number: number; readonly add_home: number; readonly for_host: number; readonly okErrno?: OkErrno}
	| {readonly op: 'scheduler'; readonly flags: bigint; readonly runtime: bigint; readonly deadline: bigint; readonly period: bigint; readonly policy: number; readonly nice: number; readonly priority: number; readonly okErrno?: OkErrno}
	| {readonly op: 'io_priority'; readonly priority: number; readonly okErrno?: OkErrno}
	| {readonly op: 'affinity'; readonly mask: Uint8Array | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'memory_policy'; readonly mode: number; readonly nodes: Uint8Array | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'label'; readonly attribute: string; readonly otherwise: string | undefined; readonly value: string; readonly okErrno?: OkErrno}
	| {readonly op: 'time_offset'; readonly line: string; readonly okErrno?: OkErrno}
	| {readonly op: 'tree'; readonly set: bigint; readonly clear: bigint; readonly may_clear: bigint; readonly all_set: bigint; readonly all_clear: bigint; readonly propagation: bigint; readonly path: string; readonly flags: number; readonly as: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'remount'; readonly set: bigint; readonly clear: bigint; readonly path: string; readonly options: readonly string[]; readonly reconfigure: number; readonly okErrno?: OkErrno}
	| {readonly op: 'mount_data'; readonly flags: bigint; readonly fstype: string; readonly source: string | undefined; readonly data: string; readonly target: string; readonly target_flags: number; readonly okErrno?: OkErrno}
	| {readonly op: 'chroot'; readonly move: number; readonly okErrno?: OkErrno}
	| {readonly op: 'cover'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'root_directory'; readonly directory: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'close_others'; readonly skip_fds: number; readonly keep_fds: number; readonly listener: number; readonly okErrno?: OkErrno}
	;

/** One operation of a host batch. */
export type HostOp =
	| {readonly op: 'mkdir'; readonly path: string; readonly mode: number; readonly okErrno?: OkErrno}
	| {readonly op: 'rmdir'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'unlink'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'write'; readonly path: string; readonly data: Uint8Array | undefined; readonly flags: number; readonly mode: number; readonly okErrno?: OkErrno}
	| {readonly op: 'read'; readonly path: string; readonly max: number; readonly okErrno?: OkErrno}
	| {readonly op: 'open'; readonly path: string; readonly flags: number; readonly mode: number; readonly okErrno?: OkErrno}
	| {readonly op: 'close'; readonly fd: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'rename'; readonly from: string; readonly to: string; readonly okErrno?: OkErrno}
	| {readonly op: 'readlink'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'stat'; readonly path: string; readonly nofollow: number; readonly okErrno?: OkErrno}
	| {readonly op: 'list'; readonly path: string; readonly directories: number; readonly okErrno?: OkErrno}
	| {readonly op: 'open_tree'; readonly set: bigint; readonly clear: bigint; readonly all_set: bigint; readonly all_clear: bigint; readonly propagation: bigint; readonly path: string; readonly recursive: number; readonly okErrno?: OkErrno}
	| {readonly op: 'listen'; readonly directory: string; readonly name: string; readonly okErrno?: OkErrno}
	| {readonly op: 'connect'; readonly directory: string; readonly name: string; readonly okErrno?: OkErrno}
	| {readonly op: 'send'; readonly socket: Fd; readonly data: Uint8Array | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'prlimit'; readonly soft: bigint; readonly hard: bigint; readonly pid: number; readonly resource: number; readonly okErrno?: OkErrno}
	| {readonly op: 'attach'; readonly tree: Fd; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'umount'; readonly path: string; readonly flags: number; readonly okErrno?: OkErrno}
	| {readonly op: 'lock'; readonly path: string; readonly operation: number; readonly okErrno?: OkErrno}
	| {readonly op: 'statfs'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'chown'; readonly path: string; readonly uid: number; readonly gid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'symlink'; readonly target: string; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'fsync'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'pidfd_open'; readonly pid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'pidfd_signal'; readonly pidfd: Fd; readonly signal: number; readonly okErrno?: OkErrno}
	| {readonly op: 'devices'; readonly path: string; readonly program: Uint8Array | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'write_first'; readonly paths: readonly string[]; readonly values: readonly string[]; readonly okErrno?: OkErrno}
	| {readonly op: 'write_lines'; readonly path: string; readonly lines: readonly string[]; readonly okErrno?: OkErrno}
	| {readonly op: 'inherit'; readonly from: string; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'cgroup_event'; readonly directory: string; readonly file: string; readonly arguments: string; readonly okErrno?: OkErrno}
	| {readonly op: 'watch_files'; readonly paths: readonly string[]; readonly okErrno?: OkErrno}
	| {readonly op: 'trigger'; readonly path: string; readonly text: string; readonly okErrno?: OkErrno}
	| {readonly op: 'timer'; readonly milliseconds: bigint; readonly okErrno?: OkErrno}
	| {readonly op: 'drain'; readonly fd: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'raise'; readonly value: bigint; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'connect_stream'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'subreaper'; readonly on: number; readonly okErrno?: OkErrno}
	| {readonly op: 'reap_others'; readonly pid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'read_fd'; readonly fd: Fd; readonly max: number; readonly okErrno?: OkErrno}
	| {readonly op: 'write_fd'; readonly data: Uint8Array | undefined; readonly fd: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'terminal_raw'; readonly fd: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'terminal_set'; readonly saved: Uint8Array | undefined; readonly fd: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'window_size'; readonly fd: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'duplicate'; readonly fd: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'child_write'; readonly path_parts: readonly string[]; readonly text_parts: readonly string[]; readonly flags: number; readonly mode: number; readonly okErrno?: OkErrno}
	| {readonly op: 'child_go'; readonly okErrno?: OkErrno}
	| {readonly op: 'same'; readonly path: string; readonly data: Uint8Array | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'same_process'; readonly start_time: bigint; readonly pid: number; readonly past_init: number; readonly okErrno?: OkErrno}
	| {readonly op: 'bind_datagram'; readonly directory: string; readonly name: string; readonly mode: number; readonly okErrno?: OkErrno}
	| {readonly op: 'connect_datagram'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'make_node'; readonly path: string; readonly mode: number; readonly major: number; readonly minor: number; readonly okErrno?: OkErrno}
	| {readonly op: 'xattrs'; readonly path: string; readonly okErrno?: OkErrno}
	| {readonly op: 'set_xattr'; readonly path: string; readonly name: string; readonly value: Uint8Array | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'bind_tree'; readonly set: bigint; readonly clear: bigint; readonly may_clear: bigint; readonly all_set: bigint; readonly all_clear: bigint; readonly propagation: bigint; readonly path: string; readonly flags: number; readonly userns: string | undefined; readonly uid_map: string | undefined; readonly gid_map: string | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'netns_new'; readonly okErrno?: OkErrno}
	| {readonly op: 'link_move'; readonly name: string; readonly netns: string; readonly new_name: string; readonly okErrno?: OkErrno}
	| {readonly op: 'veth'; readonly name: string; readonly peer: string; readonly netns: string; readonly bridge: string | undefined; readonly alias: string; readonly mac: Uint8Array | undefined; readonly mtu: number; readonly queue: number; readonly hairpin: number; readonly is_down: number; readonly okErrno?: OkErrno}
	| {readonly op: 'address'; readonly netns: string; readonly device: string; readonly address: Uint8Array | undefined; readonly prefix: number; readonly okErrno?: OkErrno}
	| {readonly op: 'route'; readonly netns: string; readonly device: string | undefined; readonly destination: Uint8Array | undefined; readonly prefix: number; readonly gateway: Uint8Array | undefined; readonly source: Uint8Array | undefined; readonly okErrno?: OkErrno}
	| {readonly op: 'link_delete'; readonly name: string; readonly alias: string; readonly okErrno?: OkErrno}
	| {readonly op: 'link_up'; readonly netns: string; readonly device: string; readonly okErrno?: OkErrno}
	| {readonly op: 'unlock_network'; readonly netns: string; readonly table: string; readonly okErrno?: OkErrno}
	| {readonly op: 'end_repair'; readonly pid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'guard'; readonly cgroup: string; readonly criu: number; readonly is_v1: number; readonly is_later: number; readonly okErrno?: OkErrno}
	| {readonly op: 'stdio'; readonly input: Fd; readonly output: Fd; readonly error: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'new_tree'; readonly attributes: bigint; readonly fstype: string; readonly path: string; readonly options: readonly string[]; readonly okErrno?: OkErrno}
	;

export const stepLayouts = {
	sync: {code: 1, size: 16, fields: [['u32', 'point', 8], ]},
	undumpable: {code: 2, size: 16, fields: []},
	cgroup_join: {code: 3, size: 16, fields: [['fd', 'tasks', 8], ]},
	unshare: {code: 4, size: 16, fields: [['u64', 'flags', 8], ]},
	setns: {code: 5, size: 16, fields: [['fd', 'ns', 8], ['u32', 'types', 12], ]},
	fork: {code: 6, size: 16, fields: []},
	setsid: {code: 7, size: 16, fields: []},
	keyring: {code: 8, size: 16, fields: [['str', 'name', 8], ['u32', 'permissions', 12], ]},
	map_root: {code: 9, size: 16, fields: [['u32', 'drop_groups', 8], ]},
	propagation: {code: 10, size: 16, fields: [['u64', 'flags', 8], ]},
	root: {code: 11, size: 16, fields: [['fd', 'tree', 8], ['str', 'at', 12], ]},
	mount: {code: 12, size: 48, fields: [['u64', 'attributes', 8], ['str', 'fstype', 16], ['ostr', 'source', 20], ['strv', 'options', 24], ['str', 'target', 28], ['u32', 'target_flags', 32], ['u64', 'propagation', 40], ]},
	bind: {code: 13, size: 24, fields: [['fd', 'tree', 8], ['str', 'target', 12], ['u32', 'target_flags', 16], ]},
	device: {code: 14, size: 32, fields: [['str', 'path', 8], ['u32', 'mode', 12], ['u32', 'major', 16], ['u32', 'minor', 20], ['u32', 'uid', 24], ['u32', 'gid', 28], ]},
	symlink: {code: 15, size: 16, fields: [['str', 'target', 8], ['str', 'path', 12], ]},
	mask: {code: 16, size: 16, fields: [['fd', 'null_tree', 8], ['str', 'path', 12], ]},
	readonly: {code: 17, size: 16, fields: [['str', 'path', 8], ]},
	mkdir: {code: 18, size: 16, fields: [['str', 'path', 8], ['u32', 'mode', 12], ]},
	mount_attr: {code: 19, size: 40, fields: [['u64', 'set', 8], ['u64', 'clear', 16], ['u64', 'propagation', 24], ['str', 'path', 32], ['u32', 'recursive', 36], ]},
	pivot_root: {code: 20, size: 16, fields: []},
	hostname: {code: 21, size: 16, fields: [['str', 'name', 8], ]},
	domainname: {code: 22, size: 16, fields: [['str', 'name', 8], ]},
	sysctl: {code: 23, size: 16, fields: [['str', 'path', 8], ['str', 'value', 12], ]},
	loopback: {code: 24, size: 16, fields: []},
	no_new_privs: {code: 25, size: 16, fields: []},
	credentials: {code: 26, size: 72, fields: [['u64', 'bounding', 8], ['u64', 'effective', 16], ['u64', 'permitted', 24], ['u64', 'inheritable', 32], ['u64', 'ambient', 40], ['u32', 'uid', 48], ['u32', 'gid', 52], ['blob', 'groups', 56], ['u32', 'set_groups', 60], ['u32', 'keep_capabilities', 64], ]},
	chdir: {code: 27, size: 16, fields: [['str', 'path', 8], ['u32', 'retry', 12], ]},
	console: {code: 28, size: 24, fields: [['u32', 'rows', 8], ['u32', 'columns', 12], ['u32', 'bind_console', 16], ['u32', 'uid', 20], ]},
	null_stdio: {code: 29, size: 16, fields: [['u32', 'mask', 8], ['u32', 'if_null', 12], ]},
	seccomp: {code: 30, size: 24, fields: [['blob', 'filter', 8], ['u32', 'flags', 12], ['u32', 'notify', 16], ]},
	find_program: {code: 31, size: 16, fields: [['str', 'name', 8], ['strv', 'path', 12], ]},
	wait_start: {code: 32, size: 16, fields: [['fd', 'listener', 8], ]},
	exec: {code: 33, size: 24, fields: [['strv', 'argv', 8], ['strv', 'envp', 12], ['u32', 'skip_fds', 16], ['u32', 'keep_fds', 20], ]},
	umask: {code: 34, size: 16, fields: [['u32', 'mask', 8], ]},
	own_stdio: {code: 35, size: 16, fields: [['u32', 'uid', 8], ]},
	personality: {code: 36, size: 16, fields: [['u64', 'persona', 8], ]},
	rlimit: {code: 37, size: 32, fields: [['u64', 'soft', 8], ['u64', 'hard', 16], ['u32', 'resource', 24], ]},
	home: {code: 38, size: 16, fields: [['u32', 'uid', 8], ]},
	hook: {code: 40, size: 48, fields: [['str', 'path', 8], ['strv', 'argv', 12], ['strv', 'envp', 16], ['ostr', 'cwd', 20], ['str', 'state', 24], ['ostr', 'state_end', 28], ['u32', 'timeout', 32], ['u32', 'number', 36], ['u32', 'add_home', 40], ['u32', 'for_host', 44], ]},
	scheduler: {code: 41, size: 56, fields: [['u64', 'flags', 8], ['u64', 'runtime', 16], ['u64', 'deadline', 24], ['u64', 'period', 32], ['u32', 'policy', 40], ['u32', 'nice', 44], ['u32', 'priority', 48], ]},
	io_priority: {code: 42, size: 16, fields: [['u32', 'priority', 8], ]},
	affinity: {code: 43, size: 16, fields: [['blob', 'mask', 8], ]},
	memory_policy: {code: 44, size: 16, fields: [['u32', 'mode', 8], ['blob', 'nodes', 12], ]},
	label: {code: 45, size: 24, fields: [['str', 'attribute', 8], ['ostr', 'otherwise', 12], ['str', 'value', 16], ]},
	time_offset: {code: 46, size: 16, fields: [['str', 'line', 8], ]},
	tree: {code: 47, size: 72, fields: [['u64', 'set', 8], ['u64', 'clear', 16], ['u64', 'may_clear', 24], ['u64', 'all_set', 32], ['u64', 'all_clear', 40], ['u64', 'propagation', 48], ['str', 'path', 56], ['u32', 'flags', 60], ['fd', 'as', 64], ]},
	remount: {code: 50, size: 40, fields: [['u64', 'set', 8], ['u64', 'clear', 16], ['str', 'path', 24], ['strv', 'options', 28], ['u32', 'reconfigure', 32], ]},
	mount_data: {code: 51, size: 40, fields: [['u64', 'flags', 8], ['str', 'fstype', 16], ['ostr', 'source', 20], ['str', 'data', 24], ['str', 'target', 28], ['u32', 'target_flags', 32], ]},
	chroot: {code: 52, size: 16, fields: [['u32', 'move', 8], ]},
	cover: {code: 53, size: 16, fields: [['str', 'path', 8], ]},
	root_directory: {code: 54, size: 16, fields: [['fd', 'directory', 8], ]},
	close_others: {code: 55, size: 24, fields: [['u32', 'skip_fds', 8], ['u32', 'keep_fds', 12], ['u32', 'listener', 16], ]},
} as const satisfies Layouts<Step['op']>;

export const hostLayouts = {
	mkdir: {code: 1, size: 16, fields: [['str', 'path', 8], ['u32', 'mode', 12], ]},
	rmdir: {code: 2, size: 16, fields: [['str', 'path', 8], ]},
	unlink: {code: 3, size: 16, fields: [['str', 'path', 8], ]},
	write: {code: 4, size: 24, fields: [['str', 'path', 8], ['blob', 'data', 12], ['u32', 'flags', 16], ['u32', 'mode', 20], ]},
	read: {code: 5, size: 16, fields: [['str', 'path', 8], ['u32', 'max', 12], ]},
	open: {code: 6, size: 24, fields: [['str', 'path', 8], ['u32', 'flags', 12], ['u32', 'mode', 16], ]},
	close: {code: 7, size: 16, fields: [['fd', 'fd', 8], ]},
	rename: {code: 8, size: 16, fields: [['str', 'from', 8], ['str', 'to', 12], ]},
	readlink: {code: 9, size: 16, fields: [['str', 'path', 8], ]},
	stat: {code: 10, size: 16, fields: [['str', 'path', 8], ['u32', 'nofollow', 12], ]},
	list: {code: 11, size: 16, fields: [['str', 'path', 8], ['u32', 'directories', 12], ]},
	open_tree: {code: 12, size: 56, fields: [['u64', 'set', 8], ['u64', 'clear', 16], ['u64', 'all_set', 24], ['u64', 'all_clear', 32], ['u64', 'propagation', 40], ['str', 'path', 48], ['u32', 'recursive', 52], ]},
	listen: {code: 13, size: 16, fields: [['str', 'directory', 8], ['str', 'name', 12], ]},
	connect: {code: 14, size: 16, fields: [['str', 'directory', 8], ['str', 'name', 12], ]},
	send: {code: 15, size: 16, fields: [['fd', 'socket', 8], ['blob', 'data', 12], ]},
	prlimit: {code: 16, size: 32, fields: [['u64', 'soft', 8], ['u64', 'hard', 16], ['u32', 'pid', 24], ['u32', 'resource', 28], ]},
	attach: {code: 17, size: 16, fields: [['fd', 'tree', 8], ['str', 'path', 12], ]},
	umount: {code: 18, size: 16, fields: [['str', 'path', 8], ['u32', 'flags', 12], ]},
	lock: {code: 19, size: 16, fields: [['str', 'path', 8], ['u32', 'operation', 12], ]},
	statfs: {code: 20, size: 16, fields: [['str', 'path', 8], ]},
	chown: {code: 21, size: 24, fields: [['str', 'path', 8], ['u32', 'uid', 12], ['u32', 'gid', 16], ]},
	symlink: {code: 22, size: 16, fields: [['str', 'target', 8], ['str', 'path', 12], ]},
	fsync: {code: 23, size: 16, fields: [['str', 'path', 8], ]},
	pidfd_open: {code: 24, size: 16, fields: [['u32', 'pid', 8], ]},
	pidfd_signal: {code: 25, size: 16, fields: [['fd', 'pidfd', 8], ['u32', 'signal', 12], ]},
	devices: {code: 26, size: 16, fields: [['str', 'path', 8], ['blob', 'program', 12], ]},
	write_first: {code: 60, size: 16, fields: [['strv', 'paths', 8], ['strv', 'values', 12], ]},
	write_lines: {code: 68, size: 16, fields: [['str', 'path', 8], ['strv', 'lines', 12], ]},
	inherit: {code: 61, size: 16, fields: [['str', 'from', 8], ['str', 'path', 12], ]},
	cgroup_event: {code: 62, size: 24, fields: [['str', 'directory', 8], ['str', 'file', 12], ['str', 'arguments', 16], ]},
	watch_files: {code: 63, size: 16, fields: [['strv', 'paths', 8], ]},
	trigger: {code: 64, size: 16, fields: [['str', 'path', 8], ['str', 'text', 12], ]},
	timer: {code: 65, size: 16, fields: [['u64', 'milliseconds', 8], ]},
	drain: {code: 66, size: 16, fields: [['fd', 'fd', 8], ]},
	raise: {code: 67, size: 24, fields: [['u64', 'value', 8], ['str', 'path', 16], ]},
	connect_stream: {code: 80, size: 16, fields: [['str', 'path', 8], ]},
	subreaper: {code: 81, size: 16, fields: [['u32', 'on', 8], ]},
	reap_others: {code: 82, size: 16, fields: [['u32', 'pid', 8], ]},
	read_fd: {code: 83, size: 16, fields: [['fd', 'fd', 8], ['u32', 'max', 12], ]},
	write_fd: {code: 84, size: 16, fields: [['blob', 'data', 8], ['fd', 'fd', 12], ]},
	terminal_raw: {code: 85, size: 16, fields: [['fd', 'fd', 8], ]},
	terminal_set: {code: 86, size: 16, fields: [['blob', 'saved', 8], ['fd', 'fd', 12], ]},
	window_size: {code: 87, size: 16, fields: [['fd', 'fd', 8], ]},
	duplicate: {code: 88, size: 16, fields: [['fd', 'fd', 8], ]},
	child_write: {code: 94, size: 24, fields: [['strv', 'path_parts', 8], ['strv', 'text_parts', 12], ['u32', 'flags', 16], ['u32', 'mode', 20], ]},
	child_go: {code: 95, size: 16, fields: []},
	same: {code: 96, size: 16, fields: [['str', 'path', 8], ['blob', 'data', 12], ]},
	same_process: {code: 97, size: 24, fields: [['u64', 'start_time', 8], ['u32', 'pid', 16], ['u32', 'past_init', 20], ]},
	bind_datagram: {code: 120, size: 24, fields: [['str', 'directory', 8], ['str', 'name', 12], ['u32', 'mode', 16], ]},
	connect_datagram: {code: 121, size: 16, fields: [['str', 'path', 8], ]},
	make_node: {code: 91, size: 24, fields: [['str', 'path', 8], ['u32', 'mode', 12], ['u32', 'major', 16], ['u32', 'minor', 20], ]},
	xattrs: {code: 92, size: 16, fields: [['str', 'path', 8], ]},
	set_xattr: {code: 93, size: 24, fields: [['str', 'path', 8], ['str', 'name', 12], ['blob', 'value', 16], ]},
	bind_tree: {code: 50, size: 80, fields: [['u64', 'set', 8], ['u64', 'clear', 16], ['u64', 'may_clear', 24], ['u64', 'all_set', 32], ['u64', 'all_clear', 40], ['u64', 'propagation', 48], ['str', 'path', 56], ['u32', 'flags', 60], ['ostr', 'userns', 64], ['ostr', 'uid_map', 68], ['ostr', 'gid_map', 72], ]},
	netns_new: {code: 51, size: 16, fields: []},
	link_move: {code: 52, size: 24, fields: [['str', 'name', 8], ['str', 'netns', 12], ['str', 'new_name', 16], ]},
	veth: {code: 53, size: 48, fields: [['str', 'name', 8], ['str', 'peer', 12], ['str', 'netns', 16], ['ostr', 'bridge', 20], ['str', 'alias', 24], ['blob', 'mac', 28], ['u32', 'mtu', 32], ['u32', 'queue', 36], ['u32', 'hairpin', 40], ['u32', 'is_down', 44], ]},
	address: {code: 54, size: 24, fields: [['str', 'netns', 8], ['str', 'device', 12], ['blob', 'address', 16], ['u32', 'prefix', 20], ]},
	route: {code: 55, size: 32, fields: [['str', 'netns', 8], ['ostr', 'device', 12], ['blob', 'destination', 16], ['u32', 'prefix', 20], ['blob', 'gateway', 24], ['blob', 'source', 28], ]},
	link_delete: {code: 56, size: 16, fields: [['str', 'name', 8], ['str', 'alias', 12], ]},
	link_up: {code: 57, size: 16, fields: [['str', 'netns', 8], ['str', 'device', 12], ]},
	unlock_network: {code: 59, size: 16, fields: [['str', 'netns', 8], ['str', 'table', 12], ]},
	end_repair: {code: 70, size: 16, fields: [['u32', 'pid', 8], ]},
	guard: {code: 71, size: 24, fields: [['str', 'cgroup', 8], ['u32', 'criu', 12], ['u32', 'is_v1', 16], ['u32', 'is_later', 20], ]},
	stdio: {code: 72, size: 24, fields: [['fd', 'input', 8], ['fd', 'output', 12], ['fd', 'error', 16], ]},
	new_tree: {code: 58, size: 32, fields: [['u64', 'attributes', 8], ['str', 'fstype', 16], ['str', 'path', 20], ['strv', 'options', 24], ]},
} as const satisfies Layouts<HostOp['op']>;
