import test from 'ava';
import {mergeResources} from '../../ts/cgroups/merge.js';
import {orderLimits, updateLimits} from '../../ts/cgroups/update.js';
import type {Resources} from '../../ts/oci/config.js';

const files = (resources: Resources, now: Readonly<Record<string, string>>): string[] =>
	orderLimits(updateLimits('v1', resources, resources), ({file}) => now[file]).map(({file, okErrno}) => okErrno ? `${file}?` : file);

const memsw = 'memory.memsw.limit_in_bytes';

test('memory and swap together go first when they grow, and last when they shrink', t => {
	t.deepEqual(files({memory: {limit: 20, swap: 30}}, {[memsw]: '10\n'}), [memsw, 'memory.limit_in_bytes']);
	t.deepEqual(files({memory: {limit: 2, swap: 3}}, {[memsw]: '10\n'}), ['memory.limit_in_bytes', memsw]);
	t.deepEqual(files({memory: {limit: 20, swap: -1}}, {[memsw]: '10\n'}), [memsw, 'memory.limit_in_bytes']);
	t.deepEqual(files({memory: {limit: -1}}, {[memsw]: '10\n'}), [`${memsw}?`, 'memory.limit_in_bytes']);
});

test('what limits one another is tried both ways round', t => {
	t.deepEqual(files({cpu: {quota: 1, period: 2, burst: 3}}, {}), [
		'cpu.cfs_burst_us?', 'cpu.cfs_quota_us?', 'cpu.cfs_period_us?', 'cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.cfs_burst_us',
	]);
	t.deepEqual(files({cpu: {quota: 1}}, {}), ['cpu.cfs_quota_us']);
});

test('on cgroup2, what is not given comes from what was', t => {
	const before: Resources = {memory: {limit: 100, swap: 150}, cpu: {quota: 10, period: 20}};
	const values = (given: Resources): string[] => updateLimits('v2', given, mergeResources(before, given)).map(({file, value}) => `${file}=${value}`);
	t.deepEqual(values({cpu: {quota: 5}}), ['cpu.max=5 20']);
	t.deepEqual(values({cpu: {period: 40}}), ['cpu.max=10 40']);
	t.deepEqual(values({memory: {swap: 300}}), ['memory.max=100', 'memory.swap.max=200']);
	t.deepEqual(values({pids: {limit: 3}}), ['pids.max=3']);
});

test('an update leaves device rules alone', t => {
	t.deepEqual(updateLimits('v1', {pids: {limit: 1}, devices: [{allow: true, access: 'rwm'}]}, {}).map(({file}) => file), ['pids.max']);
});

test('lists are merged by what they are about', t => {
	const device = (minor: number, rate: number) => ({major: 8, minor, rate});
	t.deepEqual(mergeResources(
		{
			devices: [{allow: true, access: 'r'}],
			memory: {limit: 1, swappiness: 2},
			blockIO: {weight: 10, throttleReadBpsDevice: [device(0, 1), device(1, 2)]},
			hugepageLimits: [{pageSize: '2MB', limit: 1}],
			network: {classID: 1, priorities: [{name: 'a', priority: 1}]},
			unified: {'memory.high': '1'},
		},
		{
			memory: {limit: 5},
			blockIO: {throttleReadBpsDevice: [device(1, 9)]},
			hugepageLimits: [{pageSize: '1GB', limit: 3}],
			network: {priorities: [{name: 'b', priority: 2}]},
			rdma: {x: {hcaHandles: 1}},
			unified: {'memory.low': '2'},
		},
	), {
		devices: [{allow: true, access: 'r'}],
		memory: {limit: 5, swappiness: 2},
		blockIO: {weight: 10, throttleReadBpsDevice: [device(0, 1), device(1, 9)]},
		hugepageLimits: [{pageSize: '2MB', limit: 1}, {pageSize: '1GB', limit: 3}],
		network: {classID: 1, priorities: [{name: 'a', priority: 1}, {name: 'b', priority: 2}]},
		rdma: {x: {hcaHandles: 1}},
		unified: {'memory.high': '1', 'memory.low': '2'},
	});
});
