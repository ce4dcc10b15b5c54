// The verbs of the runc-compatible command line, as data: for the parser, the help, shell completion and the manual.
import type {Flag} from './flags.js';
import {transferFlags} from './transfer-flags.js';
import type {Verb} from './verb.js';

const text = (name: string, value: string, help: string, short?: string): Flag =>
	({name, type: 'string', value, help, ...(short !== undefined && {short})});

const bool = (name: string, help: string, short?: string): Flag => ({name, help, ...(short !== undefined && {short})});

const number = (name: string, help: string): Flag => ({name, type: 'number', value: 'N', help});

const hidden = (flag: Flag): Flag => ({...flag, isHidden: true});

/** Every one can be asked what it takes. */
const help = bool('help', 'show this', 'h');

/** They come before the verb, or among its own. */
export const globalFlags: readonly Flag[] = [
	bool('debug', 'tell more in the log'),
	text('log', 'FILE', 'append messages to this file (default: standard error)'),
	text('log-format', 'FORMAT', 'text or json (default: text)'),
	text('root', 'DIR', 'directory of the containers\' state (default: /run/ctnative)'),
	bool('systemd-cgroup', 'leave cgroups to systemd'),
	text('rootless', 'BOOL', 'ignore what only root may do: true, false or auto'),
	hidden(text('criu', 'PATH', 'the CRIU to use')),
	help,
];

const bundle = text('bundle', 'DIR', 'directory with config.json (default: here)', 'b');
const consoleSocket = text('console-socket', 'PATH', 'unix socket that is sent the terminal');
const pidfdSocket = text('pidfd-socket', 'PATH', 'unix socket that is sent a pidfd of the process');
const pidFile = text('pid-file', 'FILE', 'write the pid to this file');
const preserveFds = number('preserve-fds', 'pass on so many descriptors from 3 on');
const format = text('format', 'FORMAT', 'table or json (default: table)', 'f');
/** Of verbs that print JSON under runc: programs read it. */
const formatByReader = text('format', 'FORMAT', 'table or json (default: a table on a terminal, else json)', 'f');
const detach = bool('detach', 'do not wait for the process', 'd');

const createFlags: readonly Flag[] = [
	bundle, consoleSocket, pidfdSocket, pidFile, preserveFds,
	bool('no-pivot', 'do not use pivot_root(2), for a root on a ramdisk'),
	bool('no-new-keyring', 'stay in the session keyring of the caller'),
];

/* Of checkpoint, restore and moves. */
const extUnixSk = bool('ext-unix-sk', 'allow unix sockets connected to the outside');
const shellJob = bool('shell-job', 'allow a session and a terminal of the outside');
const fileLocks = bool('file-locks', 'keep file locks');
const manageCgroupsMode = text('manage-cgroups-mode', 'MODE', 'soft, full, strict or ignore');
const networkLock = text('network-lock', 'METHOD', 'iptables, nftables or skip (default: nftables)');
const tcpSkipInFlight = bool('tcp-skip-in-flight', 'skip TCP connections that are being made');
const linkRemap = bool('link-remap', 'keep deleted files that are still linked elsewhere');
const tcpClose = bool('tcp-close', 'restore TCP connections as closed ones');

/** What both ends of a move have to agree upon. */
const movedFlags: readonly Flag[] = [
	bool('tcp-established', 'keep open TCP connections'),
	extUnixSk,
	shellJob,
	fileLocks,
	manageCgroupsMode,
	networkLock,
];

const criuFlags: readonly Flag[] = [
	text('image-path', 'DIR', 'directory of the images (default: ./checkpoint)'),
	text('work-path', 'DIR', 'directory of logs and statistics'),
	bool('tcp-established', 'allow open TCP connections'),
	extUnixSk,
	shellJob,
	bool('lazy-pages', 'pass memory on when it is needed'),
	fileLocks,
	manageCgroupsMode,
	{name: 'empty-ns', type: 'list', value: 'TYPE', help: 'a namespace whose content is not kept: network'},
	bool('auto-dedup', 'free memory in images that is not needed any more'),
	networkLock,
];

const one = 'ID';
const exactlyOne = [1, 1] as const;

