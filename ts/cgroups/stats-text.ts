// The formats in which the kernel writes its counters.
import type {BlockIoEntry, MemoryUsage, Pressure, Psi, RdmaEntry} from './stats.js';

/** v1 writes "no limit" as the largest number of pages. */
const unlimited = 0x7fff_ffff_ffff_f000;

export const number = (text: string): number => Number(text) || 0;

export const limit = (text: string): number | undefined =>
	text === '' || text === 'max' || Number(text) >= unlimited ? undefined : Number(text);

/** `key value` lines. */
export const table = (text: string): Record<string, number> => Object.fromEntries(text.split('\n').filter(Boolean).map(line => {
	const [key, value] = line.split(' ');
	return [key!, Number(value)];
}));

/** `1 2 3` */
export const numbers = (text: string): number[] => text.split(/\s+/).filter(Boolean).map(Number);

/** `0-2,5` */
export const ranges = (text: string): number[] => text.split(',').filter(Boolean).flatMap(part => {
	const [first, last = first] = part.split('-').map(Number);
	return Array.from({length: last! - first! + 1}, (_, index) => first! + index);
});

export const usage = (text: {readonly usage: string; readonly max: string; readonly limit: string; readonly failcnt: string}): MemoryUsage | undefined =>
	text.usage === '' ? undefined : {usage: number(text.usage), max: number(text.max), limit: limit(text.limit), failcnt: number(text.failcnt)};

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`. */
export const psi = (text: string): Psi | undefined => {
	const line = (kind: string): Pressure => {
		const found = new Map((new RegExp(`^${kind} (.*)$`, 'm').exec(text)?.[1] ?? '').split(' ').map(pair => pair.split('=') as [string, string]));
		const value = (key: string): number => number(found.get(key) ?? '');
		return {avg10: value('avg10'), avg60: value('avg60'), avg300: value('avg300'), total: value('total')};
	};

	return text === '' ? undefined : {some: line('some'), full: line('full')};
};

/** `8:0 Read 123`, or `8:0 123` where the kernel does not tell operations apart; the sum of all devices is left out. */
export const blockIo = (text: string): BlockIoEntry[] => text.split('\n').flatMap(line => {
	const match = /^(\d+):(\d+) (?:(\w+) )?(\d+)$/.exec(line);
	return match ? [{major: Number(match[1]), minor: Number(match[2]), op: match[3] ?? '', value: Number(match[4])}] : [];
});

/** `mlx4_0 hca_handle=2 hca_object=max` */
export const rdma = (text: string): RdmaEntry[] => text.split('\n').filter(Boolean).map(line => {
	const value = (key: string): number | undefined => limit(new RegExp(` ${key}=(\\w+)`).exec(line)?.[1] ?? '');
	return {device: line.split(' ')[0]!, hca_handles: value('hca_handle'), hca_objects: value('hca_object')};
});

/** Counters of a network interface, as seen from inside the container. */
export interface NetworkInterface {
	readonly Name: string;
	readonly RxBytes: number;
	readonly RxPackets: number;
	readonly RxErrors: number;
	readonly RxDropped: number;
	readonly TxBytes: number;
	readonly TxPackets: number;
	readonly TxErrors: number;
	readonly TxDropped: number;
}

/** /proc/net/dev: two lines of heading, then eight counters of what came and eight of what went. */
export const interfaces = (text: string): NetworkInterface[] => text.split('\n').slice(2).flatMap(line => {
	const colon = line.lastIndexOf(':');
	const counters = numbers(line.slice(colon + 1));
	return counters.length < 16 ? [] : [{
		Name: line.slice(0, colon).trim(),
		RxBytes: counters[0]!,
		RxPackets: counters[1]!,
		RxErrors: counters[2]!,
		RxDropped: counters[3]!,
		TxBytes: counters[8]!,
		TxPackets: counters[9]!,
		TxErrors: counters[10]!,
		TxDropped: counters[11]!,
	}];
});
