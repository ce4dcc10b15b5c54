// What a container uses: the files of its cgroup as numbers, under runc's names.
import {decodeUtf8} from '../linux/utf8.js';
import type {HostResult, Native} from '../native/native.js';
import type {CgroupRecord} from './plan.js';

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

export interface Stats {
	readonly cpu: {
		/** Nanoseconds since the container was made. */
		readonly usage: {readonly total: number; readonly user: number; readonly kernel: number};
		readonly throttling: {readonly periods: number; readonly throttledPeriods: number; readonly throttledTime: number};
	};
	readonly memory: {
		readonly usage: MemoryUsage;
		/** Memory and swap together on v1, swap alone on v2; undefined if it is not counted. */
		readonly swap: MemoryUsage | undefined;
		/** Bytes of page cache. */
		readonly cache: number;
		/** memory.stat as it is. */
		readonly raw: Readonly<Record<string, number>>;
	};
	readonly pids: {
		readonly current: number;
		/** undefined: no limit. */
		readonly limit: number | undefined;
	};
}

/** v1 writes "no limit" as the largest number of pages. */
const unlimited = 0x7fff_ffff_ffff_f000;

const text = (result: HostResult | undefined): string => result instanceof Uint8Array ? decodeUtf8(result).trim() : '';

const number = (result: HostResult | undefined): number => Number(text(result)) || 0;

const limit = (result: HostResult | undefined): number | undefined => {
	const value = text(result);
	return value === '' || value === 'max' || Number(value) >= unlimited ? undefined : Number(value);
};

/** `key value` lines. */
const table = (result: HostResult | undefined): Record<string, number> =>
	Object.fromEntries(text(result).split('\n').filter(Boolean).map(line => {
		const [key, value] = line.split(' ');
		return [key!, Number(value)];
	}));

const readAll = async (native: Native, paths: ReadonlyArray<string | undefined>): Promise<HostResult[]> =>
	native.batch(paths.map(path => ({op: 'read', path: path ?? '/dev/null', max: 1 << 20, okErrno: 'any'})));

const statsV1 = async (native: Native, {v1}: CgroupRecord): Promise<Stats> => {
	const at = (controller: string, file: string): string | undefined => v1[controller] === undefined ? undefined : `${v1[controller]}/${file}`;
	const [usage, user, system, cpuStat, memory, memoryMax, memoryLimit, failcnt, swap, swapMax, swapLimit, swapFailcnt, memoryStat, pids, pidsMax] = await readAll(native, [
		at('cpuacct', 'cpuacct.usage'),
		at('cpuacct', 'cpuacct.usage_user'),
		at('cpuacct', 'cpuacct.usage_sys'),
		at('cpu', 'cpu.stat'),
		at('memory', 'memory.usage_in_bytes'),
		at('memory', 'memory.max_usage_in_bytes'),
		at('memory', 'memory.limit_in_bytes'),
		at('memory', 'memory.failcnt'),
		at('memory', 'memory.memsw.usage_in_bytes'),
		at('memory', 'memory.memsw.max_usage_in_bytes'),
		at('memory', 'memory.memsw.limit_in_bytes'),
		at('memory', 'memory.memsw.failcnt'),
		at('memory', 'memory.stat'),
		at('pids', 'pids.current'),
		at('pids', 'pids.max'),
	]);
	const throttling = table(cpuStat);
	const raw = table(memoryStat);
	return {
		cpu: {
			usage: {total: number(usage), user: number(user), kernel: number(system)},
			throttling: {periods: throttling['nr_periods'] ?? 0, throttledPeriods: throttling['nr_throttled'] ?? 0, throttledTime: throttling['throttled_time'] ?? 0},
		},
		memory: {
			usage: {usage: number(memory), max: number(memoryMax), limit: limit(memoryLimit), failcnt: number(failcnt)},
			swap: text(swap) === '' ? undefined : {usage: number(swap), max: number(swapMax), limit: limit(swapLimit), failcnt: number(swapFailcnt)},
			cache: raw['cache'] ?? 0,
			raw,
		},
		pids: {current: number(pids), limit: limit(pidsMax)},
	};
};

const statsV2 = async (native: Native, {unified}: CgroupRecord): Promise<Stats> => {
	const [cpuStat, memory, memoryPeak, memoryMax, memoryEvents, swap, swapPeak, swapMax, memoryStat, pids, pidsMax] = await readAll(native, [
		'cpu.stat', 'memory.current', 'memory.peak', 'memory.max', 'memory.events', 'memory.swap.current', 'memory.swap.peak',
		'memory.swap.max', 'memory.stat', 'pids.current', 'pids.max',
	].map(file => `${unified!}/${file}`));
	const cpu = table(cpuStat);
	const raw = table(memoryStat);
	const micro = (key: string): number => (cpu[key] ?? 0) * 1000;
	return {
		cpu: {
			usage: {total: micro('usage_usec'), user: micro('user_usec'), kernel: micro('system_usec')},
			throttling: {periods: cpu['nr_periods'] ?? 0, throttledPeriods: cpu['nr_throttled'] ?? 0, throttledTime: micro('throttled_usec')},
		},
		memory: {
			usage: {usage: number(memory), max: number(memoryPeak), limit: limit(memoryMax), failcnt: table(memoryEvents)['max'] ?? 0},
			swap: text(swap) === '' ? undefined : {usage: number(swap), max: number(swapPeak), limit: limit(swapMax), failcnt: 0},
			cache: raw['file'] ?? 0,
			raw,
		},
		pids: {current: number(pids), limit: limit(pidsMax)},
	};
};

/** Reads all there is, at one moment as near as can be. Counters that this machine does not have are 0. */
export const readStats = async (native: Native, record: CgroupRecord): Promise<Stats> =>
	record.mode === 'v2' ? statsV2(native, record) : statsV1(native, record);
