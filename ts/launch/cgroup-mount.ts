// A mount of type `cgroup`: what the container sees of its own cgroups.
import {controllersByDirectory} from '../linux/cgroup-v1.js';
import {MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY, MS_SLAVE} from '../linux/constants.js';
import type {MountOptions} from '../linux/mount-options.js';
import type {Mount, ValidConfig} from '../oci/config.js';
import type {Step} from '../plan/wire.gen.js';
import type {Descriptors, LaunchFacts} from './launch.js';
import type {MountPlan} from './mounts.js';
import {hasNamespace} from './namespaces.js';

const hidden = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

/** The directory of the container's cgroup, as a mount: without a cgroup namespace it is all there is to see. */
const bindDirectory = (directory: string, target: string, attributes: bigint, descriptors: Descriptors): Step => ({
	op: 'bind',
	tree: descriptors.add({op: 'open_tree', path: directory, recursive: 0, set: attributes, clear: 0n, all_set: 0n, all_clear: 0n, propagation: MS_SLAVE}),
	target,
	target_flags: 0,
});

const filesystem = (fstype: string, options: readonly string[], target: string, attributes: bigint): Step =>
	({op: 'mount', fstype, source: 'cgroup', options, attributes, target, target_flags: 0, propagation: 0n});

/** What a user without privileges sees who has no cgroup to show: those of others are not its business (CVE-2023-25809). */
const nothing = (target: string): Step =>
	({op: 'mount', fstype: 'tmpfs', source: 'tmpfs', options: ['mode=555', 'size=0'], attributes: hidden | MOUNT_ATTR_RDONLY, target, target_flags: 0, propagation: 0n});

const planV2 = (mount: Mount, attributes: bigint, config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): MountPlan => {
	const {unified} = facts.cgroup;
	const step = hasNamespace(config, 'cgroup')
		? filesystem('cgroup2', [], mount.destination, attributes)
		: unified === undefined ? nothing(mount.destination) : bindDirectory(unified, mount.destination, attributes, descriptors);
	return {steps: [step], late: []};
};

/** A tmpfs with a directory for each hierarchy that the container is in. */
const planV1 = (mount: Mount, attributes: bigint, config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): MountPlan => {
	const own = hasNamespace(config, 'cgroup');
	const steps: Step[] = [{
		op: 'mount',
		fstype: 'tmpfs',
		source: 'tmpfs',
		options: ['mode=755'],
		attributes: hidden,
		target: mount.destination,
		target_flags: 0,
		propagation: 0n,
	}];
	for (const [directory, controllers] of controllersByDirectory(facts.cgroup.v1)) {
		const name = controllers.join(',');
		const target = `${mount.destination}/${name}`;
		steps.push(
			own ? filesystem('cgroup', controllers, target, attributes) : bindDirectory(directory, target, attributes, descriptors),
			...(controllers.length > 1 ? controllers.map((controller): Step => ({op: 'symlink', target: name, path: `${mount.destination}/${controller}`})) : []),
		);
	}

	const late: Step[] = attributes & MOUNT_ATTR_RDONLY
		? [{op: 'mount_attr', set: MOUNT_ATTR_RDONLY, clear: 0n, propagation: 0n, path: mount.destination, recursive: 0}]
		: [];
	return {steps, late};
};

/** `cgroup` means the layout of the machine; on v2, runc takes it for `cgroup2`, and so do we. */
export const planCgroupMount = (mount: Mount, options: MountOptions, config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): MountPlan => {
	const attributes = options.attributes.set | hidden;
	return facts.cgroup.mode === 'v2' || mount.type === 'cgroup2'
		? planV2(mount, attributes, config, facts, descriptors)
		: planV1(mount, attributes, config, facts, descriptors);
};
