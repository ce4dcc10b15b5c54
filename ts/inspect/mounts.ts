// The mounts of a mount namespace of the images.
import type {MntEntry} from '../images/images.gen.js';

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

/** CRIU's numbers; 0 and 16 are filesystems that it has no word for. */
const types: Readonly<Record<number, string>> = {
	1: 'proc', 2: 'sysfs', 3: 'devtmpfs', 4: 'binfmt_misc', 5: 'tmpfs', 6: 'devpts', 7: 'simfs', 8: 'pstore', 9: 'securityfs', 10: 'fusectl',
	11: 'debugfs', 12: 'cgroup', 13: 'aufs', 14: 'mqueue', 15: 'fuse', 17: 'overlay', 18: 'autofs', 19: 'tracefs', 23: 'cgroup2',
};

const MS_RDONLY = 1;

/** Paths are written without the dot that CRIU puts before them. */
const absolute = (path: string): string => `/${path.replace(/^\.?\/*/, '')}`;

export const mountOf = (entry: MntEntry): MountInfo => ({
	mountPoint: absolute(entry.mountpoint),
	type: entry.fsname ?? types[entry.fstype] ?? 'unknown',
	source: entry.source,
	root: entry.root,
	options: entry.options,
	readOnly: (entry.flags & MS_RDONLY) !== 0,
	external: entry.ext_mount === true || entry.ext_key !== undefined,
});
