// A directory of images, read for what it may be: something that a stranger has made.
import {constants, type BigIntStats} from 'node:fs';
import {lstat, open, readdir, readlink, realpath, type FileHandle} from 'node:fs/promises';
import {resolve} from 'node:path';
import {CtnError} from '../errors.js';

/** A FIFO must not keep us waiting, and no link leads out of the directory. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Of everything but pages: the images of a thousand processes are far below. */
const mostBytes = 1 << 28;

/** Checkpoints that each begin where another one ended. CRIU knows no limit; a circle has no end. */
const mostParents = 1024;

const invalid = (path: string, why: string, cause?: unknown): CtnError =>
	new CtnError('ERR_CHECKPOINT_IMAGES', `${path} cannot be read: ${why}`, {subject: path, cause});

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** Opens a regular file; undefined if there is none of the name. The caller closes it. */
const openFile = async (path: string): Promise<{handle: FileHandle; stat: BigIntStats} | undefined> => {
	let handle: FileHandle;
	try {
		handle = await open(path, flags);
	} catch (error) {
		if (codeOf(error) === 'ENOENT') {
			return undefined;
		}

		throw invalid(path, codeOf(error), error);
	}

	const stat = await handle.stat({bigint: true});
	if (!stat.isFile()) {
		await handle.close();
		throw invalid(path, 'it is no file');
	}

	return {handle, stat};
};

/** A file of pages: where bytes are, without having read them. */
export interface PagesFile {
	readonly path: string;
	/** The same for the same file, whatever leads to it. */
	readonly identity: string;
	readonly size: number;
}

export interface CheckpointSize {
	/** Bytes of all files. */
	readonly total: number;
	/** Bytes of the pages among them. */
	readonly pages: number;
}

export class ImageDirectory {
	/** Absolute, and without links. */
	readonly path: string;

	private constructor(path: string) {
		this.path = path;
	}

	/** @throws CtnError `ERR_CHECKPOINT_IMAGES` if it cannot be opened. */
	static async open(path: string): Promise<ImageDirectory> {
		try {
			return new ImageDirectory(await realpath(resolve(path)));
		} catch (error) {
			throw invalid(path, codeOf(error), error);
		}
	}

	async size(): Promise<CheckpointSize> {
		try {
			const names = await readdir(this.path);
			const sizes = await Promise.all(names.map(async name => {
				const stat = await lstat(`${this.path}/${name}`);
				return stat.isFile() ? stat.size : 0;
			}));
			const sum = (wanted: (name: string) => boolean): number => sizes.reduce((total, size, index) => total + (wanted(names[index]!) ? size : 0), 0);
			return {total: sum(() => true), pages: sum(name => name.startsWith('pages-'))};
		} catch (error) {
			throw invalid(this.path, codeOf(error), error);
		}
	}

	/**
	 * The whole of a file; undefined if there is none.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no file, or has more than 256 MiB.
	 */
	async read(name: string): Promise<Uint8Array | undefined> {
		const file = await openFile(`${this.path}/${name}`);
		if (file === undefined) {
			return undefined;
		}

		try {
			if (file.stat.size > mostBytes) {
				throw invalid(`${this.path}/${name}`, `it has ${file.stat.size} bytes`);
			}

			return await file.handle.readFile();
		} finally {
			await file.handle.close();
		}
	}

	/** read() of a file that has to be there. */
	async need(name: string): Promise<Uint8Array> {
		const bytes = await this.read(name);
		if (bytes === undefined) {
			throw new CtnError('ERR_CHECKPOINT_IMAGES', `${this.path} holds no complete checkpoint: there is no ${name}`, {subject: this.path});
		}

		return bytes;
	}

	/** What is known of a file without reading it; undefined if there is none. */
	async pages(name: string): Promise<PagesFile | undefined> {
		const path = `${this.path}/${name}`;
		const file = await openFile(path);
		await file?.handle.close();
		return file && {path, identity: `${file.stat.dev}:${file.stat.ino}`, size: Number(file.stat.size)};
	}

	/**
	 * The checkpoints before this one, nearest first: each is `parent` of the one before.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if one is not there, or they go round in a circle.
	 */
	async parents(): Promise<ImageDirectory[]> {
		const found: ImageDirectory[] = [];
		for (let child = new ImageDirectory(this.path); ;) {
			let target: string;
			try {
				target = await readlink(`${child.path}/parent`);
			} catch (error) {
				if (codeOf(error) === 'ENOENT') {
					return found;
				}

				throw invalid(`${child.path}/parent`, codeOf(error), error);
			}

			child = await ImageDirectory.open(resolve(child.path, target));
			found.push(child);
			if (found.length > mostParents || child.path === this.path) {
				throw invalid(`${this.path}/parent`, 'the checkpoints before it have no end');
			}
		}
	}
}

/** Open files of pages, for as long as something reads them. */
export class PagesReader {
	readonly #open = new Map<string, Promise<FileHandle>>();

	/**
	 * Fills `into` from a position of the file.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if the file ends before.
	 */
	async read({path}: PagesFile, position: number, into: Uint8Array): Promise<void> {
		let handle = this.#open.get(path);
		if (handle === undefined) {
			handle = openFile(path).then(file => {
				if (file === undefined) {
					throw invalid(path, 'it is gone');
				}

				return file.handle;
			});
			this.#open.set(path, handle);
		}

		const file = await handle;
		for (let done = 0; done < into.length;) {
			const {bytesRead} = await file.read(into, done, into.length - done, position + done);
			if (bytesRead === 0) {
				throw invalid(path, 'it is cut off');
			}

			done += bytesRead;
		}
	}

	async close(): Promise<void> {
		for (const handle of this.#open.values()) {
			await handle.then(async file => file.close(), () => {});
		}

		this.#open.clear();
	}
}

/** A reader for as long as the callback takes. */
export const withPages = async <Result>(use: (reader: PagesReader) => Promise<Result>): Promise<Result> => {
	const reader = new PagesReader();
	try {
		return await use(reader);
	} finally {
		await reader.close();
	}
};
