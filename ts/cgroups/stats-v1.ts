// Counters of v1 hierarchies; pressure is cgroup2's, of a hybrid machine.
import type {BlockIoStats, Files, HugepageUsage, MemoryUsage, Stats} from './stats.js';
import {blockIo, limit, number, numbers, psi, ranges, rdma, table, usage} from './stats-text.js';

const memories = ['memory', 'memory.memsw', 'memory.kmem', 'memory.kmem.tcp'] as const;

/** [our name, name behind `blkio.` and BFQ's or CFQ's prefix] */
const blockTables = [
	['ioServiceBytesRecursive', 'io_service_bytes_recursive'],
	['ioServicedRecursive', 'io_serviced_recursive'],
	['ioQueueRecursive', 'io_queued_recursive'],
	['ioServiceTimeRecursive', 'io_service_time_recursive'],
	['ioWaitTimeRecursive', 'io_wait_time_recursive'],
	['ioMergedRecursive', 'io_merged_recursive'],
	['ioTimeRecursive', 'time_recursive'],
	['sectorsRecursive', 'sectors_recursive'],
] as const;

const cpusetFlags = [
	'cpu_exclusive', 'mem_hardwall', 'mem_exclusive', 'memory_migrate', 'memory_spread_page', 'memory_spread_slab',
	'memory_pressure', 'sched_load_balance', 'sched_relax_domain_level',
] as const;

export const v1Files: readonly string[] = [
	'cpuacct.usage', 'cpuacct.usage_user', 'cpuacct.usage_sys', 'cpuacct.usage_percpu', 'cpuacct.usage_all', 'cpu.stat', 'cpu.pressure',
	'cpuset.cpus', 'cpuset.mems', ...cpusetFlags.map(flag => `cpuset.${flag}`),
	...memories.flatMap(name => ['usage_in_bytes', 'max_usage_in_bytes', 'limit_in_bytes', 'failcnt'].map(end => `${name}.${end}`)),
	'memory.stat', 'memory.pressure',
	'pids.current', 'pids.max',
	...blockTables.flatMap(([, end]) => [`blkio.bfq.${end}`, `blkio.${end}`]),
	'blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive', 'io.pressure',
	'rdma.current', 'rdma.max',
];

const memory = (files: Files, name: (typeof memories)[number]): MemoryUsage | undefined => usage({
	usage: files(`${name}.usage_in_bytes`), max: files(`${name}.max_usage_in_bytes`), limit: files(`${name}.limit_in_bytes`), failcnt: files(`${name}.failcnt`),
});

/** A proportional scheduler counts only what it schedules; what it does not, the throttler sees. */
const block = (files: Files): BlockIoStats => {
	const tables = Object.fromEntries(blockTables.map(([name, end]) =>
		[name, [`blkio.bfq.${end}`, `blkio.${end}`, `blkio.throttle.${end}`].map(file => blockIo(files(file))).find(entries => entries.length > 0) ?? []]));
	return {...tables as unknown as BlockIoStats, psi: psi(files('io.pressure'))};
};

const hugepageUsage = (files: Files, names: readonly string[]): Record<string, HugepageUsage> =>
	Object.fromEntries([...new Set(names.map(name => name.split('.')[1]!))].sort().map(size => [size, {
		usage: number(files(`hugetlb.${size}.usage_in_bytes`)),
		max: number(files(`hugetlb.${size}.max_usage_in_bytes`)),
		failcnt: number(files(`hugetlb.${size}.failcnt`)),
	}]));

export const parseV1 = (files: Files, hugepages: readonly string[]): Omit<Stats, 'network_interfaces'> => {
	const throttling = table(files('cpu.stat'));
	const raw = table(files('memory.stat'));
	const all = files('cpuacct.usage_all').split('\n').slice(1).map(numbers);
	return {
		cpu: {
			usage: {
				total: number(files('cpuacct.usage')),
				user: number(files('cpuacct.usage_user')),
				kernel: number(files('cpuacct.usage_sys')),
				percpu: numbers(files('cpuacct.usage_percpu')),
				percpu_user: all.map(cpu => cpu[1] ?? 0),
				percpu_kernel: all.map(cpu => cpu[2] ?? 0),
			},
			throttling: {periods: throttling['nr_periods'] ?? 0, throttledPeriods: throttling['nr_throttled'] ?? 0, throttledTime: throttling['throttled_time'] ?? 0},
			psi: psi(files('cpu.pressure')),
		},
		cpuset: files('cpuset.cpus') === '' ? undefined : {
			cpus: ranges(files('cpuset.cpus')),
			mems: ranges(files('cpuset.mems')),
			...Object.fromEntries(cpusetFlags.map(flag => [flag, number(files(`cpuset.${flag}`))])) as Record<(typeof cpusetFlags)[number], number>,
		},
		memory: {
			usage: memory(files, 'memory') ?? {usage: 0, max: 0, limit: limit(files('memory.limit_in_bytes')), failcnt: 0},
			swap: memory(files, 'memory.memsw'),
			kernel: memory(files, 'memory.kmem'),
			kernelTCP: memory(files, 'memory.kmem.tcp'),
			cache: raw['cache'] ?? 0,
			raw,
			psi: psi(files('memory.pressure')),
		},
		pids: {current: number(files('pids.current')), limit: limit(files('pids.max'))},
		blkio: block(files),
		hugetlb: hugepageUsage(files, hugepages),
		rdma: {current: rdma(files('rdma.current')), limit: rdma(files('rdma.max'))},
	};
};
