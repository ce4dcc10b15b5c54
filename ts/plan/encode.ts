// A list of steps or host ops as the bytes that src-native/ctn_wire.h describes.
import {CtnError} from '../errors.js';
import {errnos} from '../linux/errno.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {FieldKind, OkErrno, RecordLayout} from './layout.js';
import {hostLayouts, stepLayouts, wire, type HostOp, type Step} from './wire.gen.js';

type Field = number | bigint | string | readonly string[] | Uint8Array | undefined;
type Record = {readonly op: string; readonly okErrno?: OkErrno};

const aligned = (offset: number, to: number) => Math.ceil(offset / to) * to;

const invalid = (what: string, subject: string): CtnError =>
	new CtnError('ERR_PLAN_INVALID', `${subject}: ${what}`, {subject});

/** A buffer that grows; strings are kept once each. */
class Writer {
	bytes = new Uint8Array(4096);
	view = new DataView(this.bytes.buffer);
	length = 0;
	readonly #strings = new Map<string, number>();

	/** Makes room for `count` zero bytes, aligned, and answers where they are. */
	reserve(count: number, alignment: number): number {
		const at = aligned(this.length, alignment);
		this.length = at + count;
		if (this.length > this.bytes.length) {
			const grown = new Uint8Array(2 * this.length);
			grown.set(this.bytes);
			this.bytes = grown;
			this.view = new DataView(grown.buffer);
		}

		return at;
	}

	string(text: string, subject: string): number {
		const known = this.#strings.get(text);
		if (known !== undefined) {
			return known;
		}

		const at = this.#text(text, subject);
		this.#strings.set(text, at);
		return at;
	}

	strings(texts: readonly string[], subject: string): number {
		const at = this.reserve(4, 4);
		this.view.setUint32(at, texts.length, true);
		for (const text of texts) {
			this.#text(text, subject);
		}

		return at;
	}

	blob(bytes: Uint8Array): number {
		const at = this.reserve(4 + bytes.length, 4);
		this.view.setUint32(at, bytes.length, true);
		this.bytes.set(bytes, at + 4);
		return at;
	}

	#text(text: string, subject: string): number {
		if (text.includes('\0')) {
			throw invalid('a string has a NUL byte', subject);
		}

		const bytes = encodeUtf8(text);
		const at = this.reserve(bytes.length + 1, 1);
		this.bytes.set(bytes, at);
		return at;
	}
}

const writeField = (writer: Writer, kind: FieldKind, at: number, value: Field, subject: string): void => {
	switch (kind) {
		case 'u64': {
			if (typeof value !== 'bigint' || value < 0n || value > 0xFFFF_FFFF_FFFF_FFFFn) {
				throw invalid(`must be an unsigned 64-bit bigint, not ${String(value)}`, subject);
			}

			writer.view.setBigUint64(at, value, true);
			return;
		}

		case 'u32':
		case 'fd': {
			if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > (kind === 'fd' ? 0x7FFF_FFFF : 0xFFFF_FFFF)) {
				throw invalid(`must be an unsigned 32-bit integer, not ${String(value)}`, subject);
			}

			writer.view.setUint32(at, value, true);
			return;
		}

		case 'strv': {
			const offset = writer.strings(value as readonly string[], subject);
			writer.view.setUint32(at, offset, true);
			return;
		}

		case 'blob': {
			const offset = value === undefined ? 0 : writer.blob(value as Uint8Array);
			writer.view.setUint32(at, offset, true);
			return;
		}

		default: {
			if (value === undefined && kind === 'ostr') {
				return;
			}

			if (typeof value !== 'string') {
				throw invalid(`must be a string, not ${String(value)}`, subject);
			}

			const offset = writer.string(value, subject);
			writer.view.setUint32(at, offset, true);
		}
	}
};

const okErrnoNumber = (okErrno: OkErrno | undefined): number =>
	okErrno === undefined ? 0 : okErrno === 'any' ? wire.okAny : errnos[okErrno];

const encode = (records: readonly Record[], layouts: {readonly [op: string]: RecordLayout}, magic: number): Uint8Array => {
	const writer = new Writer();
	writer.reserve(wire.headSize, 8);
	const places = records.map(record => writer.reserve(layouts[record.op]!.size, 8));
	const strings = writer.reserve(8, 8); // Never empty, and offset 0 of a string means none

	for (const [index, record] of records.entries()) {
		const {code, size, fields} = layouts[record.op]!;
		const at = places[index]!;
		writer.view.setUint16(at, code, true);
		writer.view.setUint16(at + 2, size, true);
		writer.view.setUint32(at + 4, okErrnoNumber(record.okErrno), true);
		for (const [kind, name, offset] of fields) {
			writeField(writer, kind, at + offset, (record as unknown as {[name: string]: Field})[name], `${record.op}.${name}`);
		}
	}

	const size = writer.reserve(1, 1) + 1; // The last byte is NUL, so that every string ends
	if (size > wire.listMax) {
		throw new CtnError('ERR_PLAN_INVALID', `a list of ${records.length} operations takes ${size} bytes; ${wire.listMax} is the most`);
	}

	for (const [index, value] of [magic, wire.hash, size, records.length, strings].entries()) {
		writer.view.setUint32(4 * index, value, true);
	}

	return writer.bytes.subarray(0, size);
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
