// `linux.resources` as files of a cgroup, in the order in which the kernel takes them.
import type {Cpu, Memory, Resources} from '../oci/config.js';
import {deviceLinesV1, deviceRules} from './devices.js';

/** One write: the value goes into `file` of the cgroup's directory in the hierarchy of `controller`. */
export interface LimitWrite {
	readonly controller: string;
	readonly file: string;
	readonly value: string;
}

type Amount = number | bigint | undefined;

const write = (controller: string, file: string, value: Amount | string): LimitWrite[] =>
	value === undefined ? [] : [{controller, file, value: String(value)}];

/** 0 is "not set" for these, as in runc. */
const nonZero = (value: Amount): Amount => value === undefined || Number(value) === 0 ? undefined : value;

const flag = (value: boolean | undefined): string | undefined => value ? '1' : undefined;

/** memory.limit goes before memory.memsw, which may not be below it. */
const memoryV1 = ({limit, reservation, swap, swappiness, disableOOMKiller}: Memory): LimitWrite[] => [
	...write('memory', 'memory.limit_in_bytes', nonZero(limit)),
	...write('memory', 'memory.memsw.limit_in_bytes', nonZero(swap)),
	...write('memory', 'memory.soft_limit_in_bytes', nonZero(reservation)),
	...write('memory', 'memory.swappiness', swappiness),
	...write('memory', 'memory.oom_control', flag(disableOOMKiller)),
];

const cpuV1 = ({shares, quota, period, burst, idle, cpus, mems}: Cpu): LimitWrite[] => [
	...write('cpu', 'cpu.shares', nonZero(shares)),
	...write('cpu', 'cpu.cfs_period_us', nonZero(period)),
	...write('cpu', 'cpu.cfs_quota_us', nonZero(quota)),
	...write('cpu', 'cpu.cfs_burst_us', burst),
	...write('cpu', 'cpu.idle', idle),
	...write('cpuset', 'cpuset.cpus', cpus || undefined),
	...write('cpuset', 'cpuset.mems', mems || undefined),
];

const pidsValue = (limit: Amount): string | undefined =>
	limit === undefined ? undefined : Number(limit) > 0 ? String(limit) : 'max';

/** The writes for v1 hierarchies. */
export const limitsV1 = ({memory, cpu, pids, devices}: Resources): LimitWrite[] => [
	...deviceLinesV1(deviceRules(devices)).map(({file, line}) => ({controller: 'devices', file, value: line})),
	...(memory ? memoryV1(memory) : []),
	...(cpu ? cpuV1(cpu) : []),
	...write('pids', 'pids.max', pidsValue(pids?.limit)),
];

const max = (value: Amount): string | undefined =>
	nonZero(value) === undefined ? undefined : Number(value) < 0 ? 'max' : String(value);

/** v2 counts swap alone, config.json memory and swap together. */
const swapV2 = ({limit, swap}: Memory): string | undefined => {
	if (nonZero(swap) === undefined || Number(swap) < 0) {
		return max(swap);
	}

	return String(BigInt(swap!) - BigInt(Number(limit ?? 0) > 0 ? limit! : 0));
};

const memoryV2 = (memory: Memory): LimitWrite[] => [
	...write('memory', 'memory.max', max(memory.limit)),
	...write('memory', 'memory.swap.max', swapV2(memory)),
	...write('memory', 'memory.low', max(memory.reservation)),
];

/**
 * cpu.shares (2 … 262144, 1024 is normal) as cpu.weight (1 … 10000, 100 is normal).
 *
 * The curve that runc and crun agreed on in 2025: it goes through (2, 1), (1024, 100) and
 * (262144, 10000), where the straight line before it gave 1024 shares a weight of 39.
 */
export const cpuWeight = (shares: number): number => {
	if (shares <= 2) {
		return 1;
	}

	if (shares >= 262_144) {
		return 10_000;
	}

	const log = Math.log2(shares);
	return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
};

const cpuV2 = ({shares, quota, period, burst, idle, cpus, mems}: Cpu): LimitWrite[] => [
	...write('cpu', 'cpu.idle', idle),
	...write('cpu', 'cpu.weight', nonZero(shares) === undefined ? undefined : cpuWeight(Number(shares))),
	...(nonZero(quota) === undefined && nonZero(period) === undefined
		? []
		: write('cpu', 'cpu.max', `${max(quota) ?? 'max'} ${nonZero(period) ?? 100_000}`)),
	...write('cpu', 'cpu.max.burst', burst),
	...write('cpuset', 'cpuset.cpus', cpus || undefined),
	...write('cpuset', 'cpuset.mems', mems || undefined),
];

/** The writes for cgroup2; devices are not files there. */
export const limitsV2 = ({memory, cpu, pids}: Resources): LimitWrite[] => [
	...(memory ? memoryV2(memory) : []),
	...(cpu ? cpuV2(cpu) : []),
	...write('pids', 'pids.max', pidsValue(pids?.limit)),
];
