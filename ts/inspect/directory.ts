// A directory of images, read for what it may be: something that a stranger has made.
import {lstat, readdir, readlink, realpath} from 'node:fs/promises';
import {resolve} from 'node:path';
import {Images} from './images.js';
import {codeOf, invalid, openFile, type ImageFile} from './reader.js';

/** Checkpoints that each begin where another one ended. CRIU knows no limit; a circle has no end. */
const mostParents = 1024;

export class ImageDirectory extends Images {
	/** Absolute, and without links. */
	readonly path: string;

	private constructor(path: string) {
		super();
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

	async sizes(): Promise<Map<string, number>> {
		try {
			const names = (await readdir(this.path)).sort();
			const stats = await Promise.all(names.map(async name => lstat(`${this.path}/${name}`)));
			return new Map(names.flatMap((name, index) => stats[index]!.isFile() ? [[name, stats[index]!.size]] : []));
		} catch (error) {
			throw invalid(this.path, codeOf(error), error);
		}
	}

	async file(name: string): Promise<ImageFile | undefined> {
		const path = `${this.path}/${name}`;
		const file = await openFile(path);
		await file?.handle.close();
		return file && {path, identity: `${file.stat.dev}:${file.stat.ino}`, size: Number(file.stat.size)};
	}

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
