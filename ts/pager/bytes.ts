// Bytes of a stream, as many at a time as are wanted.
import type {Readable} from 'node:stream';

/** Reads exactly so many bytes; undefined at the end of the stream, wherever that is. */
export type ReadBytes = (size: number) => Promise<Buffer | undefined>;

export const readerOf = (stream: Readable): ReadBytes => {
	const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
	let parts: Buffer[] = [];
	let available = 0;
	return async size => {
		while (available < size) {
			const next = await chunks.next().catch(() => undefined); // A connection that breaks is one that ends
			if (next === undefined || next.done) {
				return undefined;
			}

			parts.push(next.value);
			available += next.value.length;
		}

		const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
		parts = all.length === size ? [] : [all.subarray(size)];
		available -= size;
		return all.subarray(0, size);
	};
};
