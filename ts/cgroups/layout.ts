// How cgroups are mounted on this machine: v1, v2 alone, or both (hybrid). Decided by looking.
import {CtnError} from '../errors.js';
import {parseMountInfo} from '../linux/mountinfo.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Native} from '../native/native.js';

export interface CgroupLayout {
	readonly mode: 'v1' | 'hybrid' | 'v2';
	/** Mount point of each v1 hierarchy, by controller (`memory`, `cpu`, `name=systemd` …). */
	readonly v1: Readonly<Record<string, string>>;
	/** Mount point of cgroup2; undefined in v1 mode. */
	readonly unified: string | undefined;
	/** Controllers that cgroup2 has at its root. */
	readonly v2Controllers: readonly string[];
	/** What a new cpuset has to be given first. */
	readonly cpuset: {readonly cpus: string; readonly mems: string} | undefined;
}

const namesIn = (options: string): string[] => options.split(',').filter(option => !['rw', 'ro', 'relatime', 'xattr', 'noprefix', 'clone_children', 'nsdelegate', 'memory_recursiveprot', 'memory_localevents', 'favordynmods', 'all', 'none'].includes(option) && !option.startsWith('release_agent='));

const text = (result: number | Uint8Array | undefined): string => result instanceof Uint8Array ? decodeUtf8(result).trim() : '';

/**
 * Reads the layout from /proc/self/mountinfo.
 *
 * @throws CtnError `ERR_CGROUP_LAYOUT` if no cgroup hierarchy is mounted.
 */
export const detectLayout = async (native: Native): Promise<CgroupLayout> => {
	const [mountinfo] = await native.batch([{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24}]);
	const v1: Record<string, string> = {};
	let unified: string | undefined;
	for (const mount of parseMountInfo(text(mountinfo))) {
		if (mount.type === 'cgroup2') {
			unified ??= mount.mountPoint;
		} else if (mount.type === 'cgroup') {
			for (const name of namesIn(mount.superOptions.join(','))) {
				v1[name] ??= mount.mountPoint;
			}
		}
	}

	const hasV1 = Object.keys(v1).some(name => !name.startsWith('name='));
	if (!hasV1 && unified === undefined) {
		throw new CtnError('ERR_CGROUP_LAYOUT', 'no cgroup hierarchy is mounted on this machine', {cure: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup'});
	}

	const [controllers, cpus, mems] = await native.batch([
		{op: 'read', path: `${unified ?? ''}/cgroup.controllers`, max: 4096, okErrno: 'any'},
		{op: 'read', path: `${v1['cpuset'] ?? ''}/cpuset.cpus`, max: 65_536, okErrno: 'any'},
		{op: 'read', path: `${v1['cpuset'] ?? ''}/cpuset.mems`, max: 65_536, okErrno: 'any'},
	]);
	return {
		mode: hasV1 ? (unified === undefined ? 'v1' : 'hybrid') : 'v2',
		v1,
		unified,
		v2Controllers: text(controllers).split(/\s+/).filter(Boolean),
		cpuset: v1['cpuset'] === undefined ? undefined : {cpus: text(cpus), mems: text(mems)},
	};
};
