import type {Config, Linux, Mount, Process, Root} from '../../ts/oci/config.js';

type Draft<T> = T extends readonly (infer Item)[] ? Draft<Item>[] : T extends object ? {-readonly [Key in keyof T]: Draft<T[Key]>} : T;

/** A config to be changed, with the sections that `runc spec` always writes. */
export type Spec = Draft<Config> & {
	process: Draft<Process>;
	root: Draft<Root>;
	mounts: Draft<Mount>[];
	linux: Draft<Linux>;
};

const mount = (destination: string, type: string, source: string, ...options: string[]): Draft<Mount> =>
	options.length > 0 ? {destination, type, source, options} : {destination, type, source};

/** The config.json that `runc spec` of runc 1.1 writes, which is the one most people start from. */
export const runcSpec = (): Spec => {
	const capabilities = () => ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];
	return {
		ociVersion: '1.0.2-dev',
		process: {
			terminal: true,
			user: {uid: 0, gid: 0},
			args: ['sh'],
			env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
			cwd: '/',
			capabilities: {
				bounding: capabilities(),
				effective: capabilities(),
				permitted: capabilities(),
				ambient: capabilities(),
			},
			rlimits: [{type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024}],
			noNewPrivileges: true,
		},
		root: {path: 'rootfs', readonly: true},
		hostname: 'runc',
		mounts: [
			mount('/proc', 'proc', 'proc'),
			mount('/dev', 'tmpfs', 'tmpfs', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
			mount('/dev/pts', 'devpts', 'devpts', 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'),
			mount('/dev/shm', 'tmpfs', 'shm', 'nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
			mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid', 'noexec', 'nodev'),
			mount('/sys', 'sysfs', 'sysfs', 'nosuid', 'noexec', 'nodev', 'ro'),
			mount('/sys/fs/cgroup', 'cgroup', 'cgroup', 'nosuid', 'noexec', 'nodev', 'relatime', 'ro'),
		],
		linux: {
			resources: {devices: [{allow: false, access: 'rwm'}]},
			namespaces: [{type: 'pid'}, {type: 'network'}, {type: 'ipc'}, {type: 'uts'}, {type: 'mount'}],
			maskedPaths: [
				'/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats',
				'/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/sys/firmware', '/proc/scsi',
			],
			readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
		},
	};
};
