// What resctrl tells of a container: its class of service, and what was counted of it. Names are those that runc prints.
import type {HostOp, Native} from '../native/native.js';
import {lineOf, namesOf, textOf} from '../native/results.js';
import type {RdtRecord} from './rdt.js';

export interface L3CacheInfo {
	/** Hexadecimal: all ways of the cache. */
	readonly cbm_mask: string;
	readonly min_cbm_bits: number;
	readonly num_closids: number;
}

export interface MemBwInfo {
	/** Percent. */
	readonly bandwidth_gran: number;
	readonly delay_linear: number;
	/** Percent. */
	readonly min_bandwidth: number;
	readonly num_closids: number;
}

/** Intel RDT; what the processor does not have is undefined. */
export interface IntelRdtStats {
	readonly l3_cache_info: L3CacheInfo | undefined;
	/** `L3:` line of the default class of service. */
	readonly l3_cache_schema_root: string | undefined;
	/** `L3:` line of the container's. */
	readonly l3_cache_schema: string | undefined;
	readonly mem_bw_info: MemBwInfo | undefined;
	readonly mem_bw_schema_root: string | undefined;
	readonly mem_bw_schema: string | undefined;
	/** Bytes since it was made, by cache domain, where the container is counted alone. */
	readonly mbm_stats: ReadonlyArray<{readonly mbm_total_bytes: number | undefined; readonly mbm_local_bytes: number | undefined}> | undefined;
	/** Bytes of cache now, by domain. */
	readonly cmt_stats: ReadonlyArray<{readonly llc_occupancy: number}> | undefined;
}

const lineOfResource = (schemata: string, resource: string): string | undefined =>
	schemata.split('\n').map(line => line.trim()).find(line => line.startsWith(`${resource}:`));

/** `Unavailable` and `Error` are the kernel's words for what it could not count. */
const count = (text: string): number | undefined => /^\d+$/.test(text) ? Number(text) : undefined;

const counters = ['llc_occupancy', 'mbm_total_bytes', 'mbm_local_bytes'] as const;

/** The counters of each domain in turn, one after the other. */
const readCounters = async (native: Native, directory: string): Promise<Array<Array<number | undefined>>> => {
	const [names] = await native.batch([{op: 'list', path: `${directory}/mon_data`, directories: 1, okErrno: 'any'}]);
	const domains = namesOf(names).filter(name => name.startsWith('mon_L3_')).sort();
	const texts = await native.batch(domains.flatMap(domain => counters.map((file): HostOp =>
		({op: 'read', path: `${directory}/mon_data/${domain}/${file}`, max: 64, okErrno: 'any'}))));
	return domains.map((_, index) => texts.slice(counters.length * index, counters.length * (index + 1)).map(text => count(lineOf(text))));
};

const infoFiles = ['L3/cbm_mask', 'L3/min_cbm_bits', 'L3/num_closids', 'MB/bandwidth_gran', 'MB/delay_linear', 'MB/min_bandwidth', 'MB/num_closids'];

/** Reads all there is. In a class of service that it may share only a monitoring group counts the container alone. */
export const readRdtStats = async (native: Native, {group, isOwn, monitor}: RdtRecord): Promise<IntelRdtStats> => {
	const root = group.slice(0, group.lastIndexOf('/'));
	const [own, all, ...info] = await native.batch([`${group}/schemata`, `${root}/schemata`, ...infoFiles.map(file => `${root}/info/${file}`)]
		.map((path): HostOp => ({op: 'read', path, max: 1 << 20, okErrno: 'any'})));
	const [mask, ...numbers] = info.map(lineOf);
	const [minBits, l3Classes, granularity, linear, minBandwidth, mbClasses] = numbers.map(text => count(text) ?? 0) as [number, number, number, number, number, number];
	const counted = monitor ?? (isOwn ? group : undefined);
	const domains = counted === undefined ? [] : await readCounters(native, counted);
	const bandwidth = domains.filter(([, total, local]) => total !== undefined || local !== undefined);
	const occupancy = domains.filter(([cache]) => cache !== undefined);
	return {
		l3_cache_info: mask ? {cbm_mask: mask, min_cbm_bits: minBits, num_closids: l3Classes} : undefined,
		l3_cache_schema_root: lineOfResource(textOf(all), 'L3'),
		l3_cache_schema: lineOfResource(textOf(own), 'L3'),
		mem_bw_info: mbClasses > 0 ? {bandwidth_gran: granularity, delay_linear: linear, min_bandwidth: minBandwidth, num_closids: mbClasses} : undefined,
		mem_bw_schema_root: lineOfResource(textOf(all), 'MB'),
		mem_bw_schema: lineOfResource(textOf(own), 'MB'),
		mbm_stats: bandwidth.length > 0 ? bandwidth.map(([, total, local]) => ({mbm_total_bytes: total, mbm_local_bytes: local})) : undefined,
		cmt_stats: occupancy.length > 0 ? occupancy.map(([cache]) => ({llc_occupancy: cache!})) : undefined,
	};
};
