// The images in an archive of podman, CRI-O, containerd or ours, without an import.
import {realpath} from 'node:fs/promises';
import {resolve} from 'node:path';
import {openArchive, type OpenArchive} from '../archive/open.js';
import type {ArchiveLimits} from '../archive/tar.js';
import {Images} from './images.js';
import type {ImageFile} from './reader.js';

/** Closes the files of archives that nobody can read any more. */
const forgotten = new FinalizationRegistry<OpenArchive['handle']>(handle => {
	handle.close().catch(() => {});
});

export class ImageArchive extends Images {
	readonly path: string;
	readonly #archive: OpenArchive;

	private constructor(path: string, archive: OpenArchive) {
		super();
		this.path = path;
		this.#archive = archive;
		forgotten.register(this, archive.handle, this);
	}

	/** @throws CtnError `ERR_ARCHIVE`, as an import of it does. */
	static async open(path: string, limits: ArchiveLimits): Promise<ImageArchive> {
		const found = await realpath(resolve(path));
		return new ImageArchive(found, await openArchive(found, limits));
	}

	async sizes(): Promise<Map<string, number>> {
		return new Map([...this.#archive.files].map(([name, {size}]) => [name, size]));
	}

	async file(name: string): Promise<ImageFile | undefined> {
		const {handle, files} = this.#archive;
		const {start, size} = files.get(name) ?? {};
		const path = `${this.path}: ${name}`;
		return start === undefined || size === undefined ? undefined : {path, identity: path, size, within: {handle, start, owner: this}};
	}

	/** What it builds upon is in another archive, which nobody has named. */
	async parents(): Promise<readonly Images[]> {
		return [];
	}

	async close(): Promise<void> {
		forgotten.unregister(this);
		await this.#archive.handle.close();
	}
}
