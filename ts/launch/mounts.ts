// `mounts` of config.json as steps. Sources are opened by the host, targets resolved by init.
import {
	MOUNT_ATTR_RDONLY, MS_PRIVATE, MS_SHARED, MS_SLAVE, MS_UNBINDABLE, MS_REC,
} from '../linux/constants.js';
import {bindAttributes, parseMountOptions, type MountOptions} from '../linux/mount-options.js';
import type {Mount, ValidConfig} from '../oci/config.js';
import {wire, type HostOp, type Step} from '../plan/wire.gen.js';
import {planCgroupMount} from './cgroup-mount.js';
import type {Descriptors, LaunchFacts} from './launch.js';

export interface MountPlan {
	readonly steps: readonly Step[];
	/** Read-only remounts that have to wait until everything below is made. */
	readonly late: readonly Step[];
}

/** Read-only is a matter of the mount here: the superblock is the kernel's, or is filled by us first. */
const pseudo = new Set(['tmpfs', 'proc', 'sysfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2', 'ramfs']);

const propagationStep = (path: string, flags: bigint): Step =>
	({op: 'mount_attr', set: 0n, clear: 0n, propagation: flags & ~MS_REC, path, recursive: flags & MS_REC ? 1 : 0});

const readonlyStep = (path: string): Step =>
	({op: 'mount_attr', set: MOUNT_ATTR_RDONLY, clear: 0n, propagation: 0n, path, recursive: 0});

/** The path of a bind source; a relative one is relative to the bundle. */
const sourcePath = (mount: Mount, facts: LaunchFacts): string => {
	const source = mount.source ?? '';
	return source.startsWith('/') ? source : `${facts.bundle}/${source}`;
};

/**
 * A copy of a shared mount would send the container's mounts back to the host: it is made a slave,
 * unless config.json asks for exactly that.
 */
export const treePropagation = (flags: readonly bigint[]): bigint => {
	const last = flags.at(-1) ?? MS_SLAVE;
	const kind = last & ~MS_REC;
	return kind === MS_SHARED ? 0n : kind === MS_PRIVATE || kind === MS_UNBINDABLE ? kind : MS_SLAVE;
};

/** The host op that makes a detached copy of what a bind mount shows. */
export const bindTree = (path: string, options: MountOptions): HostOp => {
	const own = bindAttributes(options);
	return {
		op: 'open_tree',
		path,
		recursive: options.rbind ? 1 : 0,
		set: own.set,
		clear: own.clear,
		all_set: options.recursive.set,
		all_clear: options.recursive.clear,
		propagation: treePropagation(options.propagation),
	};
};

const planBind = (mount: Mount, options: MountOptions, facts: LaunchFacts, descriptors: Descriptors): Step[] => {
	const tree = descriptors.add(bindTree(sourcePath(mount, facts), options));
	const shared = options.propagation.filter(flags => (flags & MS_SHARED) !== 0n);
	return [
		{op: 'bind', tree, target: mount.destination, target_flags: 0},
		...shared.map(flags => propagationStep(mount.destination, flags)),
	];
};

const planFilesystem = (mount: Mount, options: MountOptions): MountPlan => {
	const type = mount.type ?? 'none';
	const isPseudo = pseudo.has(type);
	const later = type === 'tmpfs' && (options.attributes.set & MOUNT_ATTR_RDONLY) !== 0n;
	const step: Step = {
		op: 'mount',
		fstype: type,
		source: mount.source ?? type,
		options: [...options.superblock.filter(flag => flag !== 'ro' || !isPseudo), ...options.data],
		attributes: later ? options.attributes.set & ~MOUNT_ATTR_RDONLY : options.attributes.set,
		target: mount.destination,
		target_flags: type === 'proc' || type === 'sysfs' ? wire.target.nofollow : 0,
		propagation: 0n,
	};
	return {
		steps: [step, ...options.propagation.map(flags => propagationStep(mount.destination, flags))],
		late: later ? [readonlyStep(mount.destination)] : [],
	};
};

const planOne = (mount: Mount, config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): MountPlan => {
	const options = parseMountOptions(mount.options, mount.type);
	if (options.bind) {
		return {steps: planBind(mount, options, facts, descriptors), late: []};
	}

	if (options.remount) {
		const {set, clear} = options.attributes;
		return {steps: [{op: 'mount_attr', set, clear, propagation: 0n, path: mount.destination, recursive: 0}], late: []};
	}

	if (mount.type === 'cgroup' || mount.type === 'cgroup2') {
		return planCgroupMount(mount, options, config, facts, descriptors);
	}

	return planFilesystem(mount, options);
};

/** All mounts, in the order of config.json: a later one may be on an earlier one. */
export const planMounts = (config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): MountPlan => {
	const plans = (config.mounts ?? []).map(mount => planOne(mount, config, facts, descriptors));
	return {steps: plans.flatMap(plan => plan.steps), late: plans.flatMap(plan => plan.late)};
};
