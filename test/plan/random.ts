// Random steps and host ops: every field of every kind, the same for the same seed.
import {errnos, type Errno} from '../../ts/linux/errno.js';
import {fieldKinds, type FieldKind, type OkErrno, type RecordLayout} from '../../ts/plan/layout.js';

export type Random = (limit: number) => number;

/** mulberry32: integers from 0 to limit - 1. */
export const randomOf = (seed: number): Random => {
	let state = seed;
	return limit => {
		state = (state + 0x6D2B_79F5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * limit);
	};
};

const alphabets = ['abc/.-=,', 'äöü€ ', '\u{1F600}\u{10FFFF}', '\u0001\n"\\\u007F'];

export const randomText = (random: Random): string => {
	const alphabet = [...alphabets[random(alphabets.length)]!];
	return Array.from({length: random(20)}, () => alphabet[random(alphabet.length)]!).join('');
};

const list = <Value>(random: Random, make: () => Value): Value[] => Array.from({length: random(5)}, make);

const values: Readonly<Record<FieldKind, (random: Random) => unknown>> = {
	u32: random => [0, 1, 0xFFFF_FFFF, random(2 ** 32)][random(4)],
	u64: random => [0n, 0xFFFF_FFFF_FFFF_FFFFn, BigInt(random(2 ** 32)) << BigInt(random(33))][random(3)],
	fd: random => [0, 0x7FFF_FFFF, random(100)][random(3)],
	str: randomText,
	ostr: random => random(3) === 0 ? undefined : randomText(random),
	strv: random => list(random, () => randomText(random)),
	blob: random => random(3) === 0 ? undefined : new Uint8Array(list(random, () => random(256))),
};

const okErrnos: ReadonlyArray<OkErrno | undefined> = [undefined, 'any', ...Object.keys(errnos) as Errno[]];

export interface RandomRecord {
	readonly op: string;
	readonly okErrno?: OkErrno;
	readonly [field: string]: unknown;
}

/** A record of each op, `times` times. */
export const randomRecords = (random: Random, layouts: Readonly<Record<string, RecordLayout>>, times: number): RandomRecord[] =>
	Array.from({length: times}, () => Object.entries(layouts).map(([op, {fields}]): RandomRecord => {
		const okErrno = okErrnos[random(okErrnos.length)];
		return {
			op,
			...Object.fromEntries(fields.map(([kind, name]) => [name, values[fieldKinds[kind]!](random)])),
			...(okErrno && {okErrno}),
		};
	})).flat();
