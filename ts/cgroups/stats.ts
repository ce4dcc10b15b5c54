// What a container uses: the files of its cgroup as numbers, under the names that runc prints.
import type {HostOp, Native} from '../native/native.js';
import {lineOf, namesOf} from '../native/results.js';
import type {CgroupRecord} from './plan.js';
import type {IntelRdtStats} from './rdt-stats.js';
import type {NetworkInterface} from './stats-text.js';
import {interfaces} from './stats-text.js';
import {parseV1, v1Files} from './stats-v1.js';
import {parseV2, v2Files} from './stats-v2.js';

export interface MemoryUsage {
	/** Bytes now. */
	readonly usage: number;
	/** The most it ever was, in bytes; 0 where the kernel does not count it. */
	readonly max: number;
	/** Bytes; undefined: no limit. */
	readonly limit: number | undefined;
	/** How often the limit was hit. */
	readonly failcnt: number;
}

/** How long processes stood still for want of something: share of the last 10, 60 and 300 s in percent, and µs in all. */
export interface Pressure {
	readonly avg10: number;
	readonly avg60: number;
	readonly avg300: number;
	readonly total: number;
}

/** Pressure stall information, of kernels that count it (cgroup2 or hybrid). */
export interface Psi {
	/** At least one process stood still. */
	readonly some: Pressure;
	/** All did. */
	readonly full: Pressure;
}

export interface BlockIoEntry {
	readonly major: number;
	readonly minor: number;
	/** `Read`, `Write`, `Sync`, `Async`, `Discard`, `Total`; empty where the kernel does not tell them apart. */
	readonly op: string;
	readonly value: number;
}

export interface BlockIoStats {
	/** Bytes. */
	readonly ioServiceBytesRecursive: readonly BlockIoEntry[];
	/** Operations. */
	readonly ioServicedRecursive: readonly BlockIoEntry[];
	/** The others are counted by CFQ and BFQ only. Times are nanoseconds. */
	readonly ioQueueRecursive: readonly BlockIoEntry[];
	readonly ioServiceTimeRecursive: readonly BlockIoEntry[];
	readonly ioWaitTimeRecursive: readonly BlockIoEntry[];
	readonly ioMergedRecursive: readonly BlockIoEntry[];
	readonly ioTimeRecursive: readonly BlockIoEntry[];
	readonly sectorsRecursive: readonly BlockIoEntry[];
	readonly psi?: Psi | undefined;
}

export interface CpusetStats {
	/** Numbers of the CPUs. */
	readonly cpus: readonly number[];
	/** Numbers of the memory nodes. */
	readonly mems: readonly number[];
	/** The others are v1's: cpuset(7). */
	readonly cpu_exclusive: number;
	readonly mem_hardwall: number;
	readonly mem_exclusive: number;
	readonly memory_migrate: number;
	readonly memory_spread_page: number;
	readonly memory_spread_slab: number;
	readonly memory_pressure: number;
	readonly sched_load_balance: number;
	readonly sched_relax_domain_level: number;
}

export interface RdmaEntry {
	readonly device: string;
	/** undefined: no limit. */
	readonly hca_handles: number | undefined;
	readonly hca_objects: number | undefined;
}

export interface HugepageUsage {
	/** Bytes. */
	readonly usage: number;
	/** Bytes; 0 on cgroup2. */
	readonly max: number;
	readonly failcnt: number;
}

export interface Stats {
	readonly cpu: {
		/** Nanoseconds since the container was made; by CPU on v1 only. */
		readonly usage: {
			readonly total: number;
			readonly user: number;
			readonly kernel: number;
			readonly percpu: readonly number[];
			readonly percpu_user: readonly number[];
			readonly percpu_kernel: readonly number[];
		};
		readonly throttling: {readonly periods: number; readonly throttledPeriods: number; readonly throttledTime: number};
		readonly psi?: Psi | undefined;
	};
	/** undefined: the container is not in that controller. */
	readonly cpuset: CpusetStats | undefined;
	readonly memory: {
		readonly usage: MemoryUsage;
		/** Memory and swap together on v1, swap alone on v2; undefined if it is not counted. */
		readonly swap: MemoryUsage | undefined;
		/** v1 only. */
		readonly kernel: MemoryUsage | undefined;
		readonly kernelTCP: MemoryUsage | undefined;
		/** Bytes of page cache. */
		readonly cache: number;
		/** memory.stat as it is. */
		readonly raw: Readonly<Record<string, number>>;
		readonly psi?: Psi | undefined;
	};
	readonly pids: {
		readonly current: number;
		/** undefined: no limit. */
		readonly limit: number | undefined;
	};
	readonly blkio: BlockIoStats;
	/** By page size, such as `2MB`; empty if the container is not in that controller. */
	readonly hugetlb: Readonly<Record<string, HugepageUsage>>;
	readonly rdma: {readonly current: readonly RdmaEntry[]; readonly limit: readonly RdmaEntry[]};
	/** Of a container with a network namespace; null for one without. */
	readonly network_interfaces: readonly NetworkInterface[] | null;
	/** Of a container with Intel RDT; undefined for one without. */
	readonly intel_rdt?: IntelRdtStats;
}

/** Text of a file by its name; empty if it is not there. */
export type Files = (name: string) => string;

/** Where a file of a cgroup is; undefined if the container is not in its controller. */
const place = ({mode, v1, unified}: CgroupRecord, file: string): string | undefined => {
	if (mode === 'v2' || file.endsWith('.pressure')) {
		return unified === undefined ? undefined : `${unified}/${file}`;
	}

	const directory = v1[file.slice(0, file.indexOf('.'))];
	return directory === undefined ? undefined : `${directory}/${file}`;
};

/** Page sizes are in the names of the files. */
const hugepageFiles = async (native: Native, record: CgroupRecord): Promise<string[]> => {
	const directory = record.mode === 'v2' ? record.unified : record.v1['hugetlb'];
	const [names] = directory === undefined ? [] : await native.batch([{op: 'list', path: directory, directories: 0, okErrno: 'any'}]);
	return namesOf(names).filter(name =>
		/^hugetlb\.\w+\.(usage_in_bytes|max_usage_in_bytes|failcnt|current|events)$/.test(name));
};

/**
 * Reads all there is, at one moment as near as can be. Counters that this machine does not have are 0.
 *
 * @param pid A process in the container's network namespace; undefined if it has none of its own.
 */
export const readStats = async (native: Native, record: CgroupRecord, pid?: number): Promise<Stats> => {
	const isV2 = record.mode === 'v2';
	const names = [...isV2 ? v2Files : v1Files, ...await hugepageFiles(native, record)];
	const paths = new Map(names.flatMap(name => {
		const path = place(record, name);
		return path === undefined ? [] : [[name, path] as const];
	}));
	const ops = [...paths.values(), ...(pid === undefined ? [] : [`/proc/${pid}/net/dev`])]
		.map((path): HostOp => ({op: 'read', path, max: 1 << 20, okErrno: 'any'}));
	const texts = (await native.batch(ops)).map(lineOf);
	const byName = new Map([...paths.keys()].map((name, index) => [name, texts[index]!]));
	const files: Files = name => byName.get(name) ?? '';
	const hugepages = names.filter(name => name.startsWith('hugetlb.'));
	const network = pid === undefined ? null : interfaces(texts.at(-1)!);
	return {...isV2 ? parseV2(files, hugepages) : parseV1(files, hugepages), network_interfaces: network};
};
