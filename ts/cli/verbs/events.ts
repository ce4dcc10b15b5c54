// events: what a container uses, as JSON lines in runc's shape.
import type {MemoryUsage, Stats} from '../../cgroups/stats.js';
import {CtnError} from '../../errors.js';
import type {Run} from '../verb.js';

/** The largest number of pages: what the kernel of cgroup v1, and so runc, writes for no limit. */
const noLimit = 18_446_744_073_709_551_615n;

const memory = (usage: MemoryUsage | undefined) => usage
	? {limit: usage.limit ?? 'no-limit', usage: usage.usage, max: usage.max, failcnt: usage.failcnt}
	: {limit: 0, failcnt: 0};

const dataOf = ({cpu, memory: {usage, swap, cache, raw}, pids}: Stats) => ({
	cpu: {usage: cpu.usage, throttling: cpu.throttling},
	cpuset: {},
	memory: {cache, usage: memory(usage), swap: memory(swap), kernel: memory(undefined), kernelTCP: memory(undefined), raw},
	pids: {current: pids.current, ...(pids.limit !== undefined && {limit: pids.limit})},
	blkio: {},
	hugetlb: {},
	intel_rdt: {},
	network_interfaces: null,
});

const line = (id: string, stats: Stats): string =>
	`${JSON.stringify({type: 'stats', id, data: dataOf(stats)}).replaceAll('"no-limit"', String(noLimit))}\n`;

const units: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000};

/** `1m30s` */
const milliseconds = (text: string): number => {
	const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
	const sum = parts.reduce((total, [, count, unit]) => total + Number(count) * units[unit!]!, 0);
	if (parts.map(([part]) => part).join('') !== text || sum <= 0) {
		throw new CtnError('ERR_ARGUMENT', `invalid value "${text}" for flag -interval: parse error`, {subject: 'interval'});
	}

	return sum;
};

export const run: Run = async ({native, runtime, flags, say, args: [id]}) => {
	const interval = milliseconds(flags.text('interval') ?? '5s');
	const container = await runtime.load(id!);
	if (await container.status() === 'stopped') {
		throw new CtnError('ERR_CONTAINER_NOT_RUNNING', `container with id ${id!} is not running`, {subject: id});
	}

	for (;;) {
		say(line(id!, await container.stats()));
		if (flags.is('stats')) {
			return 0;
		}

		await native.sleep(interval);
		if (await container.status() === 'stopped') {
			return 0;
		}
	}
};