const basic = {
	create: {
		summary: 'make a container; start begins its program', usage: one, args: exactlyOne, makesCgroups: true, flags: createFlags,
		load: async () => import('./verbs/create.js').then(({create}) => ({run: create})),
	},
	run: {
		summary: 'create and start a container, and wait for its end', usage: one, args: exactlyOne, makesCgroups: true,
		flags: [...createFlags, detach, bool('keep', 'do not delete it at its end'), bool('no-subreaper', 'leave orphans to another process')],
		load: async () => import('./verbs/create.js').then(({run}) => ({run})),
	},
	start: {
		summary: 'let the program of a created container begin', usage: one, args: exactlyOne, flags: [],
		load: async () => import('./verbs/start.js'),
	},
	state: {
		summary: 'print the state of a container', usage: one, args: exactlyOne, flags: [formatByReader],
		load: async () => import('./verbs/state.js'),
	},
	list: {
		summary: 'list containers', usage: '', args: [0, 0], flags: [format, bool('quiet', 'only their ids', 'q')],
		load: async () => import('./verbs/list.js'),
	},
	kill: {
		summary: 'send a signal to a container (default: SIGTERM)', usage: 'ID [SIGNAL]', args: [1, 2],
		flags: [bool('all', 'to all of its processes', 'a')],
		load: async () => import('./verbs/kill.js'),
	},
	delete: {
		summary: 'remove a container', usage: one, args: exactlyOne, makesCgroups: true, flags: [bool('force', 'end it first if it runs', 'f')],
		load: async () => import('./verbs/delete.js'),
	},
	pause: {
		summary: 'freeze the processes of a container', usage: one, args: exactlyOne, flags: [],
		load: async () => import('./verbs/pause.js').then(({pause}) => ({run: pause})),
	},
	resume: {
		summary: 'let them go on', usage: one, args: exactlyOne, flags: [],
		load: async () => import('./verbs/pause.js').then(({resume}) => ({run: resume})),
	},
} satisfies Record<string, Verb>;

const inside = {
	exec: {
		summary: 'run a further program in a container', usage: 'ID PROGRAM [ARGUMENT...]', args: [1, Infinity], stopAt: 1, failure: 255, joinsCgroup: true,
		flags: [
			consoleSocket, pidfdSocket, pidFile, preserveFds, detach,
			text('cwd', 'DIR', 'working directory'),
			{name: 'env', short: 'e', type: 'list', value: 'NAME=VALUE', help: 'set a variable'},
			bool('tty', 'give it a terminal', 't'),
			text('user', 'UID[:GID]', 'user and group', 'u'),
			{name: 'additional-gids', short: 'g', type: 'list', value: 'GID', help: 'a further group'},
			text('process', 'FILE', 'an OCI process as JSON, in place of the arguments', 'p'),
			text('process-label', 'LABEL', 'SELinux label'),
			text('apparmor', 'PROFILE', 'AppArmor profile'),
			bool('no-new-privs', 'no program may gain privileges'),
			{name: 'cap', short: 'c', type: 'list', value: 'CAP', help: 'a further capability'},
			{name: 'cgroup', type: 'list', value: '[CONTROLLER,...:]PATH', help: 'cgroup below that of the container'},
			bool('ignore-paused', 'also in a paused container'),
			hidden(bool('no-subreaper', 'of older versions')),
		],
		load: async () => import('./verbs/exec.js'),
	},
	ps: {
		summary: 'list the processes of a container', usage: 'ID [PS-OPTION...]', args: [1, Infinity], stopAt: 1, flags: [format],
		load: async () => import('./verbs/ps.js'),
	},
	events: {
		summary: 'print what a container uses, again and again', usage: one, args: exactlyOne,
		flags: [text('interval', 'TIME', 'between two reports (default: 5s)'), bool('stats', 'once'), formatByReader],
		load: async () => import('./verbs/events.js'),
	},
} satisfies Record<string, Verb>;

const updateFlags: readonly Flag[] = [
	text('resources', 'FILE', 'an OCI resources object as JSON, - for standard input; in place of all others', 'r'),
	text('blkio-weight', 'N', 'weight of block input and output'),
	text('cpu-period', 'MICROSECONDS', 'period of the CPU quota'),
	text('cpu-quota', 'MICROSECONDS', 'CPU time in a period; -1 for no limit'),
	text('cpu-burst', 'MICROSECONDS', 'unused time that may be used later'),
	text('cpu-share', 'N', 'weight of CPU time'),
	text('cpu-rt-period', 'MICROSECONDS', 'period of realtime'),
	text('cpu-rt-runtime', 'MICROSECONDS', 'realtime in a period'),
	text('cpu-idle', 'N', '1: only when nobody else wants the CPU'),
	text('cpuset-cpus', 'LIST', 'CPUs to run on'),
	text('cpuset-mems', 'LIST', 'memory nodes to use'),
	text('memory', 'BYTES', 'limit of memory, such as 64m'),
	text('memory-reservation', 'BYTES', 'soft limit of memory'),
	text('memory-swap', 'BYTES', 'limit of memory and swap together; -1 for none'),
	text('pids-limit', 'N', 'limit of processes; -1 for none'),
	text('l3-cache-schema', 'SCHEMA', 'Intel RDT: share of the L3 cache, such as L3:0=ff'),
	text('mem-bw-schema', 'SCHEMA', 'Intel RDT: share of memory bandwidth, such as MB:0=50'),
	hidden(text('kernel-memory', 'BYTES', 'obsolete')),
	hidden(text('kernel-memory-tcp', 'BYTES', 'obsolete')),
];

