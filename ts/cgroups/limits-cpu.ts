// `linux.resources.cpu` as files
import type {Cpu} from '../oci/config.js';
import {max, nonZero, write, type LimitWrite} from './limit-write.js';

const cpuset = ({cpus, mems}: Cpu): LimitWrite[] => [
	...write('cpu.cpus', 'cpuset', 'cpuset.cpus', cpus || undefined),
	...write('cpu.mems', 'cpuset', 'cpuset.mems', mems || undefined),
];

/** A group that is idle has no weight that could be set: it stops being idle before, or becomes it after. */
const withIdle = (idle: number | undefined, weight: LimitWrite[]): LimitWrite[] => {
	const idles = write('cpu.idle', 'cpu', 'cpu.idle', idle);
	return idle ? [...weight, ...idles] : [...idles, ...weight];
};

/** The period goes before what is a part of it. */
export const realtimeV1 = ({realtimePeriod, realtimeRuntime}: Cpu): LimitWrite[] => [
	...write('cpu.realtimePeriod', 'cpu', 'cpu.rt_period_us', nonZero(realtimePeriod)),
	...write('cpu.realtimeRuntime', 'cpu', 'cpu.rt_runtime_us', nonZero(realtimeRuntime)),
];

export const cpuV1 = (cpu: Cpu): LimitWrite[] => [
	...realtimeV1(cpu),
	...withIdle(cpu.idle, write('cpu.shares', 'cpu', 'cpu.shares', nonZero(cpu.shares))),
	...write('cpu.period', 'cpu', 'cpu.cfs_period_us', nonZero(cpu.period)),
	...write('cpu.quota', 'cpu', 'cpu.cfs_quota_us', nonZero(cpu.quota)),
	...write('cpu.burst', 'cpu', 'cpu.cfs_burst_us', cpu.burst),
	...cpuset(cpu),
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

/** One file has both; a quota alone leaves the period, and a period alone needs the quota there is. */
const bandwidthV2 = ({quota, period}: Cpu): LimitWrite[] => {
	if (nonZero(quota) === undefined) {
		return write('cpu.period', 'cpu', 'cpu.max', nonZero(period) === undefined ? undefined : `max ${period!}`);
	}

	return write('cpu.quota', 'cpu', 'cpu.max', nonZero(period) === undefined ? max(quota) : `${max(quota)!} ${period!}`);
};

export const cpuV2 = (cpu: Cpu): LimitWrite[] => [
	...withIdle(cpu.idle, write('cpu.shares', 'cpu', 'cpu.weight', nonZero(cpu.shares) === undefined ? undefined : cpuWeight(Number(cpu.shares)))),
	...bandwidthV2(cpu),
	...write('cpu.burst', 'cpu', 'cpu.max.burst', cpu.burst),
	...cpuset(cpu),
];
