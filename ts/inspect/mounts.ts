// The mounts of a mount namespace of the images.
import type {MntEntry} from '../images/images.gen.js';
import {absolutePath, isExternalMount, mountType} from '../images/mount-entry.js';

export interface MountInfo {
	readonly mountPoint: string;
	/** Of the filesystem, such as `proc` or `tmpfs`. */
	readonly type: string;
	/** What was mounted: a device or the name it was given. */
	readonly source: string;
	/** What of the filesystem is mounted. */
	readonly root: string;
	/** Of the filesystem, as they are given to mount(8). */
	readonly options: string;
	readonly readOnly: boolean;
	/** Of the host: only named in the images, and given anew at the restore. */
	readonly external: boolean;
}

const MS_RDONLY = 1;

export const mountOf = (entry: MntEntry): MountInfo => ({
	mountPoint: absolutePath(entry.mountpoint),
	type: mountType(entry),
	source: entry.source,
	root: entry.root,
	options: entry.options,
	readOnly: (entry.flags & MS_RDONLY) !== 0,
	external: isExternalMount(entry),
});
