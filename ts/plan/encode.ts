// A list of steps or host ops as the bytes that src-native/ctn_wire.h describes.
//
// It is on the way of every container, mostly before an engine has compiled it: so numbers go straight
// into words, and all strings to their bytes at once.
import {CtnError} from '../errors.js';
import {errnos} from '../linux/errno.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {FieldLayout, OkErrno, RecordLayout} from './layout.js';
import {hostLayouts, stepLayouts, wire, type HostOp, type Step} from './wire.gen.js';

type Field = number | bigint | string | readonly string[] | Uint8Array | undefined;
type Record = {readonly op: string; readonly okErrno?: OkErrno};

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

/** Records, and what they point to: strings, once each, then whatever is counted. */
class Writer {
	readonly words: Uint32Array;
	readonly #longs: BigUint64Array;
	readonly #start: number;
	readonly #isAscii: boolean;
	readonly #texts: string[] = [];
	readonly #places = new Map<string, number>();
	readonly #counted: Counted[] = [];
	/** Where the next string goes. */
	#at: number;

	/**
	 * @param size Bytes of the head and the records.
	 * @param isAscii Strings are taken to have as many bytes as characters.
	 */
	constructor(size: number, isAscii: boolean) {
		this.words = new Uint32Array(size / 4);
		this.#longs = new BigUint64Array(this.words.buffer);
		this.#start = size;
		this.#at = size;
		this.#isAscii = isAscii;
	}

	/** @param record Where its record begins. */
	field(layout: FieldLayout, record: number, value: Field, op: string): void {
		const kind = layout[0]; // Not taken apart: that is slow in an interpreter
		const name = layout[1];
		const word = (record + layout[2]) / 4;
		switch (kind) {
			case str:
			case ostr: {
				if (typeof value === 'string') {
					this.words[word] = this.#string(value, op, name);
				} else if (value !== undefined || kind === str) {
					throw invalid(`must be a string, not ${String(value)}`, op, name);
				}

				return;
			}

			case u32:
			case fd: {
				if (typeof value !== 'number' || value >>> 0 !== value || (kind === fd && value > 0x7FFF_FFFF)) {
					throw invalid(`must be an unsigned 32-bit integer, not ${String(value)}`, op, name);
				}

				this.words[word] = value;
				return;
			}

			case u64: {
				if (typeof value !== 'bigint' || value < 0n || value > 0xFFFF_FFFF_FFFF_FFFFn) {
					throw invalid(`must be an unsigned 64-bit bigint, not ${String(value)}`, op, name);
				}

				this.#longs[word / 2] = value;
				return;
			}

			case strv: {
				const first = this.#at;
				for (const text of value as readonly string[]) {
					this.#append(text, op, name);
				}

				this.#counted.push({word, count: (value as readonly string[]).length, content: first});
				return;
			}

			default: {
				if (value !== undefined) {
					this.#counted.push({word, count: (value as Uint8Array).length, content: value as Uint8Array});
				}
			}
		}
	}

	/** All of it; undefined if the strings turn out to be longer than they were taken for. */
	finish(): Uint8Array | undefined {
		const strings = this.#texts.length === 0 ? new Uint8Array(0) : encodeUtf8(`${this.#texts.join('\0')}\0`);
		if (strings.length !== this.#at - this.#start) {
			return undefined;
		}

		let end = this.#at;
		for (const {word, content} of this.#counted) {
			this.words[word] = aligned(end, 4);
			end = this.words[word]! + (typeof content === 'number' ? 8 : 4 + content.length);
		}

		const list = new Uint32Array(Math.ceil((end + 1) / 4)); // The last byte is NUL, so that every string ends
		const bytes = new Uint8Array(list.buffer, 0, end + 1);
		list.set(this.words);
		bytes.set(strings, this.#start);
		for (const {word, count, content} of this.#counted) {
			const at = this.words[word]! / 4;
			list[at] = count;
			if (typeof content === 'number') {
				list[at + 1] = content;
			} else {
				bytes.set(content, 4 * (at + 1));
			}
		}

		return bytes;
	}

	#string(text: string, op: string, name: string): number {
		const known = this.#places.get(text);
		if (known !== undefined) {
			return known;
		}

		const at = this.#append(text, op, name);
		this.#places.set(text, at);
		return at;
	}

	#append(text: string, op: string, name: string): number {
		if (text.includes('\0')) {
			throw invalid('a string has a NUL byte', op, name);
		}

		const at = this.#at;
		this.#texts.push(text);
		this.#at += (this.#isAscii ? text.length : encodeUtf8(text).length) + 1;
		return at;
	}
}

const okErrnoNumber = (okErrno: OkErrno | undefined): number =>
	okErrno === undefined ? 0 : okErrno === 'any' ? wire.okAny : errnos[okErrno];

const write = (records: readonly Record[], layouts: {readonly [op: string]: RecordLayout}, isAscii: boolean): Uint8Array | undefined => {
	let at: number = wire.headSize;
	for (const {op} of records) {
		at += layouts[op]!.size;
	}

	const writer = new Writer(at, isAscii);
	at = wire.headSize;
	for (const record of records) {
		const {code, size, fields} = layouts[record.op]!;
		writer.words[at / 4] = code | size << 16;
		writer.words[at / 4 + 1] = okErrnoNumber(record.okErrno);
		for (let index = 0; index < fields.length; index++) {
			const field = fields[index]!;
			writer.field(field, at, (record as unknown as {[name: string]: Field})[field[1]], record.op);
		}

		at += size;
	}

	writer.words[4] = at;
	return writer.finish();
};

const encode = (records: readonly Record[], layouts: {readonly [op: string]: RecordLayout}, magic: number): Uint8Array => {
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
