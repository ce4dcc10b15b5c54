import test from 'ava';
import type {CgroupRecord} from '../../ts/cgroups/plan.js';
import {readStats} from '../../ts/cgroups/stats.js';
import {blockIo, interfaces, psi, ranges, rdma} from '../../ts/cgroups/stats-text.js';
import {FakeNative} from '../support/fake-native.js';

const pressure = 'some avg10=66.22 avg60=28.93 avg300=24.88 total=1215370141\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=7\n';

test('pressure, lists of CPUs, tables by device', t => {
	t.deepEqual(psi(pressure), {
		some: {avg10: 66.22, avg60: 28.93, avg300: 24.88, total: 1_215_370_141},
		full: {avg10: 0.5, avg60: 0, avg300: 0, total: 7},
	});
	t.is(psi(''), undefined);
	t.deepEqual(ranges('0-2,5'), [0, 1, 2, 5]);
	t.deepEqual(ranges(''), []);
	t.deepEqual(blockIo('8:0 Read 5\n8:16 7\nTotal 12'), [{major: 8, minor: 0, op: 'Read', value: 5}, {major: 8, minor: 16, op: '', value: 7}]);
	t.deepEqual(rdma('mlx4_0 hca_handle=2 hca_object=max'), [{device: 'mlx4_0', hca_handles: 2, hca_objects: undefined}]);
});

test('network interfaces, whose names may hold a colon', t => {
	const head = 'Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed\n';
	t.deepEqual(interfaces(`${head}    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth0:1:580120238 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n`), [
		{Name: 'lo', RxBytes: 1, RxPackets: 2, RxErrors: 3, RxDropped: 4, TxBytes: 9, TxPackets: 10, TxErrors: 11, TxDropped: 12},
		{Name: 'eth0:1', RxBytes: 580_120_238, RxPackets: 2, RxErrors: 3, RxDropped: 4, TxBytes: 9, TxPackets: 10, TxErrors: 11, TxDropped: 12},
	]);
	t.deepEqual(interfaces(''), []);
});

test('v1: every controller that the container is in', async t => {
	const record: CgroupRecord = {
		mode: 'hybrid', path: '/web', unified: '/cg/unified/web',
		v1: Object.fromEntries(['cpuacct', 'cpuset', 'memory', 'blkio', 'hugetlb', 'rdma'].map(name => [name, `/cg/${name}/web`])),
	};
	const native = new FakeNative({files: {
		'/cg/cpuacct/web/cpuacct.usage_percpu': '5 7 \n',
		'/cg/cpuacct/web/cpuacct.usage_all': 'cpu user system\n0 3 2\n1 4 3\n',
		'/cg/cpuset/web/cpuset.cpus': '0-1\n',
		'/cg/cpuset/web/cpuset.mems': '0\n',
		'/cg/cpuset/web/cpuset.sched_relax_domain_level': '-1\n',
		'/cg/memory/web/memory.kmem.usage_in_bytes': '4096\n',
		'/cg/memory/web/memory.kmem.limit_in_bytes': '9223372036854771712\n',
		'/cg/blkio/web/blkio.bfq.io_serviced_recursive': 'Total 0\n',
		'/cg/blkio/web/blkio.throttle.io_serviced_recursive': '254:0 Read 3\n254:0 Total 3\nTotal 3\n',
		'/cg/hugetlb/web/hugetlb.2MB.usage_in_bytes': '2097152\n',
		'/cg/hugetlb/web/hugetlb.2MB.max_usage_in_bytes': '4194304\n',
		'/cg/hugetlb/web/hugetlb.2MB.failcnt': '2\n',
		'/cg/rdma/web/rdma.current': 'mlx4_0 hca_handle=2 hca_object=20\n',
		'/cg/unified/web/cpu.pressure': pressure,
		'/cg/unified/web/io.pressure': pressure,
		'/proc/77/net/dev': 'a\nb\n lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n',
	}});
	const stats = await readStats(native, record, 77);
	t.deepEqual(stats.cpu.usage, {total: 0, user: 0, kernel: 0, percpu: [5, 7], percpu_user: [3, 4], percpu_kernel: [2, 3]});
	t.like(stats.cpuset, {cpus: [0, 1], mems: [0], sched_relax_domain_level: -1, cpu_exclusive: 0});
	t.deepEqual(stats.memory.kernel, {usage: 4096, max: 0, limit: undefined, failcnt: 0});
	t.is(stats.memory.kernelTCP, undefined);
	t.deepEqual(stats.blkio.ioServicedRecursive, [{major: 254, minor: 0, op: 'Read', value: 3}, {major: 254, minor: 0, op: 'Total', value: 3}]);
	t.deepEqual(stats.hugetlb, {'2MB': {usage: 2_097_152, max: 4_194_304, failcnt: 2}});
	t.deepEqual(stats.rdma.current, [{device: 'mlx4_0', hca_handles: 2, hca_objects: 20}]);
	t.is(stats.cpu.psi?.some.avg10, 66.22);
	t.is(stats.blkio.psi?.full.total, 7);
	t.is(stats.memory.psi, undefined);
	t.is(stats.network_interfaces?.[0]?.Name, 'lo');
});

test('v2: every controller', async t => {
	const native = new FakeNative({files: {
		'/cg/web/io.stat': '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n',
		'/cg/web/io.pressure': pressure,
		'/cg/web/memory.pressure': pressure,
		'/cg/web/cpuset.cpus.effective': '0,3\n',
		'/cg/web/cpuset.mems.effective': '0\n',
		'/cg/web/hugetlb.1GB.current': '7\n',
		'/cg/web/hugetlb.1GB.events': 'max 3\n',
		'/cg/web/rdma.max': 'mlx4_0 hca_handle=2 hca_object=max\n',
	}});
	const stats = await readStats(native, {mode: 'v2', path: '/web', v1: {}, unified: '/cg/web'});
	t.deepEqual(stats.blkio.ioServiceBytesRecursive.map(({op, value}) => `${op} ${value}`), ['Read 1', 'Write 2', 'Discard 5']);
	t.deepEqual(stats.blkio.ioServicedRecursive.map(({op, value}) => `${op} ${value}`), ['Read 3', 'Write 4', 'Discard 6']);
	t.like(stats.cpuset, {cpus: [0, 3], mems: [0]});
	t.deepEqual(stats.hugetlb, {'1GB': {usage: 7, max: 0, failcnt: 3}});
	t.is(stats.memory.psi?.some.total, 1_215_370_141);
	t.deepEqual(stats.rdma.limit, [{device: 'mlx4_0', hca_handles: 2, hca_objects: undefined}]);
	t.is(stats.network_interfaces, null);
});
