// node:crypto, by the kernel's chance and coreutils.
import {Buffer} from 'buffer';
import {spawnSync} from './child_process.js';
import {closeSync, openSync, readSync} from './fs.js';

export const randomBytes = (size: number): Buffer => {
	const bytes = Buffer.alloc(size);
	const fd = openSync('/dev/urandom');
	try {
		for (let at = 0; at < size;) {
			at += readSync(fd, bytes, at, size - at);
		}
	} finally {
		closeSync(fd);
	}

	return bytes;
};

class Hash {
	readonly #program: string;
	readonly #chunks: Buffer[] = [];

	constructor(program: string) {
		this.#program = program;
	}

	update(data: string | Uint8Array): this {
		this.#chunks.push(Buffer.from(data as Uint8Array));
		return this;
	}

	digest(encoding?: 'hex'): string | Buffer {
		const {stdout} = spawnSync(this.#program, [], {input: Buffer.concat(this.#chunks), encoding: 'utf8'});
		const hex = (stdout as string).slice(0, (stdout as string).indexOf(' '));
		return encoding ? hex : Buffer.from(hex, 'hex');
	}
}

/** @param algorithm `sha256`, `md5` …, as coreutils have it. */
export const createHash = (algorithm: string): Hash => new Hash(`${algorithm}sum`);
