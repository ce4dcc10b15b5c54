// The config.json to start from: what `runc spec` writes, in content.
import type {Config, Mount, Namespace} from './config.js';
import {ociVersion} from './state.js';

export interface SpecOptions {
	/** For a user without privileges: the host ids that become root inside. Default: with privileges. */
	readonly rootless?: {readonly uid: number; readonly gid: number} | undefined;
	/** 1 also for a hybrid machine. v2 adds a cgroup namespace. */
	readonly cgroupVersion: 1 | 2;
}

const capabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

const mounts: readonly Mount[] = [
	{destination: '/proc', type: 'proc', source: 'proc'},
	{destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k']},
	{destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']},
	{destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']},
	{destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev']},
	{destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro']},
	{destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro']},
];

/** sysfs cannot be mounted without a network namespace of one's own, and gid 5 is not mapped. */
const rootlessMount = (mount: Mount): Mount => mount.destination === '/sys'
	? {destination: '/sys', type: 'none', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro']}
	: mount.options === undefined ? mount : {...mount, options: mount.options.filter(option => !/^[ug]id=/.test(option))};

const maskedPaths = [
	'/proc/acpi',
	'/proc/asound',
	'/proc/kcore',
	'/proc/keys',
	'/proc/latency_stats',
	'/proc/timer_list',
	'/proc/timer_stats',
	'/proc/sched_debug',
	'/sys/firmware',
	'/proc/scsi',
	'/sys/devices/virtual/tpm',
];

const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const namespaces = ({rootless, cgroupVersion}: SpecOptions): Namespace[] => [
	{type: 'pid'},
	...(rootless ? [] : [{type: 'network'} as const]),
	{type: 'ipc'},
	{type: 'uts'},
	{type: 'mount'},
	...(cgroupVersion === 2 ? [{type: 'cgroup'} as const] : []),
	...(rootless ? [{type: 'user'} as const] : []),
];

const mapping = (hostID: number) => [{containerID: 0, hostID, size: 1}];

/** A new config.json: a shell on a terminal in `rootfs`, read-only, with few capabilities. */
export const defaultConfig = (options: SpecOptions): Config => ({
	ociVersion,
	process: {
		terminal: true,
		user: {uid: 0, gid: 0},
		args: ['sh'],
		env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
		cwd: '/',
		capabilities: {bounding: [...capabilities], effective: [...capabilities], permitted: [...capabilities]},
		rlimits: [{type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024}],
		noNewPrivileges: true,
	},
	root: {path: 'rootfs', readonly: true},
	hostname: 'runc',
	mounts: options.rootless ? mounts.map(rootlessMount) : [...mounts],
	linux: {
		...(options.rootless
			? {uidMappings: mapping(options.rootless.uid), gidMappings: mapping(options.rootless.gid)}
			: {resources: {devices: [{allow: false, access: 'rwm'}]}}),
		namespaces: namespaces(options),
		maskedPaths: [...maskedPaths],
		readonlyPaths: [...readonlyPaths],
	},
});
