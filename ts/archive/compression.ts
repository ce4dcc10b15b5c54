// Archives as they are compressed: by zstd, by gzip, or not at all. What they are is seen by their first bytes.
import {spawn} from 'node:child_process';
import {PassThrough, type Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import * as zlib from 'node:zlib';
import {CtnError} from '../errors.js';

export type Compression = 'zstd' | 'gzip' | 'none';

const magics: ReadonlyArray<readonly [Compression, readonly number[]]> = [
	['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
	['gzip', [0x1f, 0x8b]],
];

/** zstd in Node, where it has it: from 22.15 on. */
interface ZstdOfNode {
	readonly createZstdCompress?: () => NodeJS.ReadWriteStream;
	readonly createZstdDecompress?: () => NodeJS.ReadWriteStream;
}

const {createZstdCompress, createZstdDecompress} = zlib as ZstdOfNode;

/** Passes a stream through the program `zstd`. What comes out ends well only if the program did. */
const throughProgram = (source: Readable, ...args: string[]): Readable => {
	const child = spawn('zstd', args, {stdio: ['pipe', 'pipe', 'pipe']});
	const output = new PassThrough();
	let complaint = '';
	child.stderr.on('data', text => {
		complaint += String(text);
	});
	child.once('error', error => output.destroy(new CtnError('ERR_ARCHIVE', `the program zstd cannot be run: ${error.message}`, {
		cause: error, cure: 'install it (apt-get install zstd), or use Node 22.15 or newer',
	})));
	child.once('close', code => {
		if (code === 0) {
			output.end();
		} else {
			output.destroy(new CtnError('ERR_ARCHIVE', `zstd failed: ${complaint.trim() || `exit code ${code}`}`));
		}
	});
	pipeline(source, child.stdin).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== 'EPIPE') { // Else it has said why it reads no more
			output.destroy(error);
		}
	});
	output.once('close', () => child.kill());
	child.stdout.pipe(output, {end: false});
	return output;
};

const through = (source: Readable, transform: NodeJS.ReadWriteStream): Readable => {
	const output = new PassThrough();
	pipeline(source, transform, output).catch(() => {}); // Which the output tells, too
	return output;
};

export const compressed = (source: Readable, compression: Compression): Readable => {
	switch (compression) {
		case 'gzip': {
			return through(source, zlib.createGzip());
		}

		case 'zstd': {
			return createZstdCompress ? through(source, createZstdCompress()) : throughProgram(source, '--quiet', '--threads=0', '-3');
		}

		case 'none': {
			return source;
		}
	}
};

/** How bytes are compressed, by how they begin. */
export const compressionOf = (head: Uint8Array): Compression =>
	magics.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0] ?? 'none';

export const decompressed = (source: Readable, compression: Compression): Readable => {
	switch (compression) {
		case 'gzip': {
			return through(source, zlib.createGunzip());
		}

		case 'zstd': {
			return createZstdDecompress ? through(source, createZstdDecompress()) : throughProgram(source, '--quiet', '--decompress', '--stdout');
		}

		case 'none': {
			return source;
		}
	}
};
