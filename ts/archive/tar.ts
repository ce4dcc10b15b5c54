// tar, as a stream of entries out and in; of the formats of others only what tar-stream knows.
import {createReadStream, createWriteStream} from 'node:fs';
import {open} from 'node:fs/promises';
import {Readable, type Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {extract, pack, type Header, type Pack} from 'tar-stream';
import {CtnError} from '../errors.js';
import {compressed, compressionOf, decompressed, type Compression} from './compression.js';

export interface TarHeader extends Readonly<Partial<Omit<Header, 'pax'>>> {
	readonly name: string;
	/** Records of a pax header, besides those that the others become. */
	readonly pax?: Readonly<Record<string, string>>;
}

/** tar-stream's streams are streamx's: pipeline() takes them, the types of Node do not know. */
const nodeReadable = (stream: unknown): Readable => stream as Readable;
const nodeWritable = (stream: unknown): Writable => stream as Writable;

/** Writes an archive, entry by entry. */
export class TarWriter {
	readonly #pack: Pack = pack();
	readonly #written: Promise<void>;
	/** Why nothing more is written. */
	#error: Error | undefined;
	/** Tells whoever waits for an entry. */
	#fail: (error: Error) => void = () => {};

	/** @param file Must not be there. */
	constructor(file: string, compression: Compression = 'none') {
		this.#written = pipeline(compressed(nodeReadable(this.#pack), compression), createWriteStream(file, {flags: 'wx', mode: 0o600, flush: true}));
		this.#written.catch((error: Error) => {
			this.#error = error;
			this.#fail(error);
		});
	}

	/** @param content For a file: as many bytes as its header says. */
	async add(header: TarHeader, content?: Readable | Uint8Array): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.#fail = reject;
			const done = (error?: Error | null): void => error ? reject(error) : resolve();
			if (this.#error) {
				reject(this.#error);
			} else if (content instanceof Readable) {
				pipeline(content, nodeWritable(this.#pack.entry(header))).then(resolve, reject);
			} else {
				this.#pack.entry({...header, size: content?.length ?? 0}, Buffer.from(content ?? []), done);
			}
		});
	}

	async end(): Promise<void> {
		this.#pack.finalize();
		await this.#written;
	}

	/** Gives up; the file is the caller's to remove. */
	async abandon(): Promise<void> {
		this.#pack.destroy(new Error('abandoned'));
		await this.#written.catch(() => {});
	}
}

/** What an archive says of one of its entries. */
export interface ArchiveEntry extends TarHeader {
	/** Of its first byte, in the archive if that is not compressed. */
	readonly position: number;
}

/** `enough`: what follows is not looked at. */
export type EntryTaken = 'enough' | undefined | void;

/** A header of tar. Source: pax(1). */
const headerBytes = 512;

/** How much an archive may hold. */
export interface ArchiveLimits {
	/** Bytes of all entries together, unpacked. Default: 64 GiB. */
	readonly maxBytes?: number;
	/** Default: 1,000,000. */
	readonly maxEntries?: number;
}

const checked = ({maxBytes = 64 * 2 ** 30, maxEntries = 1_000_000}: ArchiveLimits): Required<ArchiveLimits> => {
	for (const [subject, limit] of Object.entries({maxBytes, maxEntries})) {
		if (!Number.isSafeInteger(limit) || limit < 0) {
			throw new CtnError('ERR_ARGUMENT', `${subject} must be a number of ${subject === 'maxBytes' ? 'bytes' : 'entries'}`, {subject});
		}
	}

	return {maxBytes, maxEntries};
};

/** How a file is compressed. */
export const compressionOfFile = async (file: string): Promise<Compression> => {
	const head = Buffer.alloc(4);
	const handle = await open(file);
	await handle.read(head, 0, head.length, 0).finally(async () => handle.close());
	return compressionOf(head);
};

/**
 * Reads an archive, compressed or not; each entry is to be read to its end, or left alone.
 *
 * @throws CtnError `ERR_ARGUMENT` for limits that are none; `ERR_ARCHIVE` if it is no archive, or holds more than the limits; and what `take` throws.
 */
export const readTar = async (file: string, limits: ArchiveLimits, take: (entry: ArchiveEntry, content: Readable) => Promise<EntryTaken>): Promise<void> => {
	const {maxBytes, maxEntries} = checked(limits);
	const compression = await compressionOfFile(file);
	const source = createReadStream(file);
	const unpacked = decompressed(source, compression);
	const entries = extract();
	const fed = pipeline(unpacked, nodeWritable(entries));
	let bytes = 0;
	let count = 0;
	try {
		for await (const content of entries) {
			const header = content.header as TarHeader;
			bytes += content.header.size;
			if (bytes > maxBytes || ++count > maxEntries) {
				throw new CtnError('ERR_ARCHIVE', `${file} holds more than ${bytes > maxBytes ? `${maxBytes} bytes` : `${maxEntries} entries`}`, {subject: file, cure: 'allow more, if you trust it'});
			}

			if (await take({...header, position: content.offset + headerBytes}, nodeReadable(content)) === 'enough') {
				fed.catch(() => {});
				return;
			}

			content.resume(); // What was not read
		}

		await fed;
	} catch (error) {
		fed.catch(() => {});
		throw error instanceof CtnError || (error instanceof Error && 'syscall' in error)
			? error
			: new CtnError('ERR_ARCHIVE', `${file} cannot be read as an archive: ${(error as Error).message}`, {subject: file, cause: error});
	} finally {
		source.destroy();
		unpacked.destroy();
		entries.destroy();
	}
};
