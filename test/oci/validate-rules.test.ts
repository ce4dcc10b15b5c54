// The rules between fields: runc's configs/validate, one test each. Mounts and user namespaces have their own files.
import test from 'ava';
import type {Process} from '../../ts/oci/config.js';
import {validateConfig, validateContainerId, validateProcess, validateResources} from '../../ts/oci/validate/index.js';
import {config, spaces, verdict, withLinux, withProcess} from './rules.js';

test('the smallest config is an args, a cwd and a root', t => {
	t.is(verdict(config), undefined);
});

test('the bundle has to be an absolute path', t => {
	t.throws(() => validateConfig(config, {bundle: 'bundle'}), {code: 'ERR_ARGUMENT', message: /bundle must be an absolute path/});
});

test('cwd has to be absolute', t => {
	for (const cwd of ['', '.', 'tmp', './tmp']) {
		t.is(verdict(withProcess({cwd})), `process.cwd must be an absolute path, not ${JSON.stringify(cwd)}`);
	}
});

test('args must not be empty, and must begin with a program', t => {
	t.is(verdict(withProcess({args: []})), 'process.args must be a non-empty array of strings, not []');
	t.is(verdict(withProcess({args: ['', 'x']})), 'process.args[0] must be a program, not ""');
	t.is(verdict(withProcess({args: ['sh', '']})), undefined);
});

test('a variable of the environment has a name', t => {
	for (const variable of ['PATH', '=x', '']) {
		t.is(verdict(withProcess({env: [variable]})), `process.env[0] must be a string of the form KEY=value, not ${JSON.stringify(variable)}`);
	}

	t.is(verdict(withProcess({env: ['EMPTY=', 'A=b=c', 'TEXT=a\nb']})), undefined);
});

test('ids end before 2^32-1, which is "no id"', t => {
	for (const user of [{uid: 2 ** 32 - 1}, {gid: 2 ** 32 - 1}, {additionalGids: [2 ** 32 - 1]}, {uid: -1}]) {
		t.regex(verdict(withProcess({user}))!, /^process\.user\.\w+(\[0\])? must be an integer from 0 to 4294967294, not /);
	}

	t.is(verdict(withProcess({user: {uid: 2 ** 32 - 2, gid: 2 ** 32 - 2}})), undefined);
});

test('a resource limit is known, given once, and soft at most hard', t => {
	const rlimit = (type: string, soft = 1, hard: number | bigint = 1) => ({type, soft, hard});
	t.regex(verdict(withProcess({rlimits: [rlimit('RLIMIT_FOO')]}))!, /^process\.rlimits\[0\]\.type must be one of "RLIMIT_CPU", /);
	t.is(verdict(withProcess({rlimits: [rlimit('RLIMIT_CPU'), rlimit('RLIMIT_AS'), rlimit('RLIMIT_CPU')]})), 'process.rlimits[2].type must not be given twice: RLIMIT_CPU');
	t.is(verdict(withProcess({rlimits: [rlimit('RLIMIT_CPU', 2, 1)]})), 'process.rlimits[0].soft must be at most the hard limit 1, not 2');
	t.is(verdict(withProcess({rlimits: [rlimit('RLIMIT_CPU', 2, 2n ** 64n - 1n)]})), undefined);
});

test('an unknown capability is not an error', t => {
	t.is(verdict(withProcess({capabilities: {bounding: ['CAP_OF_THE_FUTURE']}})), undefined);
});

test('capabilities that nobody can give are told of', t => {
	const warnings: string[] = [];
	const process = {args: ['sh'], cwd: '/', capabilities: {bounding: ['CAP_OF_THE_FUTURE'], effective: ['CAP_KILL', 'CAP_CHOWN'], permitted: ['CAP_KILL', 'CAP_FOWNER'], inheritable: ['CAP_KILL'], ambient: ['CAP_KILL', 'CAP_FOWNER']}};
	validateProcess(process, 'process', {warn: text => warnings.push(text)});
	t.deepEqual(warnings, [
		'process.capabilities.bounding has CAP_OF_THE_FUTURE, which is not known and left out',
		'process.capabilities.effective has CAP_CHOWN, which is not permitted and left out',
	]);
});

test('a scheduling policy has the parameters it has', t => {
	t.is(verdict(withProcess({scheduler: {policy: 'SCHED_OTHER', priority: 1}})), 'process.scheduler.priority must be 0 for SCHED_OTHER');
	t.is(verdict(withProcess({scheduler: {policy: 'SCHED_FIFO', runtime: 1}})), 'process.scheduler.runtime is for SCHED_DEADLINE, not for SCHED_FIFO');
	t.is(verdict(withProcess({scheduler: {policy: 'SCHED_OTHER', nice: 20}})), 'process.scheduler.nice must be an integer from -20 to 19, not 20');
	t.is(verdict(withProcess({scheduler: {policy: 'SCHED_RR', priority: 99}})), undefined);
	t.is(verdict(withProcess({ioPriority: {class: 'IOPRIO_CLASS_BE', priority: 8}})), 'process.ioPriority.priority must be an integer from 0 to 7, not 8');
});

