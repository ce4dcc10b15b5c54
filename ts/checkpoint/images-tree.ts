// The directory of the images, as CRIU may enter it: it opens them as the root of the container's user namespace, too.
import {hostId} from '../oci/validate/index.js';
import type {ValidConfig} from '../oci/config.js';
import {O_PATH} from '../linux/constants.js';
import type {Fd, Native} from '../native/native.js';
import {statOf, type Stat} from '../native/results.js';

/** Whether root of a user namespace, to whom that group belongs, may enter a directory; and who is nobody in it yet, but the host's root outside. */
const isOpenTo = (group: number | undefined, {mode, uid, gid}: Stat): boolean =>
	group === undefined || (mode & 0o001) !== 0 || (uid === 0 && (mode & 0o100) !== 0 && (group === 0 || (gid === group && (mode & 0o010) !== 0)));

/**
 * The directory below an overlay that anybody may enter. Undefined where CRIU needs none, as with the directories that
 * we make, or there is none to be had: then CRIU says what to do. The caller closes it.
 *
 * Runc makes directories that only the host's root may enter. Between the two users that CRIU is, it is nobody at all
 * for a moment: so an id-mapped mount, in which the directory belongs to that root, would not do.
 *
 * @param empty A directory with nothing in it that anybody may enter, for kernels whose overlays take no detached mount.
 */
export const openImagesTree = async (native: Native, imagesDir: string, empty: string, {linux}: ValidConfig): Promise<Fd | undefined> => {
	const group = hostId(linux.gidMappings ?? [], 0);
	const [result] = await native.batch([{op: 'stat', path: imagesDir, nofollow: 0, okErrno: 'any'}]);
	const stat = statOf(result);
	if (stat === undefined || isOpenTo(group, stat)) {
		return undefined;
	}

	const opened = await native.batch([
		{op: 'open', path: imagesDir, flags: O_PATH, mode: 0, okErrno: 'any'},
		{op: 'new_tree', attributes: 0n, fstype: 'tmpfs', path: 'tmpfs', options: ['mode=755'], okErrno: 'any'},
		{op: 'open', path: empty, flags: O_PATH, mode: 0, okErrno: 'any'},
	]) as number[];
	const [images, ...uppers] = opened as [number, ...number[]];
	try {
		for (const upper of uppers) {
			const options = [`lowerdir=/proc/self/fd/${upper}:/proc/self/fd/${images}`];
			const [tree] = await native.batch([{op: 'new_tree', attributes: 0n, fstype: 'overlay', path: 'overlay', options, okErrno: 'any'}]) as [number];
			if (tree >= 0) {
				return tree as Fd;
			}
		}

		return undefined;
	} finally {
		opened.forEach(fd => fd >= 0 && native.close(fd as Fd));
	}
};
