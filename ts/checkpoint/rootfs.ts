// The root filesystem of a checkpoint: where a container's changes to it are, and how they come back.
import type {RootfsSource} from '../archive/capture.js';
import {CtnError} from '../errors.js';
import type {MountInfo} from '../linux/mountinfo.js';

export interface CaptureOptions {
	/**
	 * Keep what the container changed in its root filesystem, too, taken while it stands still. Of an
	 * overlay that is its upper directory. Of a directory it is what differs from `base`, an unchanged
	 * copy of it; without one, all of it. Default: false.
	 */
	readonly rootfs?: boolean | {readonly base: string} | undefined;
}

export interface ApplyOptions {
	/**
	 * Make the root filesystem what it was at the checkpoint, if that has kept it: what was deleted goes,
	 * what was changed comes, into the layer if there is one, else into the bundle's. Devices only with
	 * `devices`: whoever wrote the checkpoint could give himself the disks of the host. Default: false.
	 */
	readonly rootfs?: boolean | {readonly devices?: boolean} | undefined;
}

/** Colons that separate, not those of a path. */
const separator = /(?<!\\):/;

/** Of a mounted overlay; newer kernels tell each lower directory by itself. */
const overlayPaths = (options: readonly string[], name: string): string[] => options
	.filter(option => option.startsWith(`${name}=`) || option.startsWith(`${name}+=`))
	.flatMap(option => option.slice(option.indexOf('=') + 1).split(separator))
	.map(path => path.replaceAll(/\\(.)/g, '$1'))
	.filter(path => path !== '');

/**
 * @param mounts Of the container.
 * @param path Of its root filesystem on the host.
 * @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED` for an overlay that nothing can be written to.
 */
export const rootfsSource = (mounts: readonly MountInfo[], path: string, option: Exclude<CaptureOptions['rootfs'], false | undefined>): RootfsSource => {
	const root = mounts.findLast(({mountPoint}) => mountPoint === '/');
	if (root?.type !== 'overlay') {
		return {kind: 'directory', path, base: option === true ? undefined : option.base};
	}

	const [upper] = overlayPaths(root.superOptions, 'upperdir');
	if (upper === undefined || !upper.startsWith('/')) {
		throw new CtnError('ERR_CHECKPOINT_UNSUPPORTED', `the root filesystem cannot be captured: its overlay has ${upper === undefined ? 'no upper directory' : `the relative upper directory ${upper}`}`, {subject: path});
	}

	return {kind: 'overlay', upper, lower: overlayPaths(root.superOptions, 'lowerdir').filter(directory => directory.startsWith('/'))};
};