test('an SELinux label needs SELinux, if it is known to be off', t => {
	t.is(verdict(withProcess({selinuxLabel: 'a:b:c'}), {selinux: false}), 'process.selinuxLabel needs SELinux, which is off here');
	t.is(verdict(withProcess({selinuxLabel: 'a:b:c'}), {selinux: true}), undefined);
	t.is(verdict(withProcess({selinuxLabel: ''}), {selinux: false}), undefined);
});

test('supplementary groups need privileges', t => {
	const rootless = {...withProcess({user: {additionalGids: [0]}}), linux: {namespaces: spaces('mount', 'user'), uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}};
	t.is(verdict(rootless), undefined);
	t.is(verdict(rootless, {rootless: true}), 'process.user.additionalGids cannot be set without privileges');
});

test('host and domain name need a uts namespace and fit into it', t => {
	for (const key of ['hostname', 'domainname']) {
		t.is(verdict({...config, [key]: 'box'}), `${key} needs a uts namespace in linux.namespaces`);
		t.is(verdict({...config, [key]: ''}), undefined);
		t.is(verdict({...config, [key]: 'box', linux: {namespaces: spaces('uts')}}), undefined);
		t.is(verdict({...config, [key]: 'ü'.repeat(33), linux: {namespaces: spaces('uts')}}), `${key} must be at most 64 bytes long`);
	}
});

test('a namespace type is known, given once, and one of this kernel', t => {
	t.regex(verdict(withLinux({namespaces: [{type: 'net' as 'network'}]}))!, /^linux\.namespaces\[0\]\.type must be one of "pid", "network", .*, not "net"$/);
	t.is(verdict(withLinux({namespaces: spaces('pid', 'uts', 'pid')})), 'linux.namespaces[2].type must not be given twice: pid');
	t.is(verdict(withLinux({namespaces: spaces('pid', 'time')}), {namespaces: new Set(['pid'])}), 'linux.namespaces[1].type asks for a time namespace, which this kernel does not have');
	t.is(verdict(withLinux({namespaces: [{type: 'network', path: 'ns/net'}]})), 'linux.namespaces[0].path must be an absolute path, not "ns/net"');
	t.is(verdict(withLinux({namespaces: [{type: 'network', path: ''}]})), undefined);
});

test('masked and read-only paths are absolute and need a mount namespace', t => {
	for (const key of ['maskedPaths', 'readonlyPaths']) {
		t.is(verdict(withLinux({[key]: ['/proc/kcore']})), `linux.${key} needs a mount namespace in linux.namespaces`);
		t.is(verdict(withLinux({[key]: []})), undefined);
		t.is(verdict(withLinux({[key]: ['proc'], namespaces: spaces('mount')})), `linux.${key}[0] must be an absolute path, not "proc"`);
		t.is(verdict(withLinux({[key]: ['/proc/kcore'], namespaces: spaces('mount')})), undefined);
	}
});

test('clock offsets need a new time namespace and a known clock', t => {
	const timeOffsets = {boottime: {secs: -1}};
	t.is(verdict(withLinux({timeOffsets})), 'linux.timeOffsets needs a time namespace in linux.namespaces');
	t.is(verdict(withLinux({timeOffsets, namespaces: [{type: 'time', path: '/proc/1/ns/time'}]})), 'linux.timeOffsets cannot be set in a time namespace that is joined by path');
	t.is(verdict(withLinux({timeOffsets, namespaces: spaces('time')})), undefined);
	t.is(verdict(withLinux({timeOffsets: {realtime: {}} as {}, namespaces: spaces('time')})), 'linux.timeOffsets.realtime must be one of "monotonic", "boottime", not "realtime"');
});

test('network devices need a network namespace, privileges, and names of the kernel\'s kind', t => {
	const namespaces = spaces('network');
	t.is(verdict(withLinux({netDevices: {eth0: {}}})), 'linux.netDevices needs a network namespace in linux.namespaces');
	t.is(verdict(withLinux({netDevices: {eth0: {}}, namespaces})), undefined);
	t.is(verdict(withLinux({netDevices: {a: {}, b: {name: 'a'}}, namespaces})), 'linux.netDevices.b must not get a name that is taken: a');
	for (const name of ['a/b', 'a:b', 'a b', '.', '..', 'sixteen-bytes-16']) {
		t.regex(verdict(withLinux({netDevices: {eth0: {name}}, namespaces}))!, /^linux\.netDevices\.eth0\.name must be the name of a network device/);
		t.regex(verdict(withLinux({netDevices: {[name]: {}}, namespaces}))!, /^linux\.netDevices.* must be the name of a network device/);
	}

	const maps = {uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]};
	t.is(verdict(withLinux({netDevices: {eth0: {}}, namespaces: spaces('network', 'mount', 'user'), ...maps}), {rootless: true}), 'linux.netDevices cannot be moved without privileges');
});

