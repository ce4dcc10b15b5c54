/**
 * What a container changed in its root filesystem, as podman keeps it: `rootfs-diff.tar`, and in
 * `deleted.files` the paths that are gone.
 *
 * The container stands still meanwhile. The names are its own, so all is opened by descriptor (tree.ts).
 */
import type {Stats} from 'node:fs';
import {constants} from 'node:fs';
import {lstat, open, readdir, readlink, writeFile, type FileHandle} from 'node:fs/promises';
import {CtnError} from '../errors.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Native} from '../native/native.js';
import {TarWriter, type TarHeader} from './tar.js';
import {enter, lookAt, Tree, within} from './tree.js';
import {parseXattrs, xattrRecords, type Xattrs} from './xattrs.js';

/** Where the changes are. */
export type RootfsSource =
	/** An overlay: its upper directory, and those below it. */
	| {readonly kind: 'overlay'; readonly upper: string; readonly lower: readonly string[]}
	/** A directory, and what it was at first; all of it without. */
	| {readonly kind: 'directory'; readonly path: string; readonly base?: string | undefined};

export const diffFile = 'rootfs-diff.tar';
export const deletedFile = 'deleted.files';

const unsupported = (path: string, why: string): CtnError =>
	new CtnError('ERR_CHECKPOINT_UNSUPPORTED', `the root filesystem cannot be captured: /${path} ${why}`, {subject: `/${path}`, cure: 'checkpoint without rootfs'});

interface Item {
	readonly name: string;
	readonly stats: Stats;
	readonly xattrs: Xattrs;
}

/** All that is in a directory, by name. */
const itemsOf = async (native: Native, directory: FileHandle, path: string): Promise<Item[]> => {
	const names = (await readdir(within(directory, '.'), {encoding: 'buffer'})).map(name => decodeUtf8(name)).sort();
	const broken = names.find(name => name.includes('\uFFFD'));
	if (broken !== undefined) {
		throw unsupported(`${path}${broken}`, 'has a name that is no UTF-8');
	}

	const xattrs = await native.batch(names.map(name => ({op: 'xattrs', path: within(directory, name), okErrno: 'any'})));
	return Promise.all(names.map(async (name, index) => ({name, stats: await lstat(within(directory, name)), xattrs: parseXattrs(xattrs[index])})));
};

const isWhiteout = ({stats, xattrs}: Item): boolean =>
	(stats.isCharacterDevice() && stats.rdev === 0) || xattrs.has('trusted.overlay.whiteout');

/** Overlay options under which the upper directory alone does not tell what was changed. */
const refersBelow = ['trusted.overlay.redirect', 'trusted.overlay.metacopy'];

/** As in glibc's makedev(3). */
const deviceNumbers = (rdev: number): {devmajor: number; devminor: number} => ({
	devmajor: Math.floor(rdev / 256) % 4096,
	devminor: (rdev % 256) + (Math.floor(rdev / 2 ** 20) * 256),
});

const typeOf = (stats: Stats): NonNullable<TarHeader['type']> | undefined =>
	stats.isFile() ? 'file'
		: stats.isDirectory() ? 'directory'
			: stats.isSymbolicLink() ? 'symlink'
				: stats.isFIFO() ? 'fifo'
					: stats.isCharacterDevice() ? 'character-device'
						: stats.isBlockDevice() ? 'block-device'
							: undefined; // A socket: CRIU binds it again

class Capture {
	readonly deleted: string[] = [];
	readonly #native: Native;
	readonly #tar: TarWriter;
	/** First name of files with more than one, by inode. */
	readonly #links = new Map<string, string>();

	constructor(native: Native, tar: TarWriter) {
		this.#native = native;
		this.#tar = tar;
	}

