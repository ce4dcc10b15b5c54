/**
 * Unpacks a tar archive into a directory, as what it says: owners, modes, times, links, attributes.
 *
 * Whoever wrote the archive may wish the host ill. Nothing is written through a symlink, no link leads
 * to what the archive did not bring or find there, and a device is made only for who asks for them.
 */
import {constants, createWriteStream} from 'node:fs';
import {chmod, lchown, link, lutimes, mkdir, readdir, readFile, symlink, type FileHandle} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {Native} from '../native/native.js';
import {deletedFile, diffFile} from './capture.js';
import {withCodes} from './failure.js';
import {readTar, type ArchiveLimits, type TarHeader} from './tar.js';
import {components, enter, lookAt, refused, Tree, within} from './tree.js';
import {xattrOps} from './xattrs.js';

export interface UnpackOptions extends ArchiveLimits {
	/** Make the devices of the archive. Default: false, it is refused. */
	readonly devices?: boolean;
}

const types: Readonly<Record<string, number>> = {'character-device': constants.S_IFCHR, 'block-device': constants.S_IFBLK, fifo: constants.S_IFIFO};

/** Names by which a layer of an image tells what is gone. Source: OCI image-spec, layer.md, Whiteouts. */
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

class Unpacking {
	readonly #native: Native;
	readonly #tree: Tree;
	readonly #options: UnpackOptions;

	constructor(native: Native, tree: Tree, options: UnpackOptions) {
		this.#native = native;
		this.#tree = tree;
		this.#options = options;
	}

	async take(header: TarHeader, content: Readable): Promise<void> {
		const names = components(header.name);
		const last = names.at(-1);
		if (last === undefined) {
			return; // The root itself, which is the caller's
		}

		const parent = (await this.#tree.directory(names.slice(0, -1), true))!;
		if (last.startsWith(whiteout)) {
			await this.#whiteout(names, last, parent);
			return;
		}

		await this.#make(header, names, parent, content);
		if (header.type !== 'link') {
			await this.#dress(header, within(parent, last));
		}
	}

	async #whiteout(names: readonly string[], last: string, parent: FileHandle): Promise<void> {
		if (last !== opaque) {
			const gone = last.slice(whiteout.length);
			if (['', '.', '..'].includes(gone)) {
				throw refused(names.join('/'), 'is a whiteout of nothing in its directory');
			}

			await this.#tree.remove([...names.slice(0, -1), gone]);
			return;
		}

		for (const name of await readdir(within(parent, '.'))) {
			await this.#tree.remove([...names.slice(0, -1), name]);
		}
	}

	/** In the place of what is there; a directory stays if the entry is one. */
	async #make(header: TarHeader, names: readonly string[], parent: FileHandle, content: Readable): Promise<void> {
		const last = names.at(-1)!;
		const there = await lookAt(parent, last);
		if (there !== undefined && !(there.isDirectory() && header.type === 'directory')) {
			await this.#tree.remove(names);
		}

		const path = within((await this.#tree.directory(names.slice(0, -1), true))!, last);
		switch (header.type) {
			case 'file':
			case 'contiguous-file': {
				await pipeline(content, createWriteStream(path, {flags: 'wx', mode: 0o600}));
				return;
			}

			case 'directory': {
				if (!there?.isDirectory()) {
					await mkdir(path, 0o700);
				}

				return;
			}

			case 'symlink': {
				await symlink(header.linkname ?? '', path);
				return;
			}

			case 'link': {
				await this.#link(header, names);
				return;
			}

			case 'fifo':
			case 'character-device':
			case 'block-device': {
				if (header.type !== 'fifo' && !this.#options.devices) {
					throw refused(header.name, 'is a device, and none were asked for');
				}

				await this.#native.batch([{op: 'make_node', path, mode: types[header.type]! | 0o600, major: header.devmajor ?? 0, minor: header.devminor ?? 0}]);
				return;
			}

			default: {
				throw refused(header.name, `is a ${header.type ?? 'thing'} that is not known`);
			}
		}
	}

	/** Only to a file in the tree, and never through a symlink. */
	async #link({name, linkname}: TarHeader, names: readonly string[]): Promise<void> {
		const target = components(linkname ?? '');
		const found = target.length === 0 ? undefined : await this.#tree.directory(target.slice(0, -1), false);
		if (found === undefined || !(await lookAt(found, target.at(-1)!))?.isFile()) {
			throw refused(name, `is a link to ${JSON.stringify(linkname)}, which is no file in there`);
		}

		const held = await enter(found, '.'); // The next call closes it otherwise
		try {
			const parent = (await this.#tree.directory(names.slice(0, -1), true))!;
			await link(within(held, target.at(-1)!), within(parent, names.at(-1)!));
		} finally {
			await held.close();
		}
	}

	/** Owner before mode: a change of owner takes setuid away. */
	async #dress({name, uid = 0, gid = 0, mode = 0o644, mtime, type, pax}: TarHeader, path: string): Promise<void> {
		await lchown(path, uid, gid);
		if (type !== 'symlink') {
			await chmod(path, mode & 0o7777); // It is what was just made, and no symlink
		}

		const ops = xattrOps(name, pax, path);
		if (ops.length > 0) {
			await this.#native.batch(ops);
		}

		if (mtime !== undefined) {
			await lutimes(path, mtime, mtime);
		}
	}
}

/**
 * @param directory Where to; what is there stays, unless the archive has an entry for it.
 * @throws CtnError `ERR_ARCHIVE`. What was unpacked until then stays.
 */
export const unpackTar = async (native: Native, file: string, directory: string, options: UnpackOptions = {}): Promise<void> => {
	const tree = await Tree.open(directory);
	try {
		const unpacking = new Unpacking(native, tree, options);
		await readTar(file, options, async (header, content) => unpacking.take(header, content));
	} finally {
		await tree.close();
	}
};

/** The paths of `deleted.files`; none if there is no such file. */
export const readDeleted = async (directory: string): Promise<string[]> => {
	const text = await readFile(`${directory}/${deletedFile}`, 'utf8').catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') {
			return '[]';
		}

		throw error;
	});
	const paths: unknown = (() => {
		try {
			return JSON.parse(text);
		} catch (error) {
			throw refused(deletedFile, 'is no JSON', error);
		}
	})();
	if (!Array.isArray(paths) || !paths.every(path => typeof path === 'string')) {
		throw refused(deletedFile, 'is no list of paths');
	}

	return paths as string[];
};

/**
 * Makes a root filesystem what it was at a checkpoint: what was deleted goes, what was changed comes.
 *
 * @param directory Of the checkpoint.
 * @param rootfs Path of the root filesystem as it was before the container ran.
 * @throws CtnError `ERR_ARCHIVE`
 */
export const applyRootfs = async (native: Native, directory: string, rootfs: string, options: UnpackOptions = {}): Promise<void> => withCodes(async () => {
	const deleted = (await readDeleted(directory)).map(path => components(path.replace(/^\/+/, '')));
	const tree = await Tree.open(rootfs);
	try {
		for (const names of deleted) {
			await tree.remove(names);
		}
	} finally {
		await tree.close();
	}

	await unpackTar(native, `${directory}/${diffFile}`, rootfs, options);
});
