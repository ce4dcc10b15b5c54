// Lists that differ in few words only, such as an id: encoded once, and then these words are put in.
import {encodeUtf8} from '../linux/utf8.js';

/** ASCII text, or a u32 such as a descriptor. Its size never changes. */
export type Word = string | number;

/** Some lists of bytes, one after the other. */
export interface Template {
	readonly bytes: Uint8Array;
	/** Where each begins and ends. */
	readonly parts: ReadonlyArray<readonly [begin: number, end: number]>;
	/** Where a word is: its offset, and which. */
	readonly places: ReadonlyArray<readonly [at: number, word: number]>;
}

const bytesOf = (word: Word): Uint8Array => typeof word === 'string' ? encodeUtf8(word) : new Uint8Array(Uint32Array.of(word).buffer);

const putIn = ({bytes, places}: Template, words: readonly Word[]): Uint8Array => {
	const filled = bytes.slice();
	const encoded = words.map(word => bytesOf(word));
	for (const [at, word] of places) {
		filled.set(encoded[word]!, at);
	}

	return filled;
};

/** The lists with these words in their places. */
export const fill = (template: Template, words: readonly Word[]): Uint8Array[] => {
	const filled = putIn(template, words);
	return template.parts.map(([begin, end]) => filled.subarray(begin, end));
};

/** In its place: of the same size, every byte of it tells which word it is, and the two kinds differ in each. */
const standIn = (word: Word, index: number, isSecond: boolean): Word => {
	const byte = (isSecond ? 0x61 : 0x41) + index;
	return typeof word === 'string' ? String.fromCharCode(byte).repeat(word.length) : byte * 0x01_01_01_01;
};

/** Each begins on 8 bytes. */
const concatenate = (lists: readonly Uint8Array[]): Pick<Template, 'bytes' | 'parts'> => {
	const parts: Array<[number, number]> = [];
	let size = 0;
	for (const {length} of lists) {
		parts.push([size, size + length]);
		size = Math.ceil((size + length) / 8) * 8;
	}

	const bytes = new Uint8Array(size);
	for (const [index, [begin]] of parts.entries()) {
		bytes.set(lists[index]!, begin);
	}

	return {bytes, parts};
};

/**
 * Finds the words by making the lists twice, with two stand-ins for each that have no byte in common: where the
 * bytes differ a word is, whatever else the lists say.
 *
 * @param words Such as will be put in: kinds and lengths are theirs. At most 26.
 * @param make Does the same whatever the words are.
 * @returns undefined if there is more to it than words in their places.
 */
export const templateOf = (words: readonly Word[], make: (words: readonly Word[]) => readonly Uint8Array[]): Template | undefined => {
	const secondWords = words.map((word, index) => standIn(word, index, true));
	const first = concatenate(make(words.map((word, index) => standIn(word, index, false))));
	const second = concatenate(make(secondWords));
	const sizes = words.map(word => bytesOf(word).length);
	const places: Array<[number, number]> = [];
	for (let at = 0; at < first.bytes.length; at++) {
		if (first.bytes[at] !== second.bytes[at]) {
			const word = first.bytes[at]! - 0x41;
			if (!(word in words)) {
				return undefined;
			}

			places.push([at, word]);
			at += sizes[word]! - 1;
		}
	}

	const template = {...first, places};
	const again = first.bytes.length === second.bytes.length ? putIn(template, secondWords) : undefined;
	return again?.every((byte, at) => byte === second.bytes[at]) ? template : undefined;
};
