// What an entry of mountpoints-*.img says, in the words of mountinfo.
import type {MntEntry} from './images.gen.js';

/** CRIU's numbers; 0 and 16 are filesystems that it has no word for. */
const types: Readonly<Record<number, string>> = {
	1: 'proc', 2: 'sysfs', 3: 'devtmpfs', 4: 'binfmt_misc', 5: 'tmpfs', 6: 'devpts', 7: 'simfs', 8: 'pstore', 9: 'securityfs', 10: 'fusectl',
	11: 'debugfs', 12: 'cgroup', 13: 'aufs', 14: 'mqueue', 15: 'fuse', 17: 'overlay', 18: 'autofs', 19: 'tracefs', 23: 'cgroup2',
};

/** Paths are written without the dot that CRIU puts before them. */
export const absolutePath = (path: string): string => `/${path.replace(/^\.?\/*/, '')}`;

/** Of the filesystem, such as `proc` or `tmpfs`. */
export const mountType = ({fsname, fstype}: MntEntry): string => fsname ?? types[fstype] ?? 'unknown';

/** Of the host: only named in the images, and given anew at the restore. */
export const isExternalMount = ({ext_mount: isExternal, ext_key: key}: MntEntry): boolean => isExternal === true || key !== undefined;
