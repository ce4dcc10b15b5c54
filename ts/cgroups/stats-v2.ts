// Counters of cgroup2.
import type {BlockIoEntry, BlockIoStats, CpusetStats, Files, HugepageUsage, Stats} from './stats.js';
import {limit, number, psi, ranges, rdma, table, usage} from './stats-text.js';

export const v2Files: readonly string[] = [
	'cpu.stat', 'cpu.pressure', 'cpuset.cpus.effective', 'cpuset.mems.effective',
	'memory.current', 'memory.peak', 'memory.max', 'memory.events', 'memory.swap.current', 'memory.swap.peak', 'memory.swap.max', 'memory.swap.events',
	'memory.stat', 'memory.pressure', 'pids.current', 'pids.max', 'io.stat', 'io.pressure', 'rdma.current', 'rdma.max',
];

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6` */
const block = (text: string): BlockIoStats => {
	const entries = (keys: Readonly<Record<string, string>>): BlockIoEntry[] => text.split('\n').flatMap(line => {
		const device = /^(\d+):(\d+) /.exec(line);
		return device ? Object.entries(keys).flatMap(([key, op]) => {
			const value = new RegExp(` ${key}=(\\d+)`).exec(line);
			return value ? [{major: Number(device[1]), minor: Number(device[2]), op, value: Number(value[1])}] : [];
		}) : [];
	});
	return {
		ioServiceBytesRecursive: entries({rbytes: 'Read', wbytes: 'Write', dbytes: 'Discard'}),
		ioServicedRecursive: entries({rios: 'Read', wios: 'Write', dios: 'Discard'}),
		ioQueueRecursive: [],
		ioServiceTimeRecursive: [],
		ioWaitTimeRecursive: [],
		ioMergedRecursive: [],
		ioTimeRecursive: [],
		sectorsRecursive: [],
	};
};

const cpuset = (cpus: string, mems: string): CpusetStats | undefined => cpus === '' ? undefined : {
	cpus: ranges(cpus),
	mems: ranges(mems),
	cpu_exclusive: 0,
	mem_hardwall: 0,
	mem_exclusive: 0,
	memory_migrate: 0,
	memory_spread_page: 0,
	memory_spread_slab: 0,
	memory_pressure: 0,
	sched_load_balance: 0,
	sched_relax_domain_level: 0,
};

const hugepageUsage = (files: Files, names: readonly string[]): Record<string, HugepageUsage> =>
	Object.fromEntries([...new Set(names.map(name => name.split('.')[1]!))].sort().map(size => [size, {
		usage: number(files(`hugetlb.${size}.current`)),
		max: 0,
		failcnt: table(files(`hugetlb.${size}.events`))['max'] ?? 0,
	}]));

export const parseV2 = (files: Files, hugepages: readonly string[]): Omit<Stats, 'network_interfaces'> => {
	const cpu = table(files('cpu.stat'));
	const raw = table(files('memory.stat'));
	const micro = (key: string): number => (cpu[key] ?? 0) * 1000;
	const hits = (events: string): string => String(table(files(events))['max'] ?? 0);
	return {
		cpu: {
			usage: {total: micro('usage_usec'), user: micro('user_usec'), kernel: micro('system_usec'), percpu: [], percpu_user: [], percpu_kernel: []},
			throttling: {periods: cpu['nr_periods'] ?? 0, throttledPeriods: cpu['nr_throttled'] ?? 0, throttledTime: micro('throttled_usec')},
			psi: psi(files('cpu.pressure')),
		},
		cpuset: cpuset(files('cpuset.cpus.effective'), files('cpuset.mems.effective')),
		memory: {
			usage: {usage: number(files('memory.current')), max: number(files('memory.peak')), limit: limit(files('memory.max')), failcnt: Number(hits('memory.events'))},
			swap: usage({usage: files('memory.swap.current'), max: files('memory.swap.peak'), limit: files('memory.swap.max'), failcnt: hits('memory.swap.events')}),
			kernel: undefined,
			kernelTCP: undefined,
			cache: raw['file'] ?? 0,
			raw,
			psi: psi(files('memory.pressure')),
		},
		pids: {current: number(files('pids.current')), limit: limit(files('pids.max'))},
		blkio: {...block(files('io.stat')), psi: psi(files('io.pressure'))},
		hugetlb: hugepageUsage(files, hugepages),
		rdma: {current: rdma(files('rdma.current')), limit: rdma(files('rdma.max'))},
	};
};
