/**
 * A directory tree whose content somebody else decides: an archive, or a container.
 *
 * Every component of a path is opened by the descriptor of the one before, and none of them may be a
 * symlink. So nothing that is in the tree leads out of it, and nothing that is put into it, either.
 */
import {constants, type Stats} from 'node:fs';
import {lstat, mkdir, open, rm, type FileHandle} from 'node:fs/promises';
import {CtnError} from '../errors.js';

const {O_DIRECTORY, O_NOFOLLOW, O_RDONLY} = constants;

const hasCode = (error: unknown, ...codes: string[]): boolean => error instanceof Error && codes.includes(String((error as NodeJS.ErrnoException).code));

export const refused = (entry: string, why: string, cause?: unknown): CtnError =>
	new CtnError('ERR_ARCHIVE', `${JSON.stringify(entry)} ${why}`, {cause, subject: entry});

/** How long a path may be, as in the kernel. */
const longestPath = 4096;

/**
 * The components of the name of an entry; none for the root itself.
 *
 * @throws CtnError `ERR_ARCHIVE` if it is absolute, or leads upwards.
 */
export const components = (name: string): string[] => {
	if (name.startsWith('/') || name.includes('\0') || name.length > longestPath) {
		throw refused(name, name.startsWith('/') ? 'is an absolute path' : 'is no path');
	}

	const parts = name.split('/').filter(part => part !== '' && part !== '.');
	if (parts.includes('..')) {
		throw refused(name, 'leads out of the directory');
	}

	return parts;
};

/** A path to what is in an open directory. */
export const within = (directory: FileHandle, name: string): string => `/proc/self/fd/${directory.fd}/${name}`;

/** Opens a directory in an open one; a symlink is none. */
export const enter = async (directory: FileHandle, name: string): Promise<FileHandle> => open(within(directory, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

export class Tree {
	/** The open directories from the root down to the one that was asked for last. */
	readonly #open: FileHandle[];
	readonly #names: string[] = [];

	private constructor(root: FileHandle) {
		this.#open = [root];
	}

	/** @param path Of the root, which is trusted: it may be a symlink. */
	static async open(path: string): Promise<Tree> {
		return new Tree(await open(path, O_RDONLY | O_DIRECTORY));
	}

	get root(): FileHandle {
		return this.#open[0]!;
	}

	/**
	 * The directory with these components, held open until the next call.
	 *
	 * @param make Make those that are missing.
	 * @returns undefined if one is missing, and `make` was not asked for.
	 * @throws CtnError `ERR_ARCHIVE` if one is no directory.
	 */
	async directory(names: readonly string[], make: boolean): Promise<FileHandle | undefined> {
		let depth = 0;
		while (depth < names.length && this.#names[depth] === names[depth]) {
			depth++;
		}

		await this.#leave(depth);
		for (const name of names.slice(depth)) {
			const child = await this.#enter(this.#open.at(-1)!, name, make, names);
			if (child === undefined) {
				return undefined;
			}

			this.#open.push(child);
			this.#names.push(name);
		}

		return this.#open.at(-1)!;
	}

	/** Removes what is there, with all that is in it; that nothing is there is all right. */
	async remove(names: readonly string[]): Promise<void> {
		const parent = names.length === 0 ? undefined : await this.directory(names.slice(0, -1), false);
		if (parent !== undefined) {
			await rm(within(parent, names.at(-1)!), {recursive: true, force: true});
		}
	}

	async close(): Promise<void> {
		await this.#leave(0);
		await this.root.close();
	}

	/** Closes what is deeper than that. */
	async #leave(depth: number): Promise<void> {
		this.#names.splice(depth);
		for (const directory of this.#open.splice(depth + 1)) {
			await directory.close();
		}
	}

	async #enter(parent: FileHandle, name: string, make: boolean, names: readonly string[]): Promise<FileHandle | undefined> {
		try {
			return await enter(parent, name);
		} catch (error) {
			if (hasCode(error, 'ENOENT')) {
				if (!make) {
					return undefined;
				}

				await mkdir(within(parent, name), 0o755);
				return enter(parent, name);
			}

			throw hasCode(error, 'ELOOP', 'ENOTDIR') ? refused(names.join('/'), `is below ${name}, which is no directory there`, error) : error;
		}
	}
}

/** What is at a place in an open directory, or undefined if nothing is. */
export const lookAt = async (directory: FileHandle, name: string): Promise<Stats | undefined> => {
	try {
		return await lstat(within(directory, name));
	} catch (error) {
		if (hasCode(error, 'ENOENT')) {
			return undefined;
		}

		throw error;
	}
};