test('private propagation needs pivot_root', t => {
	for (const rootfsPropagation of ['private', 'rprivate'] as const) {
		t.regex(verdict(withLinux({rootfsPropagation}), {noPivot: true})!, /^linux\.rootfsPropagation cannot be r?private without pivot_root/);
		t.is(verdict(withLinux({rootfsPropagation})), undefined);
	}

	t.is(verdict(withLinux({rootfsPropagation: 'slave'}), {noPivot: true}), undefined);
});

test('a NUMA memory policy has nodes where it takes some', t => {
	t.is(verdict(withLinux({memoryPolicy: {mode: 'MPOL_BIND'}})), 'linux.memoryPolicy.nodes must be a list of NUMA nodes for MPOL_BIND, but is missing');
	t.is(verdict(withLinux({memoryPolicy: {mode: 'MPOL_LOCAL', nodes: '0'}})), 'linux.memoryPolicy.nodes must be absent for MPOL_LOCAL');
	t.is(verdict(withLinux({memoryPolicy: {mode: 'MPOL_PREFERRED', flags: ['MPOL_F_STATIC_NODES']}})), 'linux.memoryPolicy.flags needs nodes');
	t.is(verdict(withLinux({memoryPolicy: {mode: 'MPOL_PREFERRED'}})), undefined);
});

test('a group of resctrl is a file name', t => {
	for (const closID of ['.', '..', 'a/b']) {
		t.regex(verdict(withLinux({intelRdt: {closID}}))!, /^linux\.intelRdt\.closID must be the name of a directory/);
	}
});

test('a hook is an absolute path with a timeout above 0', t => {
	t.is(verdict({...config, hooks: {poststop: [{path: 'hook'}]}}), 'hooks.poststop[0].path must be an absolute path, not "hook"');
	t.regex(verdict({...config, hooks: {prestart: [{path: '/hook', timeout: 0}]}})!, /^hooks\.prestart\[0\]\.timeout must be an integer from 1 /);
});

test('an annotation has a key', t => {
	t.is(verdict({...config, annotations: {'': 'x'}}), 'annotations[""] must be a key, not ""');
});

test('the type of a file is taken out of the mode of a device', t => {
	const valid = validateConfig(withLinux({devices: [{path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o20666}]}), {bundle: '/b'});
	t.is(valid.linux.devices![0]!.fileMode, 0o666);
});

test('what an author should know is said, not refused', t => {
	const warnings: string[] = [];
	validateConfig({
		...withLinux({personality: {domain: 'LINUX', flags: ['x']}, resources: {memory: {kernel: 5}}}),
		mounts: [{destination: 'mnt', type: 'tmpfs'}],
	}, {bundle: '/b', warn: message => warnings.push(message)});
	t.deepEqual(warnings, [
		'linux.resources.memory.kernel does nothing: kernels no longer have this limit',
		'config.json: linux.personality.flags does nothing, as no flag is defined',
		'config.json: mounts[0].destination is relative, and counts from /: mnt',
	]);
});

test('a container id is a file name of at most 255 plain characters', t => {
	for (const id of ['web', 'a.b_c+d-e', '...', '.hidden', '-x', 'A'.repeat(255)]) {
		t.is(validateContainerId(id), id);
	}

	for (const id of ['', '.', '..', 'a/b', '../a', 'a b', 'a\n', 'ü', 'a\0', 'A'.repeat(256), 7, null, undefined, {}]) {
		t.throws(() => validateContainerId(id), {code: 'ERR_CONTAINER_ID', message: /^container id .* is not valid/});
	}
});

test('the process description of an exec is held to the same rules', t => {
	t.deepEqual(validateProcess({args: ['id'], cwd: '/', selinuxLabel: '', extra: 1}) as Process, {args: ['id'], cwd: '/'});
	t.throws(() => validateProcess({args: ['id'], cwd: 'x'}), {
		code: 'ERR_CONFIG_INVALID',
		message: 'process description: process.cwd must be an absolute path, not "x"',
	});
	t.like(t.throws(() => validateProcess({args: [], cwd: '/'}, 'exec')), {subject: 'exec.args'});
});

test('the resources of an update are held to the same rules, and device rules are left out', t => {
	t.deepEqual(validateResources({pids: {limit: 5}, devices: [{allow: true, access: 'rwm'}]}), {pids: {limit: 5}});
	t.deepEqual(validateResources({memory: {swap: 5}}, {cgroupVersion: 2}), {memory: {swap: 5}});
	t.throws(() => validateResources({pids: {limit: '5'}}), {message: 'resources: pids.limit must be an integer from -1 to 2^63-1, not "5"'});
});
