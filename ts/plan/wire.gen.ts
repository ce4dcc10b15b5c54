// Made from src-native/ctn_wire.h by `npm run gen`. Do not edit.
import type {Layouts, OkErrno} from './layout.js';

/** A number that is a descriptor of this process. */
export type Fd = number & {readonly __brand: 'fd'};

export const wire = {
	hash: 0xb6ccc2ed,
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
	| {readonly op: 'guard'; readonly cgroup: string; readonly criu: number; readonly is_v1: number; readonly in_child: number; readonly is_later: number; readonly okErrno?: OkErrno}
	| {readonly op: 'stdio'; readonly input: Fd; readonly output: Fd; readonly error: Fd; readonly okErrno?: OkErrno}
	| {readonly op: 'scan_pages'; readonly ranges: Uint8Array | undefined; readonly pid: number; readonly okErrno?: OkErrno}
	| {readonly op: 'new_tree'; readonly attributes: bigint; readonly fstype: string; readonly path: string; readonly options: readonly string[]; readonly okErrno?: OkErrno}
	;

export const stepLayouts = {
	sync: {code: 1, size: 16, fields: [[0, 'point', 8], ]},
	undumpable: {code: 2, size: 16, fields: []},
	cgroup_join: {code: 3, size: 16, fields: [[2, 'tasks', 8], ]},
	unshare: {code: 4, size: 16, fields: [[1, 'flags', 8], ]},
	setns: {code: 5, size: 16, fields: [[2, 'ns', 8], [0, 'types', 12], ]},
	fork: {code: 6, size: 16, fields: []},
	setsid: {code: 7, size: 16, fields: []},
	keyring: {code: 8, size: 16, fields: [[3, 'name', 8], [0, 'permissions', 12], ]},
	map_root: {code: 9, size: 16, fields: [[0, 'drop_groups', 8], ]},
	propagation: {code: 10, size: 16, fields: [[1, 'flags', 8], ]},
	root: {code: 11, size: 16, fields: [[2, 'tree', 8], [3, 'at', 12], ]},
	mount: {code: 12, size: 48, fields: [[1, 'attributes', 8], [3, 'fstype', 16], [4, 'source', 20], [5, 'options', 24], [3, 'target', 28], [0, 'target_flags', 32], [1, 'propagation', 40], ]},
	bind: {code: 13, size: 24, fields: [[2, 'tree', 8], [3, 'target', 12], [0, 'target_flags', 16], ]},
	device: {code: 14, size: 32, fields: [[3, 'path', 8], [0, 'mode', 12], [0, 'major', 16], [0, 'minor', 20], [0, 'uid', 24], [0, 'gid', 28], ]},
	symlink: {code: 15, size: 16, fields: [[3, 'target', 8], [3, 'path', 12], ]},
	mask: {code: 16, size: 16, fields: [[2, 'null_tree', 8], [3, 'path', 12], ]},
	readonly: {code: 17, size: 16, fields: [[3, 'path', 8], ]},
	mkdir: {code: 18, size: 16, fields: [[3, 'path', 8], [0, 'mode', 12], ]},
	mount_attr: {code: 19, size: 40, fields: [[1, 'set', 8], [1, 'clear', 16], [1, 'propagation', 24], [3, 'path', 32], [0, 'recursive', 36], ]},
	pivot_root: {code: 20, size: 16, fields: []},
	hostname: {code: 21, size: 16, fields: [[3, 'name', 8], ]},
	domainname: {code: 22, size: 16, fields: [[3, 'name', 8], ]},
	sysctl: {code: 23, size: 16, fields: [[3, 'path', 8], [3, 'value', 12], ]},
	loopback: {code: 24, size: 16, fields: []},
	no_new_privs: {code: 25, size: 16, fields: []},
	credentials: {code: 26, size: 72, fields: [[1, 'bounding', 8], [1, 'effective', 16], [1, 'permitted', 24], [1, 'inheritable', 32], [1, 'ambient', 40], [0, 'uid', 48], [0, 'gid', 52], [6, 'groups', 56], [0, 'set_groups', 60], [0, 'keep_capabilities', 64], ]},
	chdir: {code: 27, size: 16, fields: [[3, 'path', 8], [0, 'retry', 12], ]},
	console: {code: 28, size: 24, fields: [[0, 'rows', 8], [0, 'columns', 12], [0, 'bind_console', 16], [0, 'uid', 20], ]},
	null_stdio: {code: 29, size: 16, fields: [[0, 'mask', 8], [0, 'if_null', 12], ]},
	seccomp: {code: 30, size: 24, fields: [[6, 'filter', 8], [0, 'flags', 12], [0, 'notify', 16], ]},
	find_program: {code: 31, size: 16, fields: [[3, 'name', 8], [5, 'path', 12], ]},
	wait_start: {code: 32, size: 16, fields: [[2, 'listener', 8], ]},
	exec: {code: 33, size: 24, fields: [[5, 'argv', 8], [5, 'envp', 12], [0, 'skip_fds', 16], [0, 'keep_fds', 20], ]},
	umask: {code: 34, size: 16, fields: [[0, 'mask', 8], ]},
	own_stdio: {code: 35, size: 16, fields: [[0, 'uid', 8], ]},
	personality: {code: 36, size: 16, fields: [[1, 'persona', 8], ]},
	rlimit: {code: 37, size: 32, fields: [[1, 'soft', 8], [1, 'hard', 16], [0, 'resource', 24], ]},
	home: {code: 38, size: 16, fields: [[0, 'uid', 8], ]},
	hook: {code: 40, size: 48, fields: [[3, 'path', 8], [5, 'argv', 12], [5, 'envp', 16], [4, 'cwd', 20], [3, 'state', 24], [4, 'state_end', 28], [0, 'timeout', 32], [0, 'number', 36], [0, 'add_home', 40], [0, 'for_host', 44], ]},
	scheduler: {code: 41, size: 56, fields: [[1, 'flags', 8], [1, 'runtime', 16], [1, 'deadline', 24], [1, 'period', 32], [0, 'policy', 40], [0, 'nice', 44], [0, 'priority', 48], ]},
	io_priority: {code: 42, size: 16, fields: [[0, 'priority', 8], ]},
	affinity: {code: 43, size: 16, fields: [[6, 'mask', 8], ]},
	memory_policy: {code: 44, size: 16, fields: [[0, 'mode', 8], [6, 'nodes', 12], ]},
	label: {code: 45, size: 24, fields: [[3, 'attribute', 8], [4, 'otherwise', 12], [3, 'value', 16], ]},
	time_offset: {code: 46, size: 16, fields: [[3, 'line', 8], ]},
	tree: {code: 47, size: 72, fields: [[1, 'set', 8], [1, 'clear', 16], [1, 'may_clear', 24], [1, 'all_set', 32], [1, 'all_clear', 40], [1, 'propagation', 48], [3, 'path', 56], [0, 'flags', 60], [2, 'as', 64], ]},
	remount: {code: 50, size: 40, fields: [[1, 'set', 8], [1, 'clear', 16], [3, 'path', 24], [5, 'options', 28], [0, 'reconfigure', 32], ]},
	mount_data: {code: 51, size: 40, fields: [[1, 'flags', 8], [3, 'fstype', 16], [4, 'source', 20], [3, 'data', 24], [3, 'target', 28], [0, 'target_flags', 32], ]},
	chroot: {code: 52, size: 16, fields: [[0, 'move', 8], ]},
	cover: {code: 53, size: 16, fields: [[3, 'path', 8], ]},
	root_directory: {code: 54, size: 16, fields: [[2, 'directory', 8], ]},
	close_others: {code: 55, size: 24, fields: [[0, 'skip_fds', 8], [0, 'keep_fds', 12], [0, 'listener', 16], ]},
} as const satisfies Layouts<Step['op']>;

export const hostLayouts = {
	mkdir: {code: 1, size: 16, fields: [[3, 'path', 8], [0, 'mode', 12], ]},
	rmdir: {code: 2, size: 16, fields: [[3, 'path', 8], ]},
	unlink: {code: 3, size: 16, fields: [[3, 'path', 8], ]},
	write: {code: 4, size: 24, fields: [[3, 'path', 8], [6, 'data', 12], [0, 'flags', 16], [0, 'mode', 20], ]},
	read: {code: 5, size: 16, fields: [[3, 'path', 8], [0, 'max', 12], ]},
	open: {code: 6, size: 24, fields: [[3, 'path', 8], [0, 'flags', 12], [0, 'mode', 16], ]},
	close: {code: 7, size: 16, fields: [[2, 'fd', 8], ]},
	rename: {code: 8, size: 16, fields: [[3, 'from', 8], [3, 'to', 12], ]},
	readlink: {code: 9, size: 16, fields: [[3, 'path', 8], ]},
	stat: {code: 10, size: 16, fields: [[3, 'path', 8], [0, 'nofollow', 12], ]},
	list: {code: 11, size: 16, fields: [[3, 'path', 8], [0, 'directories', 12], ]},
	open_tree: {code: 12, size: 56, fields: [[1, 'set', 8], [1, 'clear', 16], [1, 'all_set', 24], [1, 'all_clear', 32], [1, 'propagation', 40], [3, 'path', 48], [0, 'recursive', 52], ]},
	listen: {code: 13, size: 16, fields: [[3, 'directory', 8], [3, 'name', 12], ]},
	connect: {code: 14, size: 16, fields: [[3, 'directory', 8], [3, 'name', 12], ]},
	send: {code: 15, size: 16, fields: [[2, 'socket', 8], [6, 'data', 12], ]},
	prlimit: {code: 16, size: 32, fields: [[1, 'soft', 8], [1, 'hard', 16], [0, 'pid', 24], [0, 'resource', 28], ]},
	attach: {code: 17, size: 16, fields: [[2, 'tree', 8], [3, 'path', 12], ]},
	umount: {code: 18, size: 16, fields: [[3, 'path', 8], [0, 'flags', 12], ]},
	lock: {code: 19, size: 16, fields: [[3, 'path', 8], [0, 'operation', 12], ]},
	statfs: {code: 20, size: 16, fields: [[3, 'path', 8], ]},
	chown: {code: 21, size: 24, fields: [[3, 'path', 8], [0, 'uid', 12], [0, 'gid', 16], ]},
	symlink: {code: 22, size: 16, fields: [[3, 'target', 8], [3, 'path', 12], ]},
	fsync: {code: 23, size: 16, fields: [[3, 'path', 8], ]},
	pidfd_open: {code: 24, size: 16, fields: [[0, 'pid', 8], ]},
	pidfd_signal: {code: 25, size: 16, fields: [[2, 'pidfd', 8], [0, 'signal', 12], ]},
	devices: {code: 26, size: 16, fields: [[3, 'path', 8], [6, 'program', 12], ]},
	write_first: {code: 60, size: 16, fields: [[5, 'paths', 8], [5, 'values', 12], ]},
	write_lines: {code: 68, size: 16, fields: [[3, 'path', 8], [5, 'lines', 12], ]},
	inherit: {code: 61, size: 16, fields: [[3, 'from', 8], [3, 'path', 12], ]},
	cgroup_event: {code: 62, size: 24, fields: [[3, 'directory', 8], [3, 'file', 12], [3, 'arguments', 16], ]},
	watch_files: {code: 63, size: 16, fields: [[5, 'paths', 8], ]},
	trigger: {code: 64, size: 16, fields: [[3, 'path', 8], [3, 'text', 12], ]},
	timer: {code: 65, size: 16, fields: [[1, 'milliseconds', 8], ]},
	drain: {code: 66, size: 16, fields: [[2, 'fd', 8], ]},
	raise: {code: 67, size: 24, fields: [[1, 'value', 8], [3, 'path', 16], ]},
	connect_stream: {code: 80, size: 16, fields: [[3, 'path', 8], ]},
	subreaper: {code: 81, size: 16, fields: [[0, 'on', 8], ]},
	reap_others: {code: 82, size: 16, fields: [[0, 'pid', 8], ]},
	read_fd: {code: 83, size: 16, fields: [[2, 'fd', 8], [0, 'max', 12], ]},
	write_fd: {code: 84, size: 16, fields: [[6, 'data', 8], [2, 'fd', 12], ]},
	terminal_raw: {code: 85, size: 16, fields: [[2, 'fd', 8], ]},
	terminal_set: {code: 86, size: 16, fields: [[6, 'saved', 8], [2, 'fd', 12], ]},
	window_size: {code: 87, size: 16, fields: [[2, 'fd', 8], ]},
	duplicate: {code: 88, size: 16, fields: [[2, 'fd', 8], ]},
	child_write: {code: 94, size: 24, fields: [[5, 'path_parts', 8], [5, 'text_parts', 12], [0, 'flags', 16], [0, 'mode', 20], ]},
	child_go: {code: 95, size: 16, fields: []},
	same: {code: 96, size: 16, fields: [[3, 'path', 8], [6, 'data', 12], ]},
	same_process: {code: 97, size: 24, fields: [[1, 'start_time', 8], [0, 'pid', 16], [0, 'past_init', 20], ]},
	bind_datagram: {code: 120, size: 24, fields: [[3, 'directory', 8], [3, 'name', 12], [0, 'mode', 16], ]},
	connect_datagram: {code: 121, size: 16, fields: [[3, 'path', 8], ]},
	make_node: {code: 91, size: 24, fields: [[3, 'path', 8], [0, 'mode', 12], [0, 'major', 16], [0, 'minor', 20], ]},
	xattrs: {code: 92, size: 16, fields: [[3, 'path', 8], ]},
	set_xattr: {code: 93, size: 24, fields: [[3, 'path', 8], [3, 'name', 12], [6, 'value', 16], ]},
	bind_tree: {code: 50, size: 80, fields: [[1, 'set', 8], [1, 'clear', 16], [1, 'may_clear', 24], [1, 'all_set', 32], [1, 'all_clear', 40], [1, 'propagation', 48], [3, 'path', 56], [0, 'flags', 60], [4, 'userns', 64], [4, 'uid_map', 68], [4, 'gid_map', 72], ]},
	netns_new: {code: 51, size: 16, fields: []},
	link_move: {code: 52, size: 24, fields: [[3, 'name', 8], [3, 'netns', 12], [3, 'new_name', 16], ]},
	veth: {code: 53, size: 48, fields: [[3, 'name', 8], [3, 'peer', 12], [3, 'netns', 16], [4, 'bridge', 20], [3, 'alias', 24], [6, 'mac', 28], [0, 'mtu', 32], [0, 'queue', 36], [0, 'hairpin', 40], [0, 'is_down', 44], ]},
	address: {code: 54, size: 24, fields: [[3, 'netns', 8], [3, 'device', 12], [6, 'address', 16], [0, 'prefix', 20], ]},
	route: {code: 55, size: 32, fields: [[3, 'netns', 8], [4, 'device', 12], [6, 'destination', 16], [0, 'prefix', 20], [6, 'gateway', 24], [6, 'source', 28], ]},
	link_delete: {code: 56, size: 16, fields: [[3, 'name', 8], [3, 'alias', 12], ]},
	link_up: {code: 57, size: 16, fields: [[3, 'netns', 8], [3, 'device', 12], ]},
	unlock_network: {code: 59, size: 16, fields: [[3, 'netns', 8], [3, 'table', 12], ]},
	end_repair: {code: 70, size: 16, fields: [[0, 'pid', 8], ]},
	guard: {code: 71, size: 32, fields: [[3, 'cgroup', 8], [0, 'criu', 12], [0, 'is_v1', 16], [0, 'in_child', 20], [0, 'is_later', 24], ]},
	stdio: {code: 72, size: 24, fields: [[2, 'input', 8], [2, 'output', 12], [2, 'error', 16], ]},
	scan_pages: {code: 73, size: 24, fields: [[6, 'ranges', 8], [0, 'pid', 12], ]},
	new_tree: {code: 58, size: 32, fields: [[1, 'attributes', 8], [3, 'fstype', 16], [3, 'path', 20], [5, 'options', 24], ]},
} as const satisfies Layouts<HostOp['op']>;
