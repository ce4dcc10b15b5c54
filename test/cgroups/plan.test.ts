import test from 'ava';
import {limitPath, planCgroup} from '../../ts/cgroups/plan.js';
import type {CgroupLayout} from '../../ts/cgroups/layout.js';
import {decodeUtf8} from '../../ts/linux/utf8.js';
import type {HostOp} from '../../ts/native/native.js';
import type {Resources} from '../../ts/oci/config.js';

const controllers = ['memory', 'cpu', 'cpuacct', 'pids', 'devices', 'freezer', 'cpuset', 'blkio', 'hugetlb', 'net_cls', 'net_prio'];
const v1: CgroupLayout = {mode: 'v1', v1: Object.fromEntries(controllers.map(name => [name, `/cg/${name}`])), unified: undefined, v2Controllers: []};
const hybrid: CgroupLayout = {...v1, mode: 'hybrid', unified: '/cg/unified'};
const v2: CgroupLayout = {mode: 'v2', v1: {}, unified: '/cg', v2Controllers: ['cpu', 'cpuset', 'io', 'memory', 'pids', 'hugetlb']};

const words = (op: HostOp): string => {
	switch (op.op) {
		case 'mkdir':
			return `mkdir ${op.path}${op.okErrno === undefined ? '' : ' or there'}`;
		case 'write':
			return `${op.path} = ${decodeUtf8(op.data!)}`;
		case 'write_lines':
			return `${op.path} = ${op.lines.join(', ')}`;
		case 'write_first':
			return `${op.paths.join(' or ')} = ${op.values.join(' or ')}`;
		case 'inherit':
			return `${op.from} -> ${op.path}`;
		case 'raise':
			return `${op.path} >= ${op.value}`;
		default:
			return op.op;
	}
};

const directories = (layout: CgroupLayout, resources: Resources, path = '/a'): string[] =>
	planCgroup(layout, 'id', path, resources).create.filter(op => op.op === 'mkdir').map(words);

test('only controllers that are asked for are touched, beyond those that every container has', t => {
	const basic = ['memory', 'cpu', 'cpuacct', 'pids', 'devices'].map(name => `mkdir /cg/${name}/a`);
	t.deepEqual(directories(hybrid, {}), [...basic, 'mkdir /cg/unified/a']);
	t.deepEqual(directories(v1, {}), [...basic, 'mkdir /cg/freezer/a']);
	t.deepEqual(directories(hybrid, {hugepageLimits: [{pageSize: '2MB', limit: 1}], network: {classID: 1}, blockIO: {weight: 10}}), [
		...basic, 'mkdir /cg/blkio/a', 'mkdir /cg/hugetlb/a', 'mkdir /cg/net_cls/a', 'mkdir /cg/unified/a',
	]);
});

test('a new cpuset has what the one above has, and those that are there keep theirs', t => {
	const {create, limits} = planCgroup(hybrid, 'id', '/a/b', {cpu: {cpus: '1'}});
	t.deepEqual(create.map(words).filter(each => each.includes('cpuset')), [
		'mkdir /cg/cpuset/a or there',
		'/cg/cpuset/cpuset.cpus -> /cg/cpuset/a/cpuset.cpus',
		'/cg/cpuset/cpuset.mems -> /cg/cpuset/a/cpuset.mems',
		'mkdir /cg/cpuset/a/b',
		'/cg/cpuset/a/cpuset.cpus -> /cg/cpuset/a/b/cpuset.cpus',
		'/cg/cpuset/a/cpuset.mems -> /cg/cpuset/a/b/cpuset.mems',
	]);
	t.deepEqual(limits.map(words).filter(each => each.includes('cpuset')), ['/cg/cpuset/a/b/cpuset.cpus = 1']);
});

test('real-time goes to the cgroups above first, in their own period', t => {
	const {create} = planCgroup(hybrid, 'id', '/a/b/c', {cpu: {realtimePeriod: 500_000, realtimeRuntime: 100_000}});
	t.deepEqual(create.map(words).filter(each => each.includes('rt_')), [
		'/cg/cpu/a/cpu.rt_runtime_us >= 200000',
		'/cg/cpu/a/b/cpu.rt_runtime_us >= 200000',
	]);
});

test('cgroup2 hands controllers down the path, and only those that are wanted', t => {
	const {create, record} = planCgroup(v2, 'id', 'a/b', {unified: {'hugetlb.2MB.max': '0', 'cgroup.max.depth': '1'}});
	t.deepEqual(create.map(words), [
		...['memory', 'cpu', 'pids', 'hugetlb'].map(name => `/cg/cgroup.subtree_control = +${name}`),
		'mkdir /cg/a or there',
		...['memory', 'cpu', 'pids', 'hugetlb'].map(name => `/cg/a/cgroup.subtree_control = +${name}`),
		'mkdir /cg/a/b',
	]);
	t.is(record.unified, '/cg/a/b');
});

test('a limit of a controller that is not here is refused by the line that asks for it', t => {
	t.throws(() => planCgroup(hybrid, 'id', undefined, {rdma: {mlx5_1: {hcaHandles: 1}}}), {
		code: 'ERR_CGROUP_LAYOUT',
		message: 'the limit linux.resources.rdma.mlx5_1 needs the cgroup controller rdma, which is not available here',
	});
	t.throws(() => planCgroup(v2, 'id', undefined, {unified: {'misc.max': 'x 1'}}), {
		message: 'the limit linux.resources.unified["misc.max"] needs the cgroup controller misc, which is not available here',
	});
});

test('a limit cannot name a file outside of the cgroup (GHSA-5g49-rx9x-qfc6)', t => {
	for (const pageSize of ['../victim', '/../../x', '2MB/../../x']) {
		const error = t.throws(() => planCgroup(hybrid, 'id', undefined, {hugepageLimits: [{pageSize, limit: 1}]}), {code: 'ERR_CONFIG_INVALID'});
		t.like(error, {subject: 'linux.resources.hugepageLimits[0].limit'});
	}

	for (const file of ['../memory.max', '..', '.', 'memory', 'a/b.c']) {
		t.throws(() => limitPath({controller: 'memory', file, value: '', setting: 'unified'}, '/cg/a'), {code: 'ERR_CONFIG_INVALID'}, file);
	}
});

test('each file knows the line that asks for it', t => {
	const {settingAt} = planCgroup(hybrid, 'id', undefined, {memory: {limit: 1}, pids: {limit: 1}});
	t.is(settingAt('/cg/memory/id/memory.limit_in_bytes'), 'linux.resources.memory.limit');
	t.is(settingAt('/cg/pids/id/pids.max'), 'linux.resources.pids.limit');
});

test('the device rules of cgroup2 are a program that denies by default', t => {
	const {limits} = planCgroup(v2, 'id', undefined, {devices: []});
	const op = limits.find(each => each.op === 'devices');
	t.true(op?.op === 'devices' && op.program!.length > 0);
	const last = new DataView(op!.op === 'devices' ? op!.program!.slice().buffer : new ArrayBuffer(16));
	t.is(last.getInt32(last.byteLength - 16 + 4, true), 0, 'the last instruction but one sets the answer to "no"');
});
