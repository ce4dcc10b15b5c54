// The rules of sysctl, seccomp and resources.
import test from 'ava';
import type {LinuxSeccomp, NamespaceType, Resources, SeccompSyscall} from '../../ts/oci/config.js';
import {validateConfig} from '../../ts/oci/validate/index.js';
import {mapping, spaces, verdict, withLinux} from './rules.js';

const maps = {uidMappings: [mapping(0, 0, 1)], gidMappings: [mapping(0, 0, 1)]};

const sysctl = (name: string, ...types: NamespaceType[]) =>
	verdict(withLinux({sysctl: {[name]: '1'}, namespaces: spaces('mount', ...types), ...(types.includes('user') ? maps : {})}));

test('a kernel parameter is allowed with the namespace that owns it, and only then', t => {
	const cases: ReadonlyArray<readonly [NamespaceType, ...string[]]> = [
		['ipc', 'kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni', 'kernel.sem', 'kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced', 'fs.mqueue.msg_max', 'fs/mqueue/msg_max'],
		['network', 'net.ipv4.ip_forward', 'net/ipv4/conf/eno2.100/rp_filter', 'net.ipv4.conf.eno2/100.rp_filter'],
		['uts', 'kernel.domainname', 'kernel/domainname'],
		['user', 'user.max_user_namespaces'],
	];
	for (const [type, ...names] of cases) {
		for (const name of names) {
			t.is(sysctl(name, type), undefined, name);
			t.regex(sysctl(name)!, /^linux\.sysctl\[".*"\] needs an? (ipc|network|uts|user) namespace/, name);
		}
	}
});

test('a kernel parameter of no namespace is refused', t => {
	for (const name of ['kernel.core_pattern', 'vm.swappiness', 'kernel.msgmax2', 'fs.mqueue', 'fs.file-max', 'netx.a', 'kernel']) {
		t.regex(sysctl(name, 'ipc', 'network', 'uts', 'user')!, /belongs to no namespace, and would change the host$/, name);
	}
});

test('kernel.hostname is refused in favour of hostname', t => {
	t.is(sysctl('kernel.hostname', 'uts'), 'linux.sysctl["kernel.hostname"] cannot be set here: use hostname');
});

test('the name of a kernel parameter cannot lead out of its directory', t => {
	for (const name of ['net/../kernel/core_pattern', 'net.//.kernel.core_pattern', 'net..a', 'net.', '/net/a', '.net', 'net/./a', 'net.ipv4././a']) {
		t.regex(sysctl(name, 'network')!, /is not the name of a kernel parameter$|belongs to no namespace/, name);
	}
});

test('network parameters are refused in the network namespace of the host, though it is joined by path', t => {
	const config = withLinux({sysctl: {'net.core.somaxconn': '1'}, namespaces: [{type: 'network', path: '/proc/1/ns/net'}]});
	t.is(verdict(config), undefined);
	t.is(verdict(config, {networkIsHost: false}), undefined);
	t.regex(verdict(config, {networkIsHost: true})!, /needs a network namespace that is not the one of the host$/);
});

const seccomp = (change: Partial<LinuxSeccomp>) => verdict(withLinux({seccomp: {defaultAction: 'SCMP_ACT_ALLOW', ...change}}));
const rule = (change: Partial<SeccompSyscall>) => seccomp({listenerPath: '/agent', syscalls: [{names: ['clone'], action: 'SCMP_ACT_ERRNO', ...change}]});

test('a filter without default action and rules is no filter', t => {
	for (const filter of [{}, {defaultAction: '', syscalls: []}, {architectures: ['SCMP_ARCH_X86_64']}]) {
		t.false('seccomp' in validateConfig(withLinux({seccomp: filter as LinuxSeccomp}), {bundle: '/b'}).linux);
	}

	t.regex(verdict(withLinux({seccomp: {syscalls: [{}]} as unknown as LinuxSeccomp}))!, /^linux\.seccomp\.defaultAction must be one of /);
});

test('actions, operators, architectures and flags are those of libseccomp', t => {
	t.regex(seccomp({defaultAction: 'ALLOW' as 'SCMP_ACT_ALLOW'})!, /^linux\.seccomp\.defaultAction must be one of "SCMP_ACT_KILL", /);
	t.regex(seccomp({architectures: ['x86_64' as 'SCMP_ARCH_X86_64']})!, /^linux\.seccomp\.architectures\[0\] must be one of /);
	t.regex(seccomp({flags: ['LOG' as 'SECCOMP_FILTER_FLAG_LOG']})!, /^linux\.seccomp\.flags\[0\] must be one of /);
	t.regex(rule({names: []})!, /^linux\.seccomp\.syscalls\[0\]\.names must be a non-empty array/);
	t.regex(rule({args: [{index: 6, value: 0, op: 'SCMP_CMP_EQ'}]})!, /^linux\.seccomp\.syscalls\[0\]\.args\[0\]\.index must be an integer from 0 to 5, not 6$/);
	t.is(rule({names: ['no_such_call'], args: [{index: 5, value: 2n ** 64n - 1n, op: 'SCMP_CMP_NE'}]}), undefined);
});

