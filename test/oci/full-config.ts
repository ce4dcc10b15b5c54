import type {Config} from '../../ts/oci/config.js';

type Scalar = string | number | bigint | boolean;

/** All keys of a config, at every depth: one that is added to the types and not here is a type error. */
type Complete<Value> = Value extends Scalar ? Value
	: Value extends ReadonlyArray<infer Item> ? ReadonlyArray<Complete<Item>>
		: {readonly [Key in keyof Value]-?: Complete<Exclude<Value[Key], undefined>>};

const mapping = [{containerID: 0, hostID: 100_000, size: 65_536}];
const hook = [{path: '/bin/hook', args: ['hook', 'now'], env: ['A=b'], timeout: 5}];
const throttle = [{major: 8, minor: 0, rate: 1000}];

const config: Complete<Config> = {
	ociVersion: '1.3.0',
	root: {path: 'rootfs', readonly: true},
	hostname: 'box',
	domainname: 'example.org',
	annotations: {'org.example.key': 'value'},
	hooks: {prestart: hook, createRuntime: hook, createContainer: hook, startContainer: hook, poststart: hook, poststop: hook},
	mounts: [
		{destination: '/data', type: 'none', source: '/srv/data', options: ['rbind', 'ro'], uidMappings: mapping, gidMappings: mapping},
	],
	process: {
		terminal: true,
		consoleSize: {height: 24, width: 80},
		user: {uid: 1, gid: 2, umask: 18, additionalGids: [3], username: 'nobody'},
		args: ['sh', '-c', ''],
		env: ['PATH=/bin'],
		cwd: '/',
		capabilities: {bounding: ['CAP_KILL'], effective: ['CAP_KILL'], inheritable: ['CAP_KILL'], permitted: ['CAP_KILL'], ambient: ['CAP_KILL']},
		rlimits: [{type: 'RLIMIT_CORE', soft: 0, hard: 2n ** 64n - 1n}],
		noNewPrivileges: true,
		apparmorProfile: 'profile',
		oomScoreAdj: -5,
		scheduler: {policy: 'SCHED_DEADLINE', nice: 0, priority: 0, flags: ['SCHED_FLAG_RECLAIM'], runtime: 1, deadline: 2, period: 3n},
		selinuxLabel: 'system_u:system_r:container_t:s0',
		ioPriority: {class: 'IOPRIO_CLASS_BE', priority: 4},
		execCPUAffinity: {initial: '0-1', final: '0'},
	},
	linux: {
		uidMappings: mapping,
		gidMappings: mapping,
		sysctl: {'net.ipv4.ip_forward': '1'},
		cgroupsPath: '/box',
		namespaces: [
			{type: 'pid', path: '/proc/1/ns/pid'},
			...(['network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const).map(type => ({type}) as {type: typeof type; path: string}),
		],
		devices: [{path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0}],
		netDevices: {eth0: {name: 'lan0'}},
		seccomp: {
			defaultAction: 'SCMP_ACT_ERRNO',
			defaultErrnoRet: 38,
			architectures: ['SCMP_ARCH_X86_64'],
			flags: ['SECCOMP_FILTER_FLAG_LOG'],
			listenerPath: '/run/agent.sock',
			listenerMetadata: 'data',
			syscalls: [{
				names: ['clone'],
				action: 'SCMP_ACT_NOTIFY',
				errnoRet: 1,
				args: [{index: 0, value: 2_114_060_288, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ'}],
			}],
		},
		rootfsPropagation: 'rslave',
		maskedPaths: ['/proc/kcore'],
		readonlyPaths: ['/proc/sys'],
		mountLabel: 'system_u:object_r:container_file_t:s0',
		intelRdt: {closID: 'group', schemata: ['L3:0=f'], l3CacheSchema: 'L3:0=f', memBwSchema: 'MB:0=50', enableMonitoring: true},
		memoryPolicy: {mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES']},
		personality: {domain: 'LINUX32', flags: ['any']},
		timeOffsets: {monotonic: {secs: -5, nanosecs: 3}, boottime: {secs: 5n, nanosecs: 0}},
		resources: {
			devices: [{allow: true, type: 'c', major: 10, minor: -1, access: 'rwm'}],
			memory: {
				limit: 1_048_576, reservation: 1, swap: 2_097_152, kernel: -1, kernelTCP: -1, swappiness: 60,
				disableOOMKiller: true, useHierarchy: true, checkBeforeUpdate: true,
			},
			cpu: {
				shares: 1024, quota: 1000, burst: 10, period: 100_000, realtimeRuntime: 1, realtimePeriod: 2,
				cpus: '0-1,3', mems: '0', idle: 1,
			},
			pids: {limit: 100},
			blockIO: {
				weight: 500,
				leafWeight: 500,
				weightDevice: [{major: 8, minor: 0, weight: 500, leafWeight: 500}],
				throttleReadBpsDevice: throttle,
				throttleWriteBpsDevice: throttle,
				throttleReadIOPSDevice: throttle,
				throttleWriteIOPSDevice: throttle,
			},
			hugepageLimits: [{pageSize: '2MB', limit: 2_097_152}],
			network: {classID: 1, priorities: [{name: 'eth0', priority: 1}]},
			rdma: {mlx5_1: {hcaHandles: 3, hcaObjects: 4}},
			unified: {'memory.high': '1048576'},
		},
	},
};

/** A valid config that has every field there is. */
export const fullConfig = (): Complete<Config> => structuredClone(config);
