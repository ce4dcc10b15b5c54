import test from 'ava';
import {cpuWeight, ignoredV2, limitsV1, limitsV2, updatesV1, type LimitWrite} from '../../ts/cgroups/limits.js';
import {ioWeight} from '../../ts/cgroups/limits-io.js';
import type {Resources} from '../../ts/oci/config.js';

const line = ({controller, file, value, setting, or, okErrno}: LimitWrite): string =>
	`${controller}/${file}=${value}${or ? ` or ${or.file}=${or.value}` : ''}${okErrno ? ` (${okErrno})` : ''} <${setting}>`;

const v1 = (resources: Resources): string[] => updatesV1(resources).map(line);
const v2 = (resources: Resources): string[] => limitsV2(resources).map(line);

const throttle = [{major: 8, minor: 16, rate: 1000}];

test('block I/O on v1: weights by the scheduler that the kernel has, throttles by device', t => {
	t.deepEqual(v1({blockIO: {
		weight: 500,
		leafWeight: 300,
		weightDevice: [{major: 8, minor: 0, weight: 600, leafWeight: 400}],
		throttleReadBpsDevice: throttle,
		throttleWriteBpsDevice: throttle,
		throttleReadIOPSDevice: throttle,
		throttleWriteIOPSDevice: [{major: 8, minor: 16, rate: 0}],
	}}), [
		'blkio/blkio.weight=500 or blkio.bfq.weight=500 <blockIO.weight>',
		'blkio/blkio.leaf_weight=300 <blockIO.leafWeight>',
		'blkio/blkio.weight_device=8:0 600 or blkio.bfq.weight_device=8:0 600 <blockIO.weightDevice[0].weight>',
		'blkio/blkio.leaf_weight_device=8:0 400 <blockIO.weightDevice[0].leafWeight>',
		'blkio/blkio.throttle.read_bps_device=8:16 1000 <blockIO.throttleReadBpsDevice[0]>',
		'blkio/blkio.throttle.write_bps_device=8:16 1000 <blockIO.throttleWriteBpsDevice[0]>',
		'blkio/blkio.throttle.read_iops_device=8:16 1000 <blockIO.throttleReadIOPSDevice[0]>',
		'blkio/blkio.throttle.write_iops_device=8:16 0 <blockIO.throttleWriteIOPSDevice[0]>',
	]);
});

test('block I/O on v2: io.max, and BFQ\'s weight or io.weight\'s', t => {
	t.deepEqual(v2({blockIO: {
		weight: 500,
		leafWeight: 300,
		weightDevice: [{major: 8, minor: 0, weight: 1000}, {major: 8, minor: 1, weight: 0}],
		throttleReadBpsDevice: throttle,
		throttleWriteIOPSDevice: [{major: 8, minor: 16, rate: 0}],
	}}), [
		'io/io.bfq.weight=500 or io.weight=4950 <blockIO.weight>',
		'io/io.bfq.weight=8:0 1000 or io.weight=8:0 10000 <blockIO.weightDevice[0].weight>',
		'io/io.max=8:16 rbps=1000 <blockIO.throttleReadBpsDevice[0]>',
		'io/io.max=8:16 wiops=max <blockIO.throttleWriteIOPSDevice[0]>',
	]);
	t.deepEqual([10, 100, 500, 1000].map(ioWeight), [1, 910, 4950, 10_000]);
});

test('huge pages: what is used, and where the kernel has it what is reserved', t => {
	const resources: Resources = {hugepageLimits: [{pageSize: '2MB', limit: 4_194_304}]};
	t.deepEqual(v1(resources), [
		'hugetlb/hugetlb.2MB.limit_in_bytes=4194304 <hugepageLimits[0].limit>',
		'hugetlb/hugetlb.2MB.rsvd.limit_in_bytes=4194304 (ENOENT) <hugepageLimits[0].limit>',
	]);
	t.deepEqual(v2(resources), [
		'hugetlb/hugetlb.2MB.max=4194304 <hugepageLimits[0].limit>',
		'hugetlb/hugetlb.2MB.rsvd.max=4194304 (ENOENT) <hugepageLimits[0].limit>',
	]);
});

test('network classes and RDMA', t => {
	const resources: Resources = {
		network: {classID: 0x10_0001, priorities: [{name: 'eth0', priority: 3}]},
		rdma: {mlx5_1: {hcaHandles: 3, hcaObjects: 10_000}, rxe3: {hcaObjects: 0}, none: {}},
	};
	t.deepEqual(v1(resources), [
		'rdma/rdma.max=mlx5_1 hca_handle=3 hca_object=10000 <rdma.mlx5_1>',
		'rdma/rdma.max=rxe3 hca_object=0 <rdma.rxe3>',
		'net_cls/net_cls.classid=1048577 <network.classID>',
		'net_prio/net_prio.ifpriomap=eth0 3 <network.priorities[0]>',
	]);
	t.deepEqual(v2(resources).length, 2);
	t.deepEqual(v1({network: {classID: 0}}), []);
});

test('CPU: a group stops being idle before it is given a weight, and becomes it after', t => {
	t.deepEqual(v1({cpu: {shares: 512, idle: 0}}), ['cpu/cpu.idle=0 <cpu.idle>', 'cpu/cpu.shares=512 <cpu.shares>']);
	t.deepEqual(v1({cpu: {shares: 512, idle: 1}}), ['cpu/cpu.shares=512 <cpu.shares>', 'cpu/cpu.idle=1 <cpu.idle>']);
	t.deepEqual(v2({cpu: {shares: 1024, idle: 1}}), ['cpu/cpu.weight=100 <cpu.shares>', 'cpu/cpu.idle=1 <cpu.idle>']);
});

