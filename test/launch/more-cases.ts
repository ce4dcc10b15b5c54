// The cases of launches.ts that are about the root filesystem and the process.
import type {Fd} from '../../ts/native/native.js';
import type {Case} from './launches.js';

export const moreCases: Readonly<Record<string, Case>> = {
	'terminal': {edit: config => {
		config.process.terminal = true;
		config.process.consoleSize = {height: 24, width: 80};
		config.process.user = {uid: 1000, gid: 1000};
	}},
	'writable-root': {edit: config => {
		config.root = {path: '/images/web'};
		config.mounts = [{destination: '/proc', type: 'proc', source: 'proc'}];
	}},
	'shared-root': {edit: config => {
		config.linux.rootfsPropagation = 'rshared';
	}},
	'private-root': {edit: config => {
		config.linux.rootfsPropagation = 'private';
	}},
	'bind-mounts': {edit: config => {
		const bind = (destination: string, ...options: string[]) => ({destination, type: 'bind', source: '/srv/data', options});
		config.mounts.push(
			bind('/bind', 'bind'),
			bind('/rbind', 'rbind'),
			bind('/ro', 'rbind', 'ro'),
			bind('/rro', 'rbind', 'rro'),
			bind('/rw', 'bind', 'rw'),
			bind('/strict', 'bind', 'ro', 'nosuid', 'nodev', 'noexec', 'nosymfollow'),
			bind('/noatime', 'bind', 'noatime'),
			bind('/recursive', 'rbind', 'rnosuid', 'rnodev', 'rnoexec', 'rnoatime'),
			bind('/private', 'rbind', 'rprivate'),
			bind('/slave', 'rbind', 'rslave'),
			bind('/shared', 'bind', 'shared'),
			bind('/rshared', 'rbind', 'rshared'),
			bind('/unbindable', 'bind', 'unbindable'),
			{destination: '/relative', type: 'none', source: 'data', options: ['bind']},
		);
	}},
	'bind-mounted-dev': {edit: config => {
		config.mounts = [
			{destination: '/proc', type: 'proc', source: 'proc'},
			{destination: '/dev/', type: 'bind', source: '/dev', options: ['rbind']},
		];
		config.linux.devices = [{path: '/dev/fuse', type: 'c', major: 10, minor: 229}];
	}},
	'filesystems': {edit: config => {
		config.mounts = [
			{destination: '/proc', type: 'proc', source: 'proc', options: ['ro', 'nosuid', 'hidepid=2']},
			{destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'size=1m', 'noatime']},
			{destination: '/run/below', type: 'tmpfs', options: ['rslave']},
			{destination: '/data', type: 'ext4', source: '/dev/vdb', options: ['ro', 'sync', 'data=ordered']},
			{destination: '/over', type: 'overlay', source: 'overlay', options: ['lowerdir=/a:/b,upperdir=/c', 'workdir=/d', 'userxattr']},
		];
	}},
	'special-mounts': {
		edit: config => {
			const bind = (source: string, destination: string, ...options: string[]) => ({destination, type: 'bind', source, options});
			const mappings = [{containerID: 0, hostID: 100_000, size: 10}];
			config.mounts = [
				{destination: '/data', type: 'tmpfs', options: ['tmpcopyup', 'ro']},
				{...bind('/srv', '/idmapped', 'bind', 'ridmap'), uidMappings: mappings, gidMappings: mappings},
				bind('/srv/link', '/link', 'copy-symlink'),
				bind('/srv/file', '/file', 'copy-symlink', 'src-nofollow', 'dest-nofollow'),
				{destination: '/file', options: ['remount', 'bind', 'ro']},
				{destination: '/data', type: 'tmpfs', options: ['remount', 'size=1m', 'rnosuid', 'private']},
				{destination: '/disk', type: 'ext4', source: '/dev/vdb', options: ['ro']},
				{destination: '/over', type: 'overlay', options: [`lowerdir=${'/layer:'.repeat(50)}`, 'ro', 'noatime', 'sync']},
				{destination: '/run', type: 'tmpfs', options: ['mode=700', 'rro', 'rnosuid']},
			];
		},
		facts: {links: new Map([['/srv/link', '../file']]), blockDevices: new Set(['/dev/vdb']), kcore: true},
	},
	'no-pivot': {
		base: 'runc',
		facts: {noPivot: ['/sys', '/proc']},
	},
	'no-mount-namespace': {edit: config => {
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'mount');
		config.root.readonly = false;
	}},
	'unbindable-root': {edit: config => {
		config.linux.rootfsPropagation = 'runbindable';
	}},
	'network-of-the-host': {facts: {network: true}},
	'network-namespace-of-the-pool': {facts: {networkNamespace: 7 as Fd}},
	'hidden-paths': {edit: config => {
		config.linux.maskedPaths = ['/proc/kcore', '/proc/kcore', '/sys/firmware'];
		config.linux.readonlyPaths = ['/proc/sys', '/proc/sys'];
	}},
	'devices': {edit: config => {
		config.linux.devices = [
			{path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o4640, uid: 1, gid: 2},
			{path: '/dev/sda', type: 'b', major: 8, minor: 0},
			{path: '/dev/pipe', type: 'p'},
			{path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o600},
		];
	}},
	'devices-in-user-namespace': {edit: config => {
		config.linux.namespaces!.push({type: 'user'});
		config.linux.uidMappings = config.linux.gidMappings = [{containerID: 0, hostID: 0, size: 1000}];
		config.linux.devices = [{path: '/dev/fuse', type: 'c', major: 10, minor: 229}, {path: '/dev/pipe', type: 'p'}];
	}},
	'names': {edit: config => {
		config.hostname = 'höst';
		config.domainname = 'example.org';
		config.linux.sysctl = {'net.ipv4.ip_forward': '1', 'net/ipv4/conf/eth0.1/forwarding': '0', 'kernel.shmmax': '4096'};
	}},
	'process': {edit: config => {
		config.process = {
			...config.process,
			args: ['./server', '', 'ä b'],
			cwd: '/srv/app',
			env: [],
			user: {uid: 1000, gid: 100, additionalGids: [5, 0xFFFF_FFFE], umask: 0o077},
			oomScoreAdj: 100,
		};
		config.linux.personality = {domain: 'LINUX32'};
	}},
	'home': {edit: config => {
		config.process.env = ['HOME=/home/a', 'PATH=/bin::/sbin', 'HOME=/home/b', 'PATH=/opt/bin:/bin'];
	}},
	'empty-home': {edit: config => {
		config.process.env = ['HOME=/home/a', 'HOMEPAGE=example.org', 'HOME='];
		config.process.user!.uid = 1000;
	}},
	'rlimits': {edit: config => {
		config.process.rlimits = [
			{type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096},
			{type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64},
			{type: 'RLIMIT_RTTIME', soft: 5, hard: 5},
		];
	}},
	'rlimits-in-user-namespace': {edit: config => {
		config.linux.namespaces!.push({type: 'user'});
		config.linux.uidMappings = config.linux.gidMappings = [{containerID: 0, hostID: 100_000, size: 10}];
		config.process.rlimits = [{type: 'RLIMIT_CORE', soft: 0, hard: 1}];
	}},
	'no-capabilities-key': {edit: config => {
		delete config.process.capabilities;
	}},
	'no-capabilities': {edit: config => {
		config.process.capabilities = {};
	}},
	'all-capabilities': {edit: config => {
		const some = ['CAP_CHOWN', 'CAP_NET_RAW', 'CAP_CHECKPOINT_RESTORE'];
		config.process.capabilities = {bounding: some, effective: some, permitted: ['CAP_CHOWN', 'CAP_NET_RAW'], inheritable: ['CAP_NET_RAW'], ambient: some};
	}},
	'capabilities-the-caller-lacks': {
		edit: config => {
			const some = ['CAP_CHOWN', 'CAP_NET_RAW'];
			config.process.capabilities = {bounding: some, effective: some, permitted: some};
		},
		facts: {capabilities: 1n},
	},
};
