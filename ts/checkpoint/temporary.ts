// A directory for the images of a migration: in TMPDIR, until nobody needs it any more.
//
// Whoever uses it holds a lock (flock(2)) on it: the program that made it, and the page daemon, which may outlive that.
// The kernel lets go of a lock with its holder, however that ended; so the next migration removes what was left.
import {chmod, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LOCK_EX, LOCK_NB, LOCK_SH, S_IFDIR, S_IFMT} from '../linux/constants.js';
import type {Fd, Native} from '../native/native.js';
import {namesOf, statOf} from '../native/results.js';

const prefix = 'ctnative-images-';

const lock = async (native: Native, path: string, operation: number): Promise<Fd | undefined> => {
	const [fd] = await native.batch([{op: 'lock', path, operation, okErrno: 'any'}]) as [number];
	return fd >= 0 ? fd as Fd : undefined;
};

/** Removes those that nobody uses. Nobody else can have put a directory of ours there, or anything in its place: /tmp is sticky. */
const removeUnused = async (native: Native): Promise<void> => {
	const [names] = await native.batch([{op: 'list', path: tmpdir(), directories: 1, okErrno: 'any'}]);
	for (const path of namesOf(names).filter(name => name.startsWith(prefix)).map(name => join(tmpdir(), name))) {
		const [stat] = await native.batch([{op: 'stat', path, nofollow: 1, okErrno: 'any'}]);
		const {mode, uid} = statOf(stat) ?? {mode: 0, uid: -1};
		const fd = (mode & S_IFMT) === S_IFDIR && uid === process.geteuid!() ? await lock(native, path, LOCK_EX | LOCK_NB) : undefined;
		if (fd !== undefined) {
			await rm(path, {recursive: true, force: true}).catch(() => {});
			native.close(fd);
		}
	}
};

export class TemporaryImages {
	/** Absolute path. */
	readonly path: string;
	readonly #native: Native;
	readonly #lock: Fd;

	private constructor(native: Native, path: string, lock: Fd) {
		this.#native = native;
		this.path = path;
		this.#lock = lock;
	}

	/** @throws Error of node:fs, if TMPDIR cannot be written to. */
	static async make(native: Native): Promise<TemporaryImages> {
		await removeUnused(native);
		for (;;) {
			const path = await mkdtemp(join(tmpdir(), prefix));
			const fd = await lock(native, path, LOCK_SH);
			const [stat] = await native.batch([{op: 'stat', path, nofollow: 1, okErrno: 'any'}]);
			if (fd !== undefined && statOf(stat)) {
				await chmod(path, 0o711); // CRIU opens images as the root of a user namespace, too
				return new TemporaryImages(native, path, fd);
			}

			if (fd !== undefined) {
				native.close(fd); // Somebody who started at this moment has removed it
			}
		}
	}

	async remove(): Promise<void> {
		await rm(this.path, {recursive: true, force: true});
		this.#native.close(this.#lock);
	}
}
