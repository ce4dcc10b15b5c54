// What a launch needs to know that only a look at the host tells; nothing is looked at that is not needed.
import {sourcePath} from '../launch/bind.js';
import type {LaunchFacts} from '../launch/launch.js';
import {S_IFBLK, S_IFMT} from '../linux/constants.js';
import {parseMountInfo} from '../linux/mountinfo.js';
import {parseMountOptions} from '../linux/mount-options.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Native} from '../native/native.js';
import {statOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';

/** Where the sources of `copy-symlink` lead. */
const readLinks = async (native: Native, bundle: string, config: ValidConfig): Promise<Map<string, string>> => {
	const paths = (config.mounts ?? [])
		.filter(mount => parseMountOptions(mount.options, mount.type).copySymlink)
		.map(mount => sourcePath(mount, bundle));
	const targets = await native.batch(paths.map(path => ({op: 'readlink', path, okErrno: 'EINVAL'})));
	return new Map(paths.flatMap((path, index): Array<[string, string]> => {
		const target = targets[index];
		return target instanceof Uint8Array ? [[path, decodeUtf8(target)]] : [];
	}));
};

/** Sources of new filesystems that are block devices. */
const findBlockDevices = async (native: Native, config: ValidConfig): Promise<Set<string>> => {
	const paths = (config.mounts ?? [])
		.filter(({type, source, options}) => source?.startsWith('/') && !parseMountOptions(options, type).bind)
		.map(({source}) => source!);
	const stats = await native.batch(paths.map(path => ({op: 'stat', path, nofollow: 0, okErrno: 'any'})));
	return new Set(paths.filter((_, index) => ((statOf(stats[index])?.mode ?? 0) & S_IFMT) === S_IFBLK));
};

/** Mount points of every full procfs and sysfs, those on top first. */
const fullMounts = async (native: Native): Promise<string[]> => {
	const [text] = await native.batch([{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24}]);
	return parseMountInfo(decodeUtf8(text as Uint8Array))
		.filter(({type, root}) => (type === 'proc' || type === 'sysfs') && root === '/')
		.map(({mountPoint}) => mountPoint)
		.reverse();
};

/** True if there is nothing to look at: each mount says all of itself. */
export const isAlone = ({mounts = []}: ValidConfig): boolean => mounts.every(({type, source, options}) => {
	const {bind, copySymlink} = parseMountOptions(options, type);
	return !copySymlink && (bind || !source?.startsWith('/'));
});

export const lookAround = async (native: Native, bundle: string, config: ValidConfig, noPivot: boolean): Promise<Pick<LaunchFacts, 'links' | 'blockDevices' | 'noPivot'>> => ({
	blockDevices: await findBlockDevices(native, config),
	links: await readLinks(native, bundle, config),
	noPivot: noPivot ? await fullMounts(native) : undefined,
});