	/** @param path Of the directory, with a slash at its end unless it is the root. */
	async overlay(directory: FileHandle, path: string, lower: readonly string[]): Promise<void> {
		for (const item of await itemsOf(this.#native, directory, path)) {
			const name = path + item.name;
			if (isWhiteout(item)) {
				this.deleted.push(`/${name}`);
				continue;
			}

			const referring = refersBelow.find(key => item.xattrs.has(key));
			if (referring !== undefined) {
				throw unsupported(name, `is told in the overlay by ${referring}`);
			}

			await this.#add(directory, name, item);
			if (item.stats.isDirectory()) {
				const child = await enter(directory, item.name);
				try {
					if (item.xattrs.has('trusted.overlay.opaque')) {
						await this.#hidden(child, `${name}/`, lower);
					}

					await this.overlay(child, `${name}/`, lower);
				} finally {
					await child.close();
				}
			}
		}
	}

	/** Compares with what was there at first, as layers are compared: by type, owner, mode, size and time. */
	async directory(directory: FileHandle, path: string, base: FileHandle | undefined): Promise<void> {
		const items = await itemsOf(this.#native, directory, path);
		const before = base === undefined ? [] : await readdir(within(base, '.'));
		const names = new Set(items.map(({name}) => name));
		this.deleted.push(...before.filter(name => !names.has(name)).map(name => `/${path}${name}`));
		for (const item of items) {
			const name = path + item.name;
			const was = base && await lookAt(base, item.name);
			if (was === undefined || isChanged(was, item.stats)) {
				await this.#add(directory, name, item);
			}

			if (item.stats.isDirectory()) {
				const child = await enter(directory, item.name);
				const childBase = base && was?.isDirectory() ? await enter(base, item.name) : undefined;
				try {
					await this.directory(child, `${name}/`, childBase);
				} finally {
					await child.close();
					await childBase?.close();
				}
			}
		}
	}

	/** What a directory that was made anew hides of those below it. */
	async #hidden(directory: FileHandle, path: string, lower: readonly string[]): Promise<void> {
		const there = new Set(await readdir(within(directory, '.')));
		const names = new Set<string>();
		for (const layer of lower) {
			const tree = await Tree.open(layer);
			try {
				const below = await tree.directory(path.split('/').filter(Boolean), false).catch(() => undefined); // It was a file there
				(below ? await readdir(within(below, '.')) : []).forEach(name => names.add(name));
			} finally {
				await tree.close();
			}
		}

		this.deleted.push(...[...names].filter(name => !there.has(name)).sort().map(name => `/${path}${name}`));
	}

	async #add(directory: FileHandle, name: string, {name: last, stats, xattrs}: Item): Promise<void> {
		const type = typeOf(stats);
		if (type === undefined) {
			return;
		}

		const header: TarHeader = {
			name, type, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, mtime: stats.mtime,
			...(xattrs.size > 0 && {pax: xattrRecords(xattrs)}),
			...(type.endsWith('device') && deviceNumbers(stats.rdev)),
			...(type === 'symlink' && {linkname: await readlink(within(directory, last))}),
		};
		if (type !== 'file') {
			await this.#tar.add(header);
			return;
		}

		const inode = `${stats.dev}:${stats.ino}`;
		const first = this.#links.get(inode);
		if (first !== undefined) {
			await this.#tar.add({...header, type: 'link', linkname: first});
			return;
		}

		if (stats.nlink > 1) {
			this.#links.set(inode, name);
		}

		const file = await open(within(directory, last), constants.O_RDONLY | constants.O_NOFOLLOW);
		await this.#tar.add({...header, size: stats.size}, file.createReadStream({end: Math.max(stats.size - 1, 0)}));
	}
}

const isChanged = (was: Stats, is: Stats): boolean =>
	was.mode !== is.mode || was.uid !== is.uid || was.gid !== is.gid
	|| (!is.isDirectory() && (was.size !== is.size || was.mtimeMs !== is.mtimeMs || was.rdev !== is.rdev));

/**
 * Writes both files into a directory.
 *
 * @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED` for what cannot be kept so.
 */
export const captureRootfs = async (native: Native, source: RootfsSource, directory: string): Promise<void> => {
	const trees = [await Tree.open(source.kind === 'overlay' ? source.upper : source.path)];
	try {
		const [{root}] = trees as [Tree];
		if (source.kind === 'directory' && source.base !== undefined) {
			trees.push(await Tree.open(source.base));
		}

		const tar = new TarWriter(`${directory}/${diffFile}`);
		const capture = new Capture(native, tar);
		try {
			await (source.kind === 'overlay' ? capture.overlay(root, '', source.lower) : capture.directory(root, '', trees[1]?.root));
			await tar.end();
		} catch (error) {
			await tar.abandon();
			throw error;
		}

		await writeFile(`${directory}/${deletedFile}`, `${JSON.stringify(capture.deleted)}\n`, {flag: 'wx', mode: 0o600, flush: true});
	} finally {
		for (const tree of trees) {
			await tree.close();
		}
	}
};
