// How a container starts, in the order in which it happens.
import {MOUNT_ATTR_RDONLY, MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE, MS_UNBINDABLE, O_PATH} from '../linux/constants.js';
import {propagationFlags} from '../linux/mount-options.js';
import type {ValidConfig} from '../oci/config.js';
import {wire, type Step} from '../plan/wire.gen.js';
import {planDevices, planHiddenPaths} from './devices.js';
import {hooksSeeRoot, planCreateHooks, planStartHooks} from './hooks.js';
import {planKeyring} from './labels.js';
import {Descriptors, type Launch, type LaunchFacts} from './launch.js';
import {propagationStep, treePropagation} from './bind.js';
import {planMounts} from './mounts.js';
import {hasNamespace, isNewNamespace, planNamespaces} from './namespaces.js';
import {planProgram, planRlimits, planSurroundings} from './process.js';
import {affinityStep} from './scheduling.js';
import {planStdio} from './stdio.js';

/** Name of the socket, in the state directory, at which a created container waits for start. */
export const startSocket = 'start.sock';

/** The path of the rootfs; a relative one is relative to the bundle. */
export const rootfsPath = (config: ValidConfig, bundle: string): string =>
	config.root.path.startsWith('/') ? config.root.path : `${bundle}/${config.root.path}`;

/** True if something is mounted for a container that has no mount namespace: on the host. */
export const mountsOnHost = (config: ValidConfig): boolean =>
	!hasNamespace(config, 'mount') && ((config.mounts ?? []).length > 0 || config.root.readonly === true || config.linux.rootfsPropagation !== undefined);

/**
 * From the host's mounts to the container's. Without a mount namespace they are the host's, below one that is on top of
 * the root filesystem: whatever takes that away takes all.
 */
const planRoot = (config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): Step[] => {
	const wanted = propagationFlags(config.linux.rootfsPropagation ?? 'rslave')!;
	const isLate = (wanted & (MS_SHARED | MS_UNBINDABLE)) !== 0n;
	const rootfs = rootfsPath(config, facts.bundle);
	const isOwn = hasNamespace(config, 'mount');
	const at = !isOwn || hooksSeeRoot(config) ? rootfs : '/';
	const mounts = planMounts(config, facts, descriptors);
	const tree = descriptors.add({
		op: 'open_tree', path: rootfs, recursive: 1,
		// One that is shared with the host would send it every mount made below, and of one that is
		// unbindable nothing could be made read-only. It becomes so when it is the root
		set: 0n, clear: 0n, all_set: 0n, all_clear: 0n, propagation: isLate ? MS_PRIVATE : treePropagation([wanted]),
	});
	return [
		...(isOwn ? [{op: 'propagation', flags: MS_SLAVE | MS_REC} as const] : []),
		{op: 'root', tree, at},
		// What is attached to a shared mount is shared
		...(isOwn ? [] : [propagationStep('/', isLate ? MS_PRIVATE | MS_REC : wanted)]),
		...mounts.steps,
		...planDevices(config, facts, descriptors),
		...planStdio(config.process, facts.nulls, isOwn),
		{op: 'mkdir', path: config.process.cwd, mode: 0o755, okErrno: 'EROFS'},
		...planCreateHooks(config, facts, rootfs),
		...mounts.late,
		...(isOwn ? planSwitch(facts, at) : [{op: 'chroot', move: 0} as const]),
		...(config.root.readonly ? [{op: 'mount_attr', set: MOUNT_ATTR_RDONLY, clear: 0n, propagation: 0n, path: '/', recursive: 0} as const] : []),
		...planHiddenPaths(config, descriptors),
		...(isLate ? [propagationStep('/', wanted)] : []),
	];
};

/** The tree becomes the root; without pivot_root, on top of the host's, of which nothing full may show. */
const planSwitch = ({noPivot}: LaunchFacts, at: string): Step[] => noPivot
	? [...noPivot.map((path): Step => ({op: 'cover', path, okErrno: 'ENOENT'})), {op: 'chroot', move: at === '/' ? 0 : 1}]
	: [{op: 'pivot_root'}];

