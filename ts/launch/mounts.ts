// `mounts` of config.json as steps. Sources are opened by the host, targets resolved by init.
import {
	MOUNT_ATTR_NOATIME, MOUNT_ATTR_NODEV, MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID,
	MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_RDONLY, MOUNT_ATTR_STRICTATIME,
	MS_DIRSYNC, MS_I_VERSION, MS_LAZYTIME, MS_MANDLOCK, MS_NOATIME, MS_NODIRATIME, MS_NOSYMFOLLOW, MS_RDONLY,
	MS_STRICTATIME, MS_SYNCHRONOUS,
} from '../linux/constants.js';
import {bindAttributes, parseMountOptions, type MountOptions} from '../linux/mount-options.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Mount, ValidConfig} from '../oci/config.js';
import {wire, type Step} from '../plan/wire.gen.js';
import {planBind, procfsFlag, propagationStep} from './bind.js';
import {planCgroupMount} from './cgroup-mount.js';
import type {Descriptors, LaunchFacts} from './launch.js';
import {hasNamespace} from './namespaces.js';

export interface MountPlan {
	readonly steps: readonly Step[];
	/** Read-only remounts that have to wait until everything below is made. */
	readonly late: readonly Step[];
}

/** Read-only is a matter of the mount here: the superblock is the kernel's, or is filled by us first. */
const pseudo = new Set(['tmpfs', 'proc', 'sysfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2', 'ramfs']);

/** Those whose files are labelled by the policy. */
const unlabelled = new Set(['proc', 'sysfs', 'mqueue', 'cgroup', 'cgroup2']);

/** strndup_user() of fsconfig(2), the NUL byte included. */
const longestOption = 256;

const readonlyStep = (path: string): Step =>
	({op: 'mount_attr', set: MOUNT_ATTR_RDONLY, clear: 0n, propagation: 0n, path, recursive: 0});

/** Is there an option that fsconfig(2) does not take for its length? */
const isLong = (option: string): boolean => encodeUtf8(option.slice(option.indexOf('=') + 1)).length >= longestOption;

/** What mount(2) takes for the attributes of a mount and the flags of a superblock. */
const mountFlags = (attributes: bigint, superblock: readonly string[]): bigint => {
	const same = attributes & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC); // MS_* of the same value
	const others = [[MOUNT_ATTR_NOATIME, MS_NOATIME], [MOUNT_ATTR_STRICTATIME, MS_STRICTATIME], [MOUNT_ATTR_NODIRATIME, MS_NODIRATIME], [MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW]] as const;
	const names: Readonly<Record<string, bigint>> = {ro: MS_RDONLY, sync: MS_SYNCHRONOUS, dirsync: MS_DIRSYNC, lazytime: MS_LAZYTIME, mand: MS_MANDLOCK, iversion: MS_I_VERSION};
	return [
		...others.map(([attribute, flag]) => attributes & attribute ? flag : 0n),
		...superblock.map(name => names[name] ?? 0n),
	].reduce((flags, flag) => flags | flag, same);
};

/** What a mount of its own has: nothing is below it, so that recursive attributes are as good as others. */
const ownAttributes = ({attributes, recursive}: MountOptions): bigint =>
	(attributes.set & ~recursive.clear) | recursive.set;

const targetFlags = (mount: Mount, options: MountOptions): number => {
	const type = mount.type ?? 'none';
	const isTmpfs = type === 'tmpfs';
	return procfsFlag(mount.destination)
		| (type === 'proc' || type === 'sysfs' ? wire.target.nofollow : 0)
		| (options.destinationNofollow ? wire.target.lastNofollow : 0)
		| (isTmpfs && !options.data.some(option => option.startsWith('mode=')) ? wire.target.inheritMode : 0)
		| (isTmpfs && options.tmpcopyup ? wire.target.copyUp : 0);
};

/** As fsconfig(2) takes them, one by one: the quotes that keep the commas of a label of SELinux from mount(2) it does not know. */
const singleOptions = ({superblock, data}: Pick<MountOptions, 'superblock' | 'data'>): string[] =>
	[...superblock, ...data.map(option => option.replace(/^((?:def|fs|root)?context=)"(.*)"$/, '$1$2'))];

