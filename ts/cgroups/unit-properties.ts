// Limits and annotations as properties of a systemd unit: [name, D-Bus signature, value].
import {CtnError} from '../errors.js';
import type {Config, Resources} from '../oci/config.js';
import {cpuWeight} from './limits-cpu.js';

export type UnitProperty = readonly [name: string, signature: string, value: unknown];

const infinity = 0xffff_ffff_ffff_ffffn;

const amount = (value: number | bigint): bigint => Number(value) < 0 ? infinity : BigInt(value);

const set = <Value>(value: Value | undefined, property: (value: Value) => UnitProperty): UnitProperty[] => value === undefined ? [] : [property(value)];

const nonZero = <Value extends number | bigint>(value: Value | undefined): Value | undefined => Number(value ?? 0) === 0 ? undefined : value;

/** `0-3,7` as a bit mask, the lowest numbers in the first byte. */
const bitMask = (list: string): number[] => {
	const numbers = list.split(',').filter(Boolean).flatMap(part => {
		const [first, last = first] = part.split('-').map(Number);
		return Array.from({length: last! - first! + 1}, (_, index) => first! + index);
	});
	const bytes = Array.from({length: Math.floor(Math.max(...numbers) / 8) + 1}, () => 0);
	for (const number of numbers) {
		bytes[number >> 3]! |= 1 << (number & 7);
	}

	return bytes;
};

/** systemd takes hundredths of a CPU: it is told no less than what the cgroup file says. */
const quota = ({cpu}: Resources): UnitProperty[] => {
	if (nonZero(cpu?.quota) === undefined) {
		return [];
	}

	const perSecond = Math.ceil(Number(cpu!.quota) * 1_000_000 / (Number(cpu!.period ?? 0) || 100_000) / 10_000) * 10_000;
	return [
		...set(nonZero(cpu!.period), period => ['CPUQuotaPeriodUSec', 't', BigInt(period)]),
		['CPUQuotaPerSecUSec', 't', Number(cpu!.quota) < 0 ? infinity : BigInt(perSecond)],
	];
};

const tasks = ({pids}: Resources): UnitProperty[] =>
	set(pids?.limit, limit => ['TasksMax', 't', Number(limit) === 0 ? 1n : amount(limit)]);

const propertiesV1 = (resources: Resources): UnitProperty[] => [
	...set(nonZero(resources.memory?.limit), limit => ['MemoryLimit', 't', amount(limit)]),
	...set(nonZero(resources.cpu?.shares), shares => ['CPUShares', 't', BigInt(shares)]),
	...quota(resources),
	...set(nonZero(resources.blockIO?.weight), weight => ['BlockIOWeight', 't', BigInt(weight)]),
	...tasks(resources),
];

/** Files that are given by their names, as far as systemd has a property for them. */
const unifiedProperties = ({unified = {}}: Resources): UnitProperty[] => {
	const number = (file: string, name: string): UnitProperty[] => {
		const text = unified[file]?.trim() ?? '';
		return text === 'max' ? [[name, 't', infinity]] : /^\d+$/.test(text) ? [[name, 't', BigInt(text)]] : [];
	};
	const list = (file: string, name: string): UnitProperty[] => set(unified[file]?.trim() || undefined, text => [name, 'ay', bitMask(text)]);
	const [limit, period] = unified['cpu.max']?.trim().split(/\s+/) ?? [];
	return [
		...number('memory.min', 'MemoryMin'),
		...number('memory.low', 'MemoryLow'),
		...number('memory.high', 'MemoryHigh'),
		...number('memory.max', 'MemoryMax'),
		...number('memory.swap.max', 'MemorySwapMax'),
		...number('pids.max', 'TasksMax'),
		...number('cpu.weight', 'CPUWeight'),
		...quota({cpu: {...(limit && {quota: limit === 'max' ? -1 : Number(limit)}), ...(period && {period: Number(period)})}}),
		...list('cpuset.cpus', 'AllowedCPUs'),
		...list('cpuset.mems', 'AllowedMemoryNodes'),
	];
};

