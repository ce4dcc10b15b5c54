// What a container uses as a table that grows by a line with each report.
import type {BlockIoEntry, MemoryUsage, Stats} from '../cgroups/stats.js';
import type {NetworkInterface} from '../cgroups/stats-text.js';
import {sizeText} from './size-text.js';
import {tabTable} from './tab-table.js';

const heading = ['CPU TIME', 'CPU', 'MEMORY', 'LIMIT', 'PIDS', 'READ', 'WRITTEN', 'RECEIVED', 'SENT'] as const;

const sum = (numbers: readonly number[]): string => sizeText(numbers.reduce((total, number) => total + number, 0));

const blocks = (entries: readonly BlockIoEntry[], name: string): string =>
	sum(entries.filter(({op}) => op.toLowerCase() === name).map(({value}) => value));

const traffic = (interfaces: readonly NetworkInterface[] | null, count: (one: NetworkInterface) => number): string =>
	interfaces === null ? '-' : sum(interfaces.filter(({Name}) => Name !== 'lo').map(one => count(one)));

const memoryLimit = ({limit}: MemoryUsage): string => limit === undefined ? '-' : sizeText(Number(limit));

export class StatsTable {
	#before: {readonly nanoseconds: number; readonly atMs: number} | undefined;

	/**
	 * The next lines; before the first one the heading. The share of the CPU is that since the line before.
	 *
	 * @param atMs When the figures were taken, in milliseconds of any clock.
	 */
	add({cpu, memory, pids, blkio, network_interfaces: interfaces}: Stats, atMs: number): string {
		const before = this.#before;
		const nanoseconds = cpu.usage.total;
		this.#before = {nanoseconds, atMs};
		const share = before === undefined || atMs <= before.atMs ? '-' : `${((nanoseconds - before.nanoseconds) / (atMs - before.atMs) / 10_000).toFixed(1)} %`;
		const lines = tabTable([heading, [
			`${(nanoseconds / 1e9).toFixed(3)} s`, share,
			sizeText(memory.usage.usage), memoryLimit(memory.usage), `${pids.current}${pids.limit === undefined ? '' : ` of ${pids.limit}`}`,
			blocks(blkio.ioServiceBytesRecursive, 'read'), blocks(blkio.ioServiceBytesRecursive, 'write'),
			traffic(interfaces, ({RxBytes}) => RxBytes), traffic(interfaces, ({TxBytes}) => TxBytes),
		]]);
		return before === undefined ? lines : lines.slice(lines.indexOf('\n') + 1);
	}
}
