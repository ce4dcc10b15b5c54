// A list of steps or host ops as the bytes that src-native/ctn_wire.h describes.
//
// It is on the way of every container, mostly before an engine has compiled it: so numbers go straight
// into words, and all strings to their bytes at once.
import {CtnError} from '../errors.js';
import {errnos} from '../linux/errno.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {OkErrno, RecordLayout} from './layout.js';
import {hostLayouts, stepLayouts, wire, type HostOp, type Step} from './wire.gen.js';

type Field = number | bigint | string | readonly string[] | Uint8Array | undefined;
interface Record {
	readonly op: string;
	readonly okErrno?: OkErrno;
	readonly [name: string]: Field;
}

type RecordLayouts = {readonly [op: string]: RecordLayout};

// Constants, which an interpreter has at hand; a test holds them to fieldKinds
const u32 = 0;
const u64 = 1;
const fd = 2;
const str = 3;
const ostr = 4;
const strv = 5;

const aligned = (offset: number, to: number) => Math.ceil(offset / to) * to;

const invalid = (what: string, op: string, name: string): CtnError =>
	new CtnError('ERR_PLAN_INVALID', `${op}.${name}: ${what}`, {subject: `${op}.${name}`});

/** What stands behind a count: its bytes, or where the first of so many strings is. */
interface Counted {
	/** Where the record has the offset of it, in words. */
	readonly word: number;
	readonly count: number;
	readonly content: Uint8Array | number;
}

const okErrnoNumber = (okErrno: OkErrno): number => okErrno === 'any' ? wire.okAny : errnos[okErrno];

/** The strings as bytes, each with a NUL behind it; undefined if one has a NUL in it. */
const bytesOf = (texts: readonly string[]): Uint8Array | undefined => {
	if (texts.length === 0) {
		return new Uint8Array(0);
	}

	return texts.join('').includes('\0') ? undefined : encodeUtf8(`${texts.join('\0')}\0`);
};

/** Which string it is. */
const withNul = (records: readonly Record[], layouts: RecordLayouts): CtnError => {
	for (const record of records) {
		const field = layouts[record.op]!.fields.find(([kind, name]) => kind >= str && kind <= strv && [record[name]].flat().join('').includes('\0'));
		if (field) {
			return invalid('a string has a NUL byte', record.op, field[1]);
		}
	}

	throw new Error('no string has a NUL byte');
};

/** Behind the strings: numbers and bytes that are counted, and where. */
const finish = (words: Uint32Array, strings: Uint8Array, counted: readonly Counted[]): Uint8Array => {
	const start = words.byteLength;
	let end = start + strings.length;
	for (const {word, content} of counted) {
		words[word] = aligned(end, 4);
		end = words[word]! + (typeof content === 'number' ? 8 : 4 + content.length);
	}

	const list = new Uint32Array(Math.ceil((end + 1) / 4)); // The last byte is NUL, so that every string ends
	const bytes = new Uint8Array(list.buffer, 0, end + 1);
	list.set(words);
	bytes.set(strings, start);
	for (const {word, count, content} of counted) {
		const at = words[word]! / 4;
		list[at] = count;
		if (typeof content === 'number') {
			list[at + 1] = content;
		} else {
			bytes.set(content, 4 * (at + 1));
		}
	}

	return bytes;
};

/**
 * One function, as calls are what an interpreter takes longest for.
 *
 * @param isAscii Strings are taken to have as many bytes as characters.
 * @returns undefined if they turn out to have more.
 */
const write = (records: readonly Record[], layouts: RecordLayouts, isAscii: boolean): Uint8Array | undefined => {
	let end: number = wire.headSize;
	for (const {op} of records) {
		end += layouts[op]!.size;
	}

	const words = new Uint32Array(end >> 2);
	const longs = new BigUint64Array(words.buffer);
	const texts: string[] = [];
	const counted: Counted[] = [];
	let start = wire.headSize >> 2;
	for (const record of records) {
		const {code, size, fields} = layouts[record.op]!;
		words[start] = code | size << 16;
		if (record.okErrno !== undefined) {
			words[start + 1] = okErrnoNumber(record.okErrno);
		}

		for (let index = 0; index < fields.length; index++) { // Neither an iterator for each record nor one for each field: they are slow in an interpreter
			const field = fields[index]!;
			const kind = field[0];
			const value = record[field[1]];
			const word = start + (field[2] >> 2);
			if (kind === str || kind === ostr) {
				if (typeof value === 'string') {
					words[word] = end;
					texts.push(value);
					end += (isAscii ? value.length : encodeUtf8(value).length) + 1;
				} else if (value !== undefined || kind === str) {
					throw invalid(`must be a string, not ${String(value)}`, record.op, field[1]);
				}
			} else if (kind === u32 || kind === fd) {
				if (typeof value !== 'number' || value >>> 0 !== value || (kind === fd && value > 0x7FFF_FFFF)) {
					throw invalid(`must be an unsigned 32-bit integer, not ${String(value)}`, record.op, field[1]);
				}

				words[word] = value;
			} else if (kind === u64) {
				longs[word >> 1] = typeof value === 'bigint' ? value : 0n;
				if (longs[word >> 1] !== value) { // It does not fit, or is no bigint
					throw invalid(`must be an unsigned 64-bit bigint, not ${String(value)}`, record.op, field[1]);
				}
			} else if (kind === strv) {
				counted.push({word, count: (value as readonly string[]).length, content: end});
				for (const text of value as readonly string[]) {
					texts.push(text);
					end += (isAscii ? text.length : encodeUtf8(text).length) + 1;
				}
			} else if (value !== undefined) {
				counted.push({word, count: (value as Uint8Array).length, content: value as Uint8Array});
			}
		}

		start += size >> 2;
	}

	const strings = bytesOf(texts);
	if (!strings) {
		throw withNul(records, layouts);
	}

	words[4] = words.byteLength;
	return words.byteLength + strings.length === end ? finish(words, strings, counted) : undefined;
};

const encode = (records: readonly Record[], layouts: RecordLayouts, magic: number): Uint8Array => {
	const bytes = write(records, layouts, true) ?? write(records, layouts, false)!; // Nearly all are ASCII
	if (bytes.length > wire.listMax) {
		throw new CtnError('ERR_PLAN_INVALID', `a list of ${records.length} operations takes ${bytes.length} bytes; ${wire.listMax} is the most`);
	}

	new Uint32Array(bytes.buffer, 0, 4).set([magic, wire.hash, bytes.length, records.length]);
	return bytes;
};

/**
 * The bytes of a launch plan, for ctn-init.
 *
 * @throws CtnError `ERR_PLAN_INVALID` if a string has a NUL byte, a number does not fit, or the
 * plan is longer than `wire.listMax` bytes.
 */
export const encodePlan = (steps: readonly Step[]): Uint8Array => encode(steps, stepLayouts, wire.planMagic);

/** The bytes of a host batch. Throws as encodePlan() does. */
export const encodeBatch = (ops: readonly HostOp[]): Uint8Array => encode(ops, hostLayouts, wire.batchMagic);
