// Filesystems in memory with nothing in them: CRIU packs and unpacks each with tar, for milliseconds of downtime.
import {writeImage} from '../images/codec.js';
import {readImageOf} from '../images/records.js';
import {decode, edit} from '../images/schema.js';
import {O_CREAT, O_TRUNC} from '../linux/constants.js';
import type {MountInfo} from '../linux/mountinfo.js';
import type {HostOp, HostResult, Native} from '../native/native.js';
import {statOf, type Stat} from '../native/results.js';
import {mountImagesOf} from './directory.js';

/** A filesystem that is mounted by its name, and whose content is nobody's business. Source: CRIU, images/mnt.proto, fstype. */
const auto = 16;

const lookOps = (pid: number, {mountPoint}: MountInfo): HostOp[] => [
	{op: 'stat', path: `/proc/${pid}/root${mountPoint}`, nofollow: 1, okErrno: 'any'},
	{op: 'list', path: `/proc/${pid}/root${mountPoint}`, directories: 0, okErrno: 'any'},
];

const deviceOf = ({device}: Stat): string => {
	const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xffff_f000n);
	const minor = (device & 0xffn) | ((device >> 12n) & 0xffff_ff00n);
	return `${major}:${minor}`;
};

/** Permissions, uid and gid that the root of a new tmpfs with these options has; its options are what it was mounted with. */
const initial = ({superOptions}: MountInfo): readonly number[] => {
	const option = (name: string): string | undefined => superOptions.find(text => text.startsWith(`${name}=`))?.slice(name.length + 1);
	return [Number.parseInt(option('mode') ?? '1777', 8), Number(option('uid') ?? 0), Number(option('gid') ?? 0)];
};

/** A list without names is 0. */
const isEmpty = (mount: MountInfo, stat: HostResult | undefined, names: HostResult | undefined): boolean => {
	const root = statOf(stat);
	if (root === undefined || names !== 0 || deviceOf(root) !== mount.device) {
		return false;
	}

	const is = [root.mode & 0o7777, root.uid, root.gid];
	return initial(mount).every((value, index) => value === is[index]);
};

/**
 * Those of some mounts of process `pid` that have nothing in them now. None, if one of `pids`, which are all of its
 * container, has a mount namespace of its own: there they are mounted, too, and CRIU's.
 */
export const stillEmpty = async (native: Native, pid: number, pids: readonly number[], mounts: readonly MountInfo[]): Promise<MountInfo[]> => {
	const results = await native.batch([
		...mounts.flatMap(mount => lookOps(pid, mount)),
		...pids.map((process): HostOp => ({op: 'stat', path: `/proc/${process}/ns/mnt`, nofollow: 0, okErrno: 'any'})),
	]);
	const namespaces = new Set(results.slice(2 * mounts.length).flatMap(stat => statOf(stat)?.inode ?? []));
	return namespaces.size > 1 ? [] : mounts.filter((mount, index) => isEmpty(mount, results[2 * index], results[2 * index + 1]));
};

/** The mounts of tmpfs that only the container has, as a whole, with nothing in them and nothing mounted in them. */
export const emptyMounts = async (native: Native, pid: number, pids: readonly number[], container: readonly MountInfo[], host: readonly MountInfo[]): Promise<MountInfo[]> => {
	const hostDevices = new Set(host.map(({device}) => device));
	const isAlone = ({mountPoint, id}: MountInfo): boolean =>
		container.every(other => other.id === id || (other.mountPoint !== mountPoint && !other.mountPoint.startsWith(`${mountPoint}/`)));
	const found = await stillEmpty(native, pid, pids, container.filter(mount => mount.type === 'tmpfs' && mount.root === '/' && mount.mountPoint !== '/' && !hostDevices.has(mount.device) && isAlone(mount)));
	// A filesystem that is mounted elsewhere, too, is CRIU's at all places or at none
	const isWhole = ({device}: MountInfo): boolean => container.filter(other => other.device === device).every(other => found.includes(other));
	return found.filter(mount => isWhole(mount));
};

/**
 * The image of the mounts with these, which CRIU was told are external, as filesystems that any CRIU
 * mounts anew and leaves empty.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no `mountpoints-*.img`.
 */
export const mountAnew = (bytes: Uint8Array, mountPoints: readonly string[]): Uint8Array => {
	const image = readImageOf('mnts', bytes);
	return writeImage({...image, entries: image.entries.map(entry => {
		const {ext_key: key} = decode('mnt_entry', entry);
		return key !== undefined && mountPoints.includes(key)
			? edit('mnt_entry', entry, {fstype: auto, fsname: 'tmpfs', root: '/', ext_key: undefined, ext_mount: undefined})
			: entry;
	})});
};

/** Does so in a directory of images. */
export const forgetEmptyMounts = async (native: Native, directory: string, mounts: readonly MountInfo[]): Promise<void> => {
	if (mounts.length === 0) {
		return;
	}

	const paths = await mountImagesOf(native, directory);
	const images = await native.batch(paths.map(path => ({op: 'read', path, max: 1 << 26})));
	await native.batch(images.map((bytes, index) => ({op: 'write', path: paths[index]!, data: mountAnew(bytes as Uint8Array, mounts.map(({mountPoint}) => mountPoint)), flags: O_CREAT | O_TRUNC, mode: 0o600})));
};
