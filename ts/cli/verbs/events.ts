// events: what a container uses, as JSON lines in runc's shape; as lines of a table on a terminal.
import type {MemoryUsage, Stats} from '../../cgroups/stats.js';
import type {ContainerEvent} from '../../container/events.js';
import {CtnError} from '../../errors.js';
import {formatOf} from '../format.js';
import {StatsTable} from '../stats-table.js';
import type {Run} from '../verb.js';

/** What the kernel of cgroup v1 has for no limit, and what runc prints for cgroup2's `max`. */
const noLimit = ({memory}: Stats): bigint =>
	memory.raw['hierarchical_memory_limit'] === undefined ? 18_446_744_073_709_551_615n : 9_223_372_036_854_771_712n;

const marker = 'no limit';

const memory = (usage: MemoryUsage | undefined) => usage ? {...usage, limit: usage.limit ?? marker} : {limit: 0, failcnt: 0};

const dataOf = (stats: Stats) => ({
	...stats,
	memory: {...stats.memory, usage: memory(stats.memory.usage), swap: memory(stats.memory.swap)},
});

const jsonLine = (event: ContainerEvent): string => event.type === 'stats'
	? `${JSON.stringify({...event, data: dataOf(event.data)}).replaceAll(`"${marker}"`, String(noLimit(event.data)))}\n`
	: `${JSON.stringify(event)}\n`;

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

/** The lines of a table: figures, or in one word what happened. */
const tableLines = (): (event: ContainerEvent) => string => {
	const table = new StatsTable();
	return event => event.type === 'stats' ? table.add(event.data, Date.now()) : `${event.type}\n`;
};

export const run: Run = async call => {
	const {runtime, flags, say, args: [id]} = call;
	const line = formatOf(call, 'by-reader') === 'json' ? jsonLine : tableLines();
	const interval = milliseconds(flags.text('interval') ?? '5s');
	const container = await runtime.load(id!);
	if (await container.status() === 'stopped') {
		throw new CtnError('ERR_CONTAINER_NOT_RUNNING', `container with id ${id!} is not running`, {subject: id});
	}

	say(line({type: 'stats', id: id!, data: await container.stats()}));
	if (flags.is('stats')) {
		return 0;
	}

	for await (const event of container.events({intervalMs: interval})) {
		say(line(event));
	}

	return 0;
};