test('a filter that cannot be handed over is refused', t => {
	t.regex(seccomp({defaultAction: 'SCMP_ACT_NOTIFY'})!, /^linux\.seccomp\.defaultAction cannot be SCMP_ACT_NOTIFY/);
	t.regex(rule({action: 'SCMP_ACT_NOTIFY', names: ['open', 'write']})!, /^linux\.seccomp\.syscalls\[0\]\.names cannot have write/);
	t.is(rule({action: 'SCMP_ACT_NOTIFY'}), undefined);
	t.is(seccomp({syscalls: [{names: ['open'], action: 'SCMP_ACT_NOTIFY'}]}), 'linux.seccomp.syscalls[0].action cannot be SCMP_ACT_NOTIFY without listenerPath');
	t.is(seccomp({listenerMetadata: 'x'}), 'linux.seccomp.listenerMetadata needs listenerPath');
});

const resources = (value: Resources, cgroupVersion?: 1 | 2) => verdict(withLinux({resources: value}), cgroupVersion && {cgroupVersion});

test('a device rule says for what', t => {
	for (const access of ['', 'x', 'rwx', 'RW']) {
		t.regex(resources({devices: [{allow: true, access}]})!, /^linux\.resources\.devices\[0\]\.access must be some of the letters r, w and m, not /);
	}

	t.regex(resources({devices: [{allow: true}]})!, /^linux\.resources\.devices\[0\]\.access must be .*, but is missing$/);
	t.regex(resources({devices: [{access: 'r', type: 'u' as 'c'}]})!, /^linux\.resources\.devices\[0\]\.type must be one of "a", "b", "c"/);
	t.is(resources({devices: [{access: 'mwr', type: '' as 'a', major: -1}]}), undefined);
});

test('swap is memory and swap together', t => {
	t.is(resources({memory: {limit: 10, swap: 9}}), 'linux.resources.memory.swap must be at least the memory limit, as it is memory and swap together');
	t.is(resources({memory: {swap: 9}}, 2), 'linux.resources.memory.swap needs a memory limit, as it is memory and swap together');
	t.is(resources({memory: {limit: -1, swap: 9}}, 2), 'linux.resources.memory.swap needs a memory limit, as it is memory and swap together');
	for (const memory of [{swap: 9}, {limit: 10, swap: 10}, {limit: 10, swap: -1}, {limit: 10, swap: 0}, {limit: -1, swap: -1}]) {
		t.is(resources({memory}, 1), undefined);
	}

	t.is(resources({memory: {limit: 2n ** 62n, swap: 2n ** 62n + 1n}}, 2), undefined);
});

test('cgroup v2 files are refused on cgroup v1, and are file names', t => {
	t.is(resources({unified: {'memory.high': '1'}}, 1), 'linux.resources.unified needs cgroup v2');
	t.is(resources({unified: {'memory.high': '1', 'hugetlb.2MB.max': '1'}}, 2), undefined);
	for (const name of ['../memory.high', 'memory/high', '..', 'memory', '.high', '']) {
		t.regex(resources({unified: {[name]: '1'}})!, /must be the name of a cgroup file/, name);
	}
});

test('limits and lists are in the range of the kernel', t => {
	t.is(resources({pids: {limit: -2}}), 'linux.resources.pids.limit must be an integer from -1 to 2^63-1, not -2');
	t.is(resources({memory: {limit: -2}}), 'linux.resources.memory.limit must be an integer from -1 to 2^63-1, not -2');
	t.is(resources({memory: {swappiness: 101}}), 'linux.resources.memory.swappiness must be an integer from 0 to 100, not 101');
	t.is(resources({cpu: {idle: 2}}), 'linux.resources.cpu.idle must be an integer from 0 to 1, not 2');
	for (const cpus of ['a', '0;1', '-1', '1-', '0\n']) {
		t.regex(resources({cpu: {cpus}})!, /^linux\.resources\.cpu\.cpus must be a list such as "0-3,7", not /, cpus);
	}

	for (const pageSize of ['2mb', '0MB', '../2MB', '2M', '']) {
		t.regex(resources({hugepageLimits: [{pageSize, limit: 1}]})!, /^linux\.resources\.hugepageLimits\[0\]\.pageSize must be a page size such as "2MB"/);
	}
});
