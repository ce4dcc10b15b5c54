// Bytes of images, from files that may be something that a stranger has made.
import {constants, type BigIntStats} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import {CtnError} from '../errors.js';

/** A FIFO must not keep us waiting, and no link leads out of the directory. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export const invalid = (path: string, why: string, cause?: unknown): CtnError =>
	new CtnError('ERR_CHECKPOINT_IMAGES', `${path} cannot be read: ${why}`, {subject: path, cause});

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** Opens a regular file; undefined if there is none of the name. The caller closes it. */
export const openFile = async (path: string): Promise<{handle: FileHandle; stat: BigIntStats} | undefined> => {
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

/** An image: where its bytes are, without having read them. */
export interface ImageFile {
	/** For messages; of a file in an archive it names both. */
	readonly path: string;
	/** The same for the same file, whatever leads to it. */
	readonly identity: string;
	readonly size: number;
	/** The archive that it is in: open for as long as somebody has its owner, and where in it. */
	readonly within?: {readonly handle: FileHandle; readonly start: number; readonly owner: object};
}

/** Open files, for as long as something reads them. */
export class ImageReader {
	readonly #open = new Map<string, Promise<FileHandle>>();

	/**
	 * Fills `into` from a position of the file.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if the file ends before.
	 */
	async read({path, within}: ImageFile, position: number, into: Uint8Array): Promise<void> {
		const file = within?.handle ?? await this.#opened(path);
		const start = (within?.start ?? 0) + position;
		for (let done = 0; done < into.length;) {
			const {bytesRead} = await file.read(into, done, into.length - done, start + done);
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

	async #opened(path: string): Promise<FileHandle> {
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

		return handle;
	}
}

/** A reader for as long as the callback takes. */
export const withReader = async <Result>(use: (reader: ImageReader) => Promise<Result>): Promise<Result> => {
	const reader = new ImageReader();
	try {
		return await use(reader);
	} finally {
		await reader.close();
	}
};
