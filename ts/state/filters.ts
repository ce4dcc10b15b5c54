/**
 * Seccomp filters that outlive the program: files beside the containers of a root, for a program that makes one
 * container and ends. Whoever may write there may write states, too; no container may.
 */
import {O_CREAT, O_EXCL} from '../linux/constants.js';
import {decodeUtf8, encodeUtf8} from '../linux/utf8.js';
import type {Native} from '../native/native.js';
import {statOf} from '../native/results.js';

/** What is kept: as CompiledSeccomp has it. */
export interface KeptFilter {
	readonly filter: Uint8Array;
	readonly flags: number;
	readonly notify: boolean;
}

/** In front of the instructions, as JSON that ends with a NUL. The whole key is there: files may share a name. */
interface Head extends Omit<KeptFilter, 'filter'> {
	readonly version: string;
	readonly key: string;
	/** Of the filter: a file that was cut off is none. */
	readonly size: number;
}

/** So many files at most; a filter takes the place of the one that is there. */
const places = 64;

/** How many characters of a key say where it goes. */
const samples = 64;

const placeOf = (key: string): number => {
	let sum = key.length;
	for (let sample = 0; sample < samples; sample++) {
		sum = (sum * 31 + key.charCodeAt(Math.floor(sample * key.length / samples))) % 0xffff_ffff;
	}

	return sum % places;
};

/** Nobody else may write here. */
const othersMayWrite = 0o22;

const parse = (bytes: Uint8Array, version: string, key: string): KeptFilter | undefined => {
	const end = bytes.indexOf(0);
	try {
		const head = JSON.parse(decodeUtf8(bytes.subarray(0, end))) as Head;
		const filter = bytes.subarray(end + 1);
		const isIt = head.version === version && head.key === key && head.size === filter.length;
		return isIt ? {filter, flags: head.flags, notify: head.notify} : undefined;
	} catch {
		return undefined;
	}
};

export class FilterStore {
	readonly #native: Native;
	readonly #root: string;
	readonly #version: string;

	/** @param version Of the compiler: what another one has left is not taken. */
	constructor(native: Native, root: string, version: string) {
		this.#native = native;
		this.#root = root;
		this.#version = version;
	}

	/** No id has a colon. */
	#path(key: string): string {
		return `${this.#root}/seccomp:${placeOf(key)}`;
	}

	/**
	 * The filter of this key; or what `compile` returns, kept for the next time if it can be. In a root that belongs to
	 * others than `uid`, or that they may write to, nothing is looked for.
	 */
	async find(key: string, uid: number, compile: () => KeptFilter): Promise<KeptFilter> {
		const path = this.#path(key);
		const [stat, bytes] = await this.#native.batch([
			{op: 'stat', path: this.#root, nofollow: 1, okErrno: 'any'},
			{op: 'read', path, max: 1 << 20, okErrno: 'any'},
		]);
		const root = statOf(stat);
		if (root?.uid !== uid || (root.mode & othersMayWrite) !== 0) {
			return compile();
		}

		const found = bytes instanceof Uint8Array ? parse(bytes, this.#version, key) : undefined;
		return found ?? this.#keep(path, key, compile());
	}

	async #keep(path: string, key: string, compiled: KeptFilter): Promise<KeptFilter> {
		const {filter, ...rest} = compiled;
		const head = encodeUtf8(`${JSON.stringify({version: this.#version, key, size: filter.length, ...rest} satisfies Head)}\0`);
		const data = new Uint8Array(head.length + filter.length);
		data.set(head);
		data.set(filter, head.length);
		const temporary = `${path}:${Math.random().toString(36).slice(2)}`;
		await this.#native.batch([
			{op: 'write', path: temporary, data, flags: O_CREAT | O_EXCL, mode: 0o600, okErrno: 'any'},
			{op: 'rename', from: temporary, to: path, okErrno: 'any'},
		]);
		return compiled;
	}
}
