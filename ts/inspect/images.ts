// The images of one checkpoint, wherever they are: what is common to a directory and an archive of them.
import {CtnError} from '../errors.js';
import {sha256Of} from '../images/digest.js';
import {invalid, withReader, type ImageFile} from './reader.js';

/** Of everything but pages: the images of a thousand processes are far below. */
const mostBytes = 1 << 28;

export interface CheckpointSize {
	/** Bytes of all files. */
	readonly total: number;
	/** Bytes of the pages among them. */
	readonly pages: number;
	/** Bytes of what was kept of the root filesystem, among them. */
	readonly rootfs: number;
}

export abstract class Images {
	/** Of the directory or the archive: absolute, and without links. */
	abstract readonly path: string;

	/** Bytes of each file, by name. */
	abstract sizes(): Promise<ReadonlyMap<string, number>>;

	/**
	 * What is known of a file without reading it; undefined if there is none.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no file.
	 */
	abstract file(name: string): Promise<ImageFile | undefined>;

	/**
	 * The checkpoints before this one, nearest first: each is `parent` of the one before.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if one is not there, or they go round in a circle.
	 */
	abstract parents(): Promise<readonly Images[]>;

	async size(): Promise<CheckpointSize> {
		const sizes = [...await this.sizes()];
		const sum = (wanted: (name: string) => boolean): number => sizes.reduce((total, [name, size]) => total + (wanted(name) ? size : 0), 0);
		return {total: sum(() => true), pages: sum(name => name.startsWith('pages-')), rootfs: sum(name => name === 'rootfs-diff.tar')};
	}

	/**
	 * The whole of a file; undefined if there is none.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no file, or has more than 256 MiB.
	 */
	async read(name: string): Promise<Uint8Array | undefined> {
		const file = await this.file(name);
		if (file === undefined) {
			return undefined;
		}

		if (file.size > mostBytes) {
			throw invalid(file.path, `it has ${file.size} bytes`);
		}

		const bytes = new Uint8Array(file.size);
		await withReader(async reader => reader.read(file, 0, bytes));
		return bytes;
	}

	/** SHA-256 of a file that is there, in hexadecimal. */
	async digest(name: string): Promise<string> {
		const {path, size, within} = (await this.file(name))!;
		return sha256Of(within ? {...within, size} : path);
	}

	/** read() of a file that has to be there. */
	async need(name: string): Promise<Uint8Array> {
		const bytes = await this.read(name);
		if (bytes === undefined) {
			throw new CtnError('ERR_CHECKPOINT_IMAGES', `${this.path} holds no complete checkpoint: there is no ${name}`, {subject: this.path});
		}

		return bytes;
	}
}