/**
 * Without a mount namespace and without mounts the root filesystem is a directory of the host, and stays one: what is
 * made in it is there afterwards.
 */
const planDirectory = (config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): Step[] => [
	{op: 'root_directory', directory: descriptors.add({op: 'open', path: rootfsPath(config, facts.bundle), flags: O_PATH, mode: 0})},
	...planDevices(config, facts, descriptors),
	...planStdio(config.process, facts.nulls, false),
	{op: 'mkdir', path: config.process.cwd, mode: 0o755, okErrno: 'EROFS'},
	...planCreateHooks(config, facts, rootfsPath(config, facts.bundle)),
	{op: 'chroot', move: 0},
];

const planNames = (config: ValidConfig): Step[] => [
	...(config.hostname ? [{op: 'hostname', name: config.hostname} as const] : []),
	...(config.domainname ? [{op: 'domainname', name: config.domainname} as const] : []),
	...Object.entries(config.linux.sysctl ?? {}).map(([name, value]): Step =>
		({op: 'sysctl', path: name.includes('/') ? name : name.replaceAll('.', '/'), value})),
];

/** Neither does it go on in a child, who would be another to answer, nor has it a descriptor to give. */
const asksOnce = (steps: readonly Step[]): boolean => steps.every(step => step.op === 'sync'
	? step.point === wire.sync.created
	: step.op !== 'fork' && step.op !== 'console' && (step.op !== 'seccomp' || step.notify === 0));

/**
 * The launch of a container's init.
 *
 * Pure: the same config and facts give the same plan. What is refused was refused by validate().
 */
export const buildLaunch = (config: ValidConfig, facts: LaunchFacts): Launch => {
	const descriptors = new Descriptors(facts.rootless);
	const {unified, attach} = facts.cgroup;
	const joins = facts.tasks.map((path): Step => ({op: 'cgroup_join', tasks: descriptors.add({op: 'open', path, flags: 1, mode: 0})}));
	const intoCgroup = unified === undefined || attach ? undefined : descriptors.ops.length;
	if (unified !== undefined && !attach) {
		descriptors.add({op: 'open', path: unified, flags: 0, mode: 0});
	}

	const namespaces = planNamespaces(config, descriptors, facts);
	const listener = facts.runs ? undefined : descriptors.add({op: 'listen', directory: facts.stateDirectory, name: startSocket});
	const inUser = hasNamespace(config, 'user');
	const root = (hasNamespace(config, 'mount') || mountsOnHost(config) ? planRoot : planDirectory)(config, facts, descriptors);
	const steps: Step[] = [
		...(attach ? [{op: 'sync', point: wire.sync.cgroup} as const] : []),
		...joins,
		affinityStep(),
		...(namespaces.isSeen ? [{op: 'undumpable'} as const] : []),
		...namespaces.join,
		{op: 'setsid'},
		// A container without a keyring of its own would share the session keyring of this process
		...(facts.noNewKeyring ? [] : planKeyring(facts.id, inUser, config.process)),
		...namespaces.late,
		{op: 'umask', mask: 0},
		...(isNewNamespace(config, 'network') && facts.networkNamespace === undefined ? [{op: 'loopback'} as const] : []),
		...(facts.network ? [{op: 'sync', point: wire.sync.network} as const] : []),
		...descriptors.trees,
		...root,
		...planNames(config),
		...(isNewNamespace(config, 'user') ? [] : planRlimits(config.process)),
		...planSurroundings(config.process, config.linux),
		...planProgram(config.process, {
			capabilities: inUser ? (1n << 63n) - 1n : facts.capabilities,
			seccomp: facts.seccomp,
			setGroups: !facts.noSetGroups,
			pause: [{op: 'sync', point: wire.sync.created}, ...(listener === undefined ? [] : [{op: 'wait_start', listener} as const])],
			startHooks: environment => planStartHooks(config, facts, environment),
			skipFds: 0,
			keepFds: 0,
			...(listener !== undefined && {listener}),
		}),
	];
	return {flags: namespaces.flags, descriptors: descriptors.ops, intoCgroup, steps, ...(facts.runs && asksOnce(steps) && {asksOnce: true})};
};
