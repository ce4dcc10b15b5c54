// Looking for text in memory, piece by piece.
import {CtnError} from '../errors.js';

export interface MemoryMatch {
	readonly address: bigint;
	readonly bytes: Uint8Array;
}

/** A match across two pieces of memory is found up to this length. */
const longestMatch = 4096;

/** Bytes as characters of the same number, so that a regular expression can look at them. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

const escaped = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');

const expressionOf = (pattern: string | RegExp): RegExp => {
	if (pattern instanceof RegExp) {
		return new RegExp(pattern.source, `g${pattern.flags.replace(/[gyudv]/g, '')}`);
	}

	if (pattern === '') {
		throw new CtnError('ERR_ARGUMENT', 'there is nothing to search for', {subject: 'pattern'});
	}

	return new RegExp(escaped(textOf(Buffer.from(pattern))), 'g');
};

/** What of the text is not settled yet: a match may begin in it and end in the next piece. */
class Scan {
	readonly #expression: RegExp;
	#text = '';
	#start = 0n;
	/** No match begins before. */
	#from = 0n;

	constructor(expression: RegExp) {
		this.#expression = expression;
	}

	get end(): bigint {
		return this.#start + BigInt(this.#text.length);
	}

	add(address: bigint, bytes: Uint8Array): void {
		if (this.#text === '') {
			this.#start = address;
		}

		this.#text += textOf(bytes);
	}

	/** Matches that begin before the last bytes, which are kept. */
	* matches(keep: number): Generator<MemoryMatch> {
		const settled = this.#text.length - keep;
		for (const {0: found, index} of this.#text.matchAll(this.#expression)) {
			const address = this.#start + BigInt(index);
			if (index < settled && address >= this.#from && found !== '') {
				this.#from = address + BigInt(found.length);
				yield {address, bytes: Buffer.from(found, 'latin1')};
			}
		}

		const gone = Math.max(0, settled);
		this.#start += BigInt(gone);
		this.#text = this.#text.slice(gone);
	}
}

/**
 * Where the pattern is, in the order of memory.
 *
 * @param pattern Text as UTF-8; a regular expression sees bytes as characters 0 to 255.
 * @throws CtnError `ERR_ARGUMENT`; and what `pieces` throws.
 */
export async function * searchMemory(pieces: AsyncIterable<{readonly address: bigint; readonly bytes: Uint8Array}>, pattern: string | RegExp): AsyncGenerator<MemoryMatch, void, undefined> {
	const scan = new Scan(expressionOf(pattern));
	for await (const {address, bytes} of pieces) {
		if (address !== scan.end) {
			yield * scan.matches(0);
		}

		scan.add(address, bytes);
		yield * scan.matches(longestMatch);
	}

	yield * scan.matches(0);
}