test('CPU: period, quota, burst and real-time', t => {
	t.deepEqual(v1({cpu: {period: 50_000, quota: 20_000, burst: 1000, realtimePeriod: 500_000, realtimeRuntime: 100_000, cpus: '0-1', mems: '0'}}), [
		'cpu/cpu.rt_period_us=500000 <cpu.realtimePeriod>',
		'cpu/cpu.rt_runtime_us=100000 <cpu.realtimeRuntime>',
		'cpu/cpu.cfs_period_us=50000 <cpu.period>',
		'cpu/cpu.cfs_quota_us=20000 <cpu.quota>',
		'cpu/cpu.cfs_burst_us=1000 <cpu.burst>',
		'cpuset/cpuset.cpus=0-1 <cpu.cpus>',
		'cpuset/cpuset.mems=0 <cpu.mems>',
	]);
	t.deepEqual(v2({cpu: {period: 50_000, quota: 20_000, burst: 1000}}), ['cpu/cpu.max=20000 50000 <cpu.quota>', 'cpu/cpu.max.burst=1000 <cpu.burst>']);
	t.deepEqual(v2({cpu: {quota: -1}}), ['cpu/cpu.max=max <cpu.quota>']);
	t.deepEqual(v2({cpu: {period: 50_000}}), ['cpu/cpu.max=max 50000 <cpu.period>']);
	t.deepEqual(v2({cpu: {quota: 0, period: 0, shares: 0}}), []);
});

test('the weight is 1 for 2 shares, 100 for 1024 and 10000 for 262144', t => {
	t.deepEqual([0, 2, 3, 1024, 262_144, 1_000_000].map(cpuWeight), [1, 1, 2, 100, 10_000, 10_000]);
});

test('memory: swap counts with memory in config.json and on v1, alone on v2', t => {
	const memory = {limit: 1_048_576, swap: 3_145_728, reservation: 4096, swappiness: 10, disableOOMKiller: true, kernel: 5, kernelTCP: 5, checkBeforeUpdate: true};
	t.deepEqual(v1({memory}), [
		'memory/memory.limit_in_bytes=1048576 <memory.limit>',
		'memory/memory.memsw.limit_in_bytes=3145728 <memory.swap>',
		'memory/memory.soft_limit_in_bytes=4096 <memory.reservation>',
		'memory/memory.swappiness=10 <memory.swappiness>',
		'memory/memory.oom_control=1 <memory.disableOOMKiller>',
	]);
	t.deepEqual(v2({memory}), [
		'memory/memory.max=1048576 <memory.limit>',
		'memory/memory.swap.max=2097152 <memory.swap>',
		'memory/memory.low=4096 <memory.reservation>',
	]);
});

test('no limit on memory is none on swap either, unless swap says so', t => {
	t.deepEqual(v1({memory: {limit: -1}}), ['memory/memory.memsw.limit_in_bytes=-1 (ENOENT) <memory.swap>', 'memory/memory.limit_in_bytes=-1 <memory.limit>']);
	t.deepEqual(v2({memory: {limit: -1}}), ['memory/memory.max=max <memory.limit>', 'memory/memory.swap.max=max (ENOENT) <memory.swap>']);
	t.deepEqual(v2({memory: {limit: 4096, swap: -1}}), ['memory/memory.max=4096 <memory.limit>', 'memory/memory.swap.max=max <memory.swap>']);
	t.deepEqual(v2({memory: {limit: 4096, swap: 4096}}), ['memory/memory.max=4096 <memory.limit>', 'memory/memory.swap.max=0 <memory.swap>']);
});

test('pids: -1 is no limit, and 0 is 1 as in runc', t => {
	t.deepEqual([-1, 0, 7].map(limit => v2({pids: {limit}})[0]), ['max', '1', '7'].map(value => `pids/pids.max=${value} <pids.limit>`));
	t.deepEqual(v1({pids: {}}), []);
});

test('files by name go last, each line a write of its own', t => {
	t.deepEqual(v2({unified: {'io.max': '8:0 rbps=1\n8:16 rbps=2\n', 'memory.high': '4096', 'cgroup.max.depth': '3'}, pids: {limit: 1}}), [
		'pids/pids.max=1 <pids.limit>',
		'io/io.max=8:0 rbps=1 <unified["io.max"]>',
		'io/io.max=8:16 rbps=2 <unified["io.max"]>',
		'memory/memory.high=4096 <unified["memory.high"]>',
		'cgroup/cgroup.max.depth=3 <unified["cgroup.max.depth"]>',
	]);
});

test('devices are denied before any rule, whatever config.json says (GHSA-g54h-m393-cpwq)', t => {
	for (const devices of [undefined, [], [{allow: true, type: 'c', major: 10, minor: 229, access: 'rw'}], [{allow: false, access: 'rwm'}]] as const) {
		const [first, ...rest] = limitsV1(devices === undefined ? {} : {devices}).map(line);
		t.is(first, 'devices/devices.deny=a <devices>');
		t.false(rest.some(one => one.startsWith('devices/devices.allow=a ')));
	}
});

test('what cgroup v2 does not have is told', t => {
	t.deepEqual(ignoredV2({memory: {swappiness: 1, disableOOMKiller: true}, cpu: {realtimeRuntime: 5}, network: {classID: 1, priorities: []}}), [
		'linux.resources.memory.swappiness does nothing: cgroup v2 has no such limit',
		'linux.resources.memory.disableOOMKiller does nothing: cgroup v2 has no such limit',
		'linux.resources.cpu.realtimeRuntime does nothing: cgroup v2 has no such limit',
		'linux.resources.network.classID does nothing: cgroup v2 has no such limit',
	]);
	t.deepEqual(ignoredV2({memory: {disableOOMKiller: false}, network: {}}), []);
});