const propertiesV2 = (resources: Resources): UnitProperty[] => {
	const {memory, cpu} = resources;
	const swap = nonZero(memory?.swap);
	return [
		...set(nonZero(memory?.limit), limit => ['MemoryMax', 't', amount(limit)]),
		...set(nonZero(memory?.reservation), reservation => ['MemoryLow', 't', amount(reservation)]),
		...set(swap, both => ['MemorySwapMax', 't', Number(both) < 0 ? infinity : BigInt(both) - BigInt(Math.max(0, Number(memory!.limit ?? 0)))]),
		...(cpu?.idle ? [] : set(nonZero(cpu?.shares), shares => ['CPUWeight', 't', BigInt(cpuWeight(Number(shares)))])),
		...quota(resources),
		...set(cpu?.cpus || undefined, cpus => ['AllowedCPUs', 'ay', bitMask(cpus)]),
		...set(cpu?.mems || undefined, mems => ['AllowedMemoryNodes', 'ay', bitMask(mems)]),
		...tasks(resources),
		...unifiedProperties(resources), // Last, as in the files
	];
};

/**
 * What systemd is told of the limits, so that it does not set others when it is reloaded. What it
 * has no property for is only in the files of the cgroup: they are delegated.
 */
export const resourceProperties = (mode: 'v1' | 'hybrid' | 'v2', resources: Resources): UnitProperty[] =>
	mode === 'v2' ? propertiesV2(resources) : propertiesV1(resources);

const integers: Readonly<Record<string, string>> = {byte: 'y', int16: 'n', uint16: 'q', int32: 'i', uint32: 'u', int64: 'x', uint64: 't'};

/** The text of a GVariant, as far as properties of units need it; undefined if it is none. */
const parseVariant = (text: string): readonly [signature: string, value: unknown] | undefined => {
	const string = /^'([^'\\]*)'$|^"([^"\\]*)"$/.exec(text);
	if (string) {
		return ['s', string[1] ?? string[2]];
	}

	if (text === 'true' || text === 'false') {
		return ['b', text === 'true'];
	}

	const integer = /^(?:(\w+) )?(-?\d+)$/.exec(text);
	if (integer && (integer[1] === undefined || integers[integer[1]])) {
		const signature = integers[integer[1] ?? 'int32']!;
		return [signature, 'xt'.includes(signature) ? BigInt(integer[2]!) : Number(integer[2])];
	}

	if (/^-?\d+\.\d+$/.test(text)) {
		return ['d', Number(text)];
	}

	const list = /^\[(.*)\]$/.exec(text);
	const items = list?.[1]!.split(',').map(item => parseVariant(item.trim()));
	return items && items.every(item => item !== undefined && item[0] === items[0]![0]) ? [`a${items[0]![0]}`, items.map(item => item![1])] : undefined;
};

/** `TimeoutStopSec` of unit files is `TimeoutStopUSec` on D-Bus, in microseconds. */
const inMicroseconds = ([name, signature, value]: UnitProperty): UnitProperty =>
	/[a-z]Sec$/.test(name) && ['i', 'u', 'x', 't', 'd'].includes(signature)
		? [name.replace(/Sec$/, 'USec'), 't', BigInt(Math.round(Number(value) * 1_000_000))]
		: [name, signature, value];

const prefix = 'org.systemd.property.';

/**
 * Annotations `org.systemd.property.<Name>: <GVariant text>`, such as `uint64 5`, `'text'`, `true`.
 *
 * @throws CtnError `ERR_CONFIG_INVALID` for a name or a text that is none.
 */
export const annotationProperties = (annotations: Config['annotations'] = {}): UnitProperty[] =>
	Object.entries(annotations).filter(([key]) => key.startsWith(prefix)).map(([key, text]) => {
		const name = key.slice(prefix.length);
		const variant = parseVariant(text.trim());
		if (!/^[A-Za-z]{3,}$/.test(name) || variant === undefined) {
			const subject = `annotations["${key}"]`;
			throw new CtnError('ERR_CONFIG_INVALID', `config.json: ${subject} must be a property of a systemd unit as GVariant text, such as "uint64 5" or "'text'", not ${JSON.stringify(text)}`, {subject});
		}

		return inMicroseconds([name, ...variant]);
	});
