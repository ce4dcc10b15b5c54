// The mounts of a container without a mount namespace: they are the host's, and go with the container.
import {CtnError} from '../errors.js';
import {mountsOnHost, rootfsPath} from '../launch/build.js';
import {MNT_DETACH, O_PATH} from '../linux/constants.js';
import {parseMountInfo} from '../linux/mountinfo.js';
import type {Fd, Native} from '../native/native.js';
import {lineOf, textOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import type {HostMounts} from '../state/record.js';

/** Where they will be; undefined if config.json asks for none, or for a mount namespace. */
export const planHostMounts = async (native: Native, bundle: string, config: ValidConfig): Promise<HostMounts | undefined> => {
	if (!mountsOnHost(config)) {
		return undefined;
	}

	const [fd] = await native.batch([{op: 'open', path: rootfsPath(config, bundle), flags: O_PATH, mode: 0}]) as [Fd];
	try {
		const [path, info] = await native.batch([
			{op: 'readlink', path: `/proc/self/fd/${fd}`},
			{op: 'read', path: `/proc/self/fdinfo/${fd}`, max: 4096},
		]);
		return {path: lineOf(path), on: Number(/^mnt_id:\s*(\d+)$/m.exec(textOf(info))?.[1])};
	} finally {
		native.close(fd);
	}
};

/**
 * Takes them away, with all that was mounted on them.
 *
 * @throws CtnError `ERR_NATIVE` with `errno: 'EBUSY'` if somebody else has mounted something over them.
 */
export const removeHostMounts = async (native: Native, mounts: HostMounts | undefined): Promise<void> => {
	if (mounts === undefined) {
		return;
	}

	const {path, on} = mounts;
	const [text] = await native.batch([{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24}]);
	const there = parseMountInfo(textOf(text)).filter(({mountPoint}) => mountPoint === path);
	const ours = there.find(({parent}) => parent === on);
	if (ours === undefined) {
		return;
	}

	if (there.some(({parent}) => parent === ours.id)) {
		throw new CtnError('ERR_NATIVE', `the mounts of the container below ${path} cannot be taken away: something is mounted over them`, {errno: 'EBUSY', syscall: 'umount', subject: path, cure: `umount ${path}`});
	}

	await native.batch([{op: 'umount', path, flags: MNT_DETACH}]);
};
