// Namespaces, sysctls, cgroups, seccomp: the rest of `linux`.
import {readlinkSync} from 'node:fs';
import type {Spec} from '../../support/runc-spec.js';
import type {InsideCase} from '../inside.js';

const kinds = [['pid', 'pid'], ['network', 'net'], ['ipc', 'ipc'], ['uts', 'uts']] as const;

const without = (type: string) => (config: Spec): void => {
	config.linux.namespaces = config.linux.namespaces!.filter(namespace => namespace.type !== type);
	if (type === 'network') {
		config.mounts = config.mounts.filter(({destination}) => destination !== '/sys' && destination !== '/sys/fs/cgroup');
	}

	if (type === 'uts') {
		delete config.hostname;
	}

	if (type === 'ipc') {
		config.mounts = config.mounts.filter(({type: filesystem}) => filesystem !== 'mqueue');
	}
};

const here = (file: string): string => readlinkSync(`/proc/self/ns/${file}`);

const namespaces: InsideCase[] = [
	...kinds.map(([type, file]): InsideCase => ({title: `a ${type} namespace is new`, script: `[ "$(readlink /proc/self/ns/${file})" != "${here(file)}" ] && echo new`, prints: 'new'})),
	...kinds.map(([type, file]): InsideCase => ({title: `without a ${type} namespace it is the one of the host`, edit: without(type), script: `readlink /proc/self/ns/${file}`, prints: here(file)})),
	...(['network', 'ipc', 'uts'] as const).map((type): InsideCase => {
		const file = kinds.find(([name]) => name === type)![1];
		return {
			title: `a ${type} namespace can be joined by its path`,
			edit(config) {
				without(type)(config);
				config.linux.namespaces!.push({type, path: `/proc/${process.pid}/ns/${file}`});
			},
			script: `readlink /proc/self/ns/${file}`, prints: here(file),
		};
	}),
	{title: 'a mount namespace is new', script: `[ "$(readlink /proc/self/ns/mnt)" != "${here('mnt')}" ] && echo new`, prints: 'new'},
	{
		title: 'a cgroup namespace is new',
		edit(config) {
			config.linux.namespaces!.push({type: 'cgroup'});
		},
		script: `[ "$(readlink /proc/self/ns/cgroup)" != "${here('cgroup')}" ] && echo new`, prints: 'new',
	},
	{title: 'the loopback of a new network is up', script: 'ip -o link show lo | grep -c "[<,]UP[,>]"', prints: '1'},
	{title: 'the hostname is set', script: 'hostname', prints: 'runc'},
	{
		title: 'ids are mapped in a user namespace',
		edit(config) {
			config.linux.namespaces!.push({type: 'user'});
			config.linux.uidMappings = [{containerID: 0, hostID: 0, size: 2000}];
			config.linux.gidMappings = [{containerID: 0, hostID: 0, size: 2000}];
			config.mounts = config.mounts.filter(({type}) => type !== 'cgroup');
			delete config.linux.resources;
		},
		script: 'cat /proc/self/uid_map | tr -s " "; id -u', prints: ' 0 0 2000\n0',
	},
];

const sysctls: InsideCase[] = [
	['net.ipv4.ip_forward', '1'], ['net.ipv4.ip_default_ttl', '42'], ['net.ipv4.tcp_syncookies', '0'], ['net.ipv4.ping_group_range', '0\t100'],
	['net.core.somaxconn', '77'], ['net.ipv4.ip_unprivileged_port_start', '80'], ['kernel.shm_rmid_forced', '1'], ['kernel.msgmax', '4096'],
	['kernel.msgmnb', '8192'], ['kernel.shmmni', '100'], ['fs.mqueue.queues_max', '20'], ['kernel.sem', '100\t200\t30\t40'],
].map(([name, value]) => ({
	title: `the sysctl ${name!} is set`,
	edit(config) {
		config.linux.sysctl = {[name!]: value!};
	},
	script: `cat /proc/sys/${name!.replaceAll('.', '/')}`, prints: value!,
}));

const seccomp = (...syscalls: object[]) => (config: Spec): void => {
	config.linux.seccomp = {defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'], syscalls} as never;
};

const filters: InsideCase[] = [
	{title: 'seccomp: a refused call fails with EPERM', edit: seccomp({names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO'}), script: 'mkdir /tmp/x 2>&1', writable: true, prints: /Operation not permitted/, code: 1},
	{title: 'seccomp: or with the errno that it names', edit: seccomp({names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28}), script: 'mkdir /tmp/x 2>&1', writable: true, prints: /No space left/, code: 1},
	{title: 'seccomp: an argument decides', edit: seccomp({names: ['kill'], action: 'SCMP_ACT_ERRNO', args: [{index: 1, value: 10, op: 'SCMP_CMP_EQ'}]}), script: 'kill -0 $$ && echo 0; kill -10 $$ 2>/dev/null || echo refused', prints: '0\nrefused'},
	{title: 'seccomp: a name that nobody knows is passed over', edit: seccomp({names: ['no_such_call', 'mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO'}), script: 'mkdir /tmp/x 2>/dev/null || echo no', writable: true, prints: 'no'},
	{title: 'seccomp: the mode is filter', edit: seccomp({names: ['mkdir'], action: 'SCMP_ACT_ERRNO'}), script: 'sed -n "s/^Seccomp:\\s*//p" /proc/self/status', prints: '2'},
	{title: 'without seccomp there is no filter', script: 'sed -n "s/^Seccomp:\\s*//p" /proc/self/status', prints: '0'},
];

export const linuxCases: readonly InsideCase[] = [...namespaces, ...sysctls, ...filters];
