import test from 'ava';
import type {CgroupRecord} from '../../ts/cgroups/plan.js';
import {readStats} from '../../ts/cgroups/stats.js';
import {FakeNative} from '../support/fake-native.js';

const v1: CgroupRecord = {
	mode: 'v1',
	path: '/web',
	v1: Object.fromEntries(['memory', 'cpu', 'cpuacct', 'pids', 'devices', 'freezer'].map(name => [name, `/cg/${name}/web`])),
	unified: undefined,
};

const v2: CgroupRecord = {mode: 'v2', path: '/web', v1: {}, unified: '/cg/web'};

/** What the kernel wrote for a container of 64 MiB and 20 processes on half a CPU. */
const filesV1 = {
	'/cg/cpuacct/web/cpuacct.usage': '2403107683\n',
	'/cg/cpuacct/web/cpuacct.usage_user': '1996341127\n',
	'/cg/cpuacct/web/cpuacct.usage_sys': '406766556\n',
	'/cg/cpu/web/cpu.stat': 'nr_periods 48\nnr_throttled 41\nthrottled_time 2012836531\nnr_bursts 0\nburst_time 0\n',
	'/cg/memory/web/memory.usage_in_bytes': '54525952\n',
	'/cg/memory/web/memory.max_usage_in_bytes': '67108864\n',
	'/cg/memory/web/memory.limit_in_bytes': '67108864\n',
	'/cg/memory/web/memory.failcnt': '17\n',
	'/cg/memory/web/memory.stat': 'cache 1081344\nrss 52924416\nmapped_file 540672\nhierarchical_memory_limit 67108864\ntotal_cache 1081344\n',
	'/cg/pids/web/pids.current': '3\n',
	'/cg/pids/web/pids.max': '20\n',
};

const swapV1 = {
	'/cg/memory/web/memory.memsw.usage_in_bytes': '54530048\n',
	'/cg/memory/web/memory.memsw.max_usage_in_bytes': '70000000\n',
	'/cg/memory/web/memory.memsw.limit_in_bytes': '9223372036854771712\n',
	'/cg/memory/web/memory.memsw.failcnt': '0\n',
};

const filesV2 = {
	'/cg/web/cpu.stat': 'usage_usec 2403107\nuser_usec 1996341\nsystem_usec 406766\nnr_periods 48\nnr_throttled 41\nthrottled_usec 2012836\n',
	'/cg/web/memory.current': '54525952\n',
	'/cg/web/memory.peak': '67108864\n',
	'/cg/web/memory.max': '67108864\n',
	'/cg/web/memory.events': 'low 0\nhigh 0\nmax 17\noom 0\noom_kill 0\noom_group_kill 0\n',
	'/cg/web/memory.swap.current': '4096\n',
	'/cg/web/memory.swap.max': 'max\n',
	'/cg/web/memory.stat': 'anon 52924416\nfile 1081344\nkernel 307200\n',
	'/cg/web/pids.current': '3\n',
	'/cg/web/pids.max': 'max\n',
};

const stats = async (record: CgroupRecord, files: Readonly<Record<string, string>>) => readStats(new FakeNative({files}), record);

test('on v1 each number comes from the file of its controller', async t => {
	t.like(await stats(v1, {...filesV1, ...swapV1}), {
		cpu: {
			usage: {total: 2_403_107_683, user: 1_996_341_127, kernel: 406_766_556},
			throttling: {periods: 48, throttledPeriods: 41, throttledTime: 2_012_836_531},
		},
		memory: {
			usage: {usage: 54_525_952, max: 67_108_864, limit: 67_108_864, failcnt: 17},
			swap: {usage: 54_530_048, max: 70_000_000, limit: undefined, failcnt: 0},
			cache: 1_081_344,
		},
		pids: {current: 3, limit: 20},
	});
});

test('on v2 they have the same names and units', async t => {
	t.like(await stats(v2, filesV2), {
		cpu: {
			usage: {total: 2_403_107_000, user: 1_996_341_000, kernel: 406_766_000},
			throttling: {periods: 48, throttledPeriods: 41, throttledTime: 2_012_836_000},
		},
		memory: {
			usage: {usage: 54_525_952, max: 67_108_864, limit: 67_108_864, failcnt: 17},
			swap: {usage: 4096, max: 0, limit: undefined, failcnt: 0},
			cache: 1_081_344,
		},
		pids: {current: 3, limit: undefined},
	});
});

test('memory.stat is there as it is', async t => {
	t.deepEqual((await stats(v2, filesV2)).memory.raw, {anon: 52_924_416, file: 1_081_344, kernel: 307_200});
});

test('swap that this machine does not count is undefined, not 0', async t => {
	t.is((await stats(v1, filesV1)).memory.swap, undefined);
	t.is((await stats(v2, Object.fromEntries(Object.entries(filesV2).filter(([path]) => !path.includes('swap'))))).memory.swap, undefined);
});

test('what v1 writes for no limit is none', async t => {
	for (const text of ['9223372036854771712\n', '9223372036854775807\n', '18446744073709551615\n']) {
		t.is((await stats(v1, {...filesV1, '/cg/memory/web/memory.limit_in_bytes': text})).memory.usage.limit, undefined);
	}

	t.is((await stats(v1, {...filesV1, '/cg/memory/web/memory.limit_in_bytes': '9223372036854767616\n'})).memory.usage.limit, 9_223_372_036_854_767_616);
	t.is((await stats(v1, {...filesV1, '/cg/pids/web/pids.max': 'max\n'})).pids.limit, undefined);
});

test('counters that this machine does not have are 0, limits none', async t => {
	for (const record of [v1, v2, {...v1, v1: {}}]) {
		t.deepEqual(JSON.parse(JSON.stringify(await stats(record, {}))), {
			cpu: {
				usage: {total: 0, user: 0, kernel: 0, percpu: [], percpu_user: [], percpu_kernel: []},
				throttling: {periods: 0, throttledPeriods: 0, throttledTime: 0},
			},
			memory: {usage: {usage: 0, max: 0, failcnt: 0}, cache: 0, raw: {}},
			pids: {current: 0},
			blkio: {
				ioServiceBytesRecursive: [], ioServicedRecursive: [], ioQueueRecursive: [], ioServiceTimeRecursive: [],
				ioWaitTimeRecursive: [], ioMergedRecursive: [], ioTimeRecursive: [], sectorsRecursive: [],
			},
			hugetlb: {},
			rdma: {current: [], limit: []},
			network_interfaces: null,
		});
	}
});

test('a hybrid machine is counted by its v1 hierarchies', async t => {
	t.like(await stats({...v1, mode: 'hybrid', unified: '/cg/unified/web'}, filesV1), {pids: {current: 3, limit: 20}, memory: {usage: {failcnt: 17}}});
});