const hasContext = (data: readonly string[]): boolean => data.some(option => option.startsWith('context='));

/**
 * A filesystem on a device is mounted by the host: init is in the container's cgroup by then, which
 * does not let it have the device. In a user namespace it may not be had at all.
 */
const planDisk = (mount: Mount, options: MountOptions, descriptors: Descriptors): Step[] => [
	{
		op: 'bind',
		tree: descriptors.add({op: 'new_tree', fstype: mount.type!, path: mount.source!, options: singleOptions(options), attributes: ownAttributes(options)}),
		target: mount.destination,
		target_flags: targetFlags(mount, options),
	},
	...options.propagation.map(flags => propagationStep(mount.destination, flags)),
];

const planFilesystem = (mount: Mount, options: MountOptions, label: string | undefined): MountPlan => {
	const type = mount.type ?? 'none';
	const isPseudo = pseudo.has(type);
	const all = ownAttributes(options);
	const later = type === 'tmpfs' && (all & MOUNT_ATTR_RDONLY) !== 0n;
	const attributes = later ? all & ~MOUNT_ATTR_RDONLY : all;
	const superblock = options.superblock.filter(flag => flag !== 'ro' || !isPseudo);
	const what = {fstype: type, source: mount.source ?? type};
	const where = {target: mount.destination, target_flags: targetFlags(mount, options)};
	const context = label === undefined || unlabelled.has(type) || hasContext(options.data) ? undefined : label; // A level has commas, which end an option of mount(2)
	const step: Step = options.data.some(option => isLong(option))
		? {op: 'mount_data', ...what, flags: mountFlags(attributes, superblock), data: [...options.data, ...(context === undefined ? [] : [`context="${context}"`])].join(','), ...where}
		: {op: 'mount', ...what, options: [...singleOptions({superblock, data: options.data}), ...(context === undefined ? [] : [`context=${context}`])], attributes, ...where, propagation: 0n};
	return {
		steps: [step, ...options.propagation.map(flags => propagationStep(mount.destination, flags))],
		late: later ? [readonlyStep(mount.destination)] : [],
	};
};

/**
 * The filesystem itself is touched only if there is something to tell it. It may be the host's: the
 * read-only of a remount is of the mount alone.
 */
const planRemount = (mount: Mount, options: MountOptions): Step[] => {
	const {set, clear, mayClear} = bindAttributes(options);
	const superblock = options.superblock.filter(flag => flag !== 'ro');
	const reconfigure = !options.bind && (superblock.length > 0 || options.data.length > 0);
	return [
		{op: 'remount', path: mount.destination, set, clear: clear | mayClear, options: reconfigure ? singleOptions(options) : [], reconfigure: reconfigure ? 1 : 0},
		...(options.recursive.set || options.recursive.clear
			? [{op: 'mount_attr', ...options.recursive, propagation: 0n, path: mount.destination, recursive: 1} as const]
			: []),
		...options.propagation.map(flags => propagationStep(mount.destination, flags)),
	];
};

const planOne = (mount: Mount, config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): MountPlan => {
	const options = parseMountOptions(mount.options, mount.type);
	if (options.remount) {
		return {steps: planRemount(mount, options), late: []};
	}

	if (options.bind) {
		return {steps: planBind(mount, options, config, facts, descriptors), late: []};
	}

	if (mount.type === 'cgroup' || mount.type === 'cgroup2') {
		return planCgroupMount(mount, options, config, facts, descriptors);
	}

	if (facts.blockDevices?.has(mount.source ?? '') && !hasNamespace(config, 'user')) {
		return {steps: planDisk(mount, options, descriptors), late: []};
	}

	return planFilesystem(mount, options, config.linux.mountLabel);
};

/** All mounts, in the order of config.json: a later one may be on an earlier one. */
export const planMounts = (config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): MountPlan => {
	const plans = (config.mounts ?? []).map(mount => planOne(mount, config, facts, descriptors));
	return {steps: plans.flatMap(plan => plan.steps), late: plans.flatMap(plan => plan.late)};
};
