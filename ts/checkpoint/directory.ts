// The directory of a checkpoint: written beside the one that it becomes, or gone.
import {noRoomCure} from '../criu/cures.js';
import {CtnError, isErrno} from '../errors.js';
import {errnos} from '../linux/errno.js';
import type {Native} from '../native/native.js';
import {namesOf, statOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {hostId} from '../oci/validate/index.js';

const unchanged = 0xffff_ffff;

/**
 * CRIU opens images as the root of a user namespace, too, and before that as nobody in particular of it:
 * that group may enter the directory, besides its owner.
 */
export const groupOf = ({linux}: ValidConfig): number | undefined => hostId(linux.gidMappings ?? [], 0);

/** The directory that is written to, beside the one that it becomes; with `replace` that may have files. */
export const prepareDirectory = async (native: Native, imagesDir: string, group: number | undefined, replace: boolean): Promise<string> => {
	const partial = `${imagesDir}.partial`;
	const [names] = await native.batch([{op: 'list', path: imagesDir, directories: 0, okErrno: 'ENOENT'}]);
	if (!replace && names instanceof Uint8Array && names.length > 0) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `${imagesDir} is not empty`, {subject: imagesDir, cure: 'name a new directory'});
	}

	try {
		await native.batch(group === undefined ? [{op: 'mkdir', path: partial, mode: 0o700}] : [
			{op: 'mkdir', path: partial, mode: 0o710},
			{op: 'chown', path: partial, uid: unchanged, gid: group},
		]);
	} catch (error) {
		throw isErrno(error, 'ENOENT', 'EEXIST', 'ENOTDIR', 'EROFS', 'EACCES')
			? new CtnError('ERR_CHECKPOINT_IMAGES', `${partial} cannot be made: ${error.errno!}`, {cause: error, errno: error.errno, subject: partial, cure: error.errno === 'EEXIST' ? 'another checkpoint is being written there, or was cut off: remove it' : undefined})
			: error;
	}

	return partial;
};

/** Paths of all files of a directory. */
export const filesOf = async (native: Native, directory: string): Promise<string[]> => {
	const [names] = await native.batch([{op: 'list', path: directory, directories: 0, okErrno: 'any'}]);
	return namesOf(names).map(name => `${directory}/${name}`);
};

/** The images that hold mounts, one of each mount namespace. */
export const mountImagesOf = async (native: Native, directory: string): Promise<string[]> =>
	(await filesOf(native, directory)).filter(path => /\/mountpoints-\d+\.img$/.test(path));

/** Bytes of all files. */
export const sizeOf = async (native: Native, directory: string): Promise<number> => {
	const files = await filesOf(native, directory);
	const stats = await native.batch(files.map(path => ({op: 'stat', path, nofollow: 1})));
	// struct ctn_stat: the size is its fourth word
	return stats.reduce<number>((sum, stat) => sum + Number(statOf(stat)?.size ?? 0n), 0);
};

/** A failure of CRIU that has no cure, on a disk with no room at all: not even the log could be written, which would say so. */
export const explainFull = async (native: Native, directory: string, error: unknown): Promise<unknown> => {
	if (!(error instanceof CtnError) || error.code !== 'ERR_CRIU_FAILED' || error.cure !== undefined) {
		return error;
	}

	const [stat] = await native.batch([{op: 'statfs', path: directory, okErrno: 'any'}]);
	const isFull = stat instanceof Uint8Array && new DataView(stat.buffer, stat.byteOffset).getBigUint64(16, true) === 0n;
	return isFull ? new CtnError('ERR_CRIU_FAILED', error.message, {cause: error, errno: 'ENOSPC', log: error.log, cure: noRoomCure}) : error;
};

const mostTries = 10;

/** Removes it with its files; what cannot be removed stays. A CRIU that was killed may have been about to make one. */
export const removeDirectory = async (native: Native, directory: string): Promise<void> => {
	for (let tries = 0; tries < mostTries; tries++) {
		const results = await native.batch([
			...(await filesOf(native, directory)).map(path => ({op: 'unlink', path, okErrno: 'any'} as const)),
			{op: 'rmdir', path: directory, okErrno: 'any'},
		]);
		if (results.at(-1) !== -errnos.ENOTEMPTY) {
			return;
		}

		await native.sleep(1);
	}
};

/**
 * Lets a directory that is complete become `imagesDir`; what that held is removed once the new one has its name.
 *
 * @param through Its name is on the disk when this resolves.
 */
export const publishDirectory = async (native: Native, directory: string, imagesDir: string, replace: boolean, through: boolean): Promise<void> => {
	const replaced = `${imagesDir}.replaced`;
	if (replace) {
		await removeDirectory(native, replaced); // Of one that was cut off
	}

	await native.batch([
		...(replace ? [{op: 'rename', from: imagesDir, to: replaced, okErrno: 'ENOENT'} as const] : []),
		{op: 'rename', from: directory, to: imagesDir},
		...(through ? [{op: 'fsync', path: imagesDir.slice(0, imagesDir.lastIndexOf('/')) || '/'} as const] : []),
	]);
	if (replace) {
		await removeDirectory(native, replaced);
	}
};