const others = {
	update: {
		summary: 'set new limits for a container', usage: one, args: exactlyOne, makesCgroups: true, flags: updateFlags,
		load: async () => import('./verbs/update.js'),
	},
	spec: {
		summary: 'write a config.json to start from', usage: '', args: [0, 0],
		flags: [bundle, bool('rootless', 'for a user without privileges')],
		load: async () => import('./verbs/spec.js'),
	},
	features: {
		summary: 'print what this runtime can do', usage: '', args: [0, 0], flags: [formatByReader],
		load: async () => import('./verbs/features.js'),
	},
	checkpoint: {
		summary: 'freeze a container to disk, with CRIU', usage: one, args: exactlyOne, needsNode: true,
		flags: [
			...criuFlags,
			text('parent-path', 'DIR', 'images before these, relative to --image-path'),
			bool('leave-running', 'let the container run on'),
			bool('rootfs', 'keep what it changed in its root filesystem, too'),
			tcpSkipInFlight,
			linkRemap,
			number('status-fd', 'write a NUL byte to this descriptor when the page server is ready'),
			text('page-server', 'ADDRESS:PORT', 'send memory there'),
			bool('pre-dump', 'only copy memory; the container runs on'),
			text('listen', 'HOST:PORT', 'with --lazy-pages: wait here for restore --from to take the memory'),
			...transferFlags,
		],
		load: async () => import('./verbs/checkpoint.js'),
	},
	restore: {
		summary: 'bring a container back from a checkpoint', usage: one, args: exactlyOne, makesCgroups: true, needsNode: true,
		flags: [
			...criuFlags, bundle, consoleSocket, pidFile, detach,
			bool('no-subreaper', 'leave orphans to another process'),
			bool('no-pivot', 'do not use pivot_root(2)'),
			bool('rootfs', 'put back what the checkpoint has kept of its root filesystem'),
			text('hostname', 'NAME', 'its host name, in place of that of the checkpoint'),
			text('layer', 'DIR', 'keep its changes to the root filesystem here, in upper'),
			tcpClose,
			text('lsm-profile', 'TYPE:NAME', 'security profile of the restored processes'),
			text('lsm-mount-context', 'CONTEXT', 'security context of the restored mounts'),
			text('from', 'HOST:PORT', 'with --lazy-pages: take the memory from the checkpoint that waits there'),
			...transferFlags,
		],
		load: async () => import('./verbs/restore.js'),
	},
	migrate: {
		summary: 'move a container to a host where receive asks for it', usage: one, args: exactlyOne, needsNode: true,
		flags: [
			text('listen', 'HOST:PORT', 'wait here'),
			number('pre-copy', 'send memory ahead while it runs, in so many rounds at most'),
			...transferFlags, ...movedFlags,
			bool('rootfs', 'send what it changed in its root filesystem, too'),
			tcpSkipInFlight,
			linkRemap,
		],
		load: async () => import('./verbs/migrate.js').then(({migrate}) => ({run: migrate})),
	},
	receive: {
		summary: 'take a container from a host where migrate waits', usage: one, args: exactlyOne, makesCgroups: true, needsNode: true,
		flags: [
			text('from', 'HOST:PORT', 'where migrate waits'),
			...transferFlags, bundle, pidFile, ...movedFlags,
			bool('rootfs', 'put back what it had changed in its root filesystem'),
			tcpClose,
		],
		load: async () => import('./verbs/migrate.js').then(({receive}) => ({run: receive})),
	},
} satisfies Record<string, Verb>;

const withHelp = (verbs: Record<string, Verb>): Array<[string, Verb]> =>
	Object.entries(verbs).map(([name, verb]) => [name, {...verb, flags: [...verb.flags, help]}]);

export const verbs: ReadonlyMap<string, Verb> = new Map([...withHelp(basic), ...withHelp(inside), ...withHelp(others)]);
