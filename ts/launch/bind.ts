// Bind mounts: the host makes a detached copy of what they show, init attaches it.
import {MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE, MS_UNBINDABLE} from '../linux/constants.js';
import {bindAttributes, propagationFlags, type MountOptions} from '../linux/mount-options.js';
import type {IdMapping, Mount, ValidConfig} from '../oci/config.js';
import {wire, type HostOp, type Step} from '../plan/wire.gen.js';
import type {Descriptors, LaunchFacts} from './launch.js';

/** Lines of a uid_map or gid_map: user_namespaces(7). */
export const mapText = (mappings: readonly IdMapping[] = []): string =>
	mappings.map(({containerID, hostID, size}) => `${containerID} ${hostID} ${size}\n`).join('');

/** Changes the propagation of the mount at `path`. */
export const propagationStep = (path: string, flags: bigint): Step =>
	({op: 'mount_attr', set: 0n, clear: 0n, propagation: flags & ~MS_REC, path, recursive: flags & MS_REC ? 1 : 0});

/** Validation knows which paths below /proc may be covered; no other path may lead there. */
export const procfsFlag = (destination: string): number => /^\/*proc(\/|$)/.test(destination) ? wire.target.procfs : 0;

/** The path of a bind source; a relative one is relative to the bundle. */
export const sourcePath = (mount: Mount, bundle: string): string => {
	const source = mount.source ?? '';
	return source.startsWith('/') ? source : `${bundle}/${source}`;
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

/** Whose ids an id-mapped mount has: those it says, or those of the container. */
const idmapOf = (mount: Mount, options: MountOptions, config: ValidConfig) => {
	const none = {userns: undefined, uid_map: undefined, gid_map: undefined};
	if ((mount.uidMappings ?? []).length > 0) {
		return {...none, uid_map: mapText(mount.uidMappings), gid_map: mapText(mount.gidMappings)};
	}

	if (options.idmap === undefined) {
		return none;
	}

	const path = config.linux.namespaces?.find(({type}) => type === 'user')?.path;
	return path === undefined
		? {...none, uid_map: mapText(config.linux.uidMappings), gid_map: mapText(config.linux.gidMappings)}
		: {...none, userns: path};
};

/** The host op that makes a detached copy of what a bind mount shows. */
export const bindTree = (mount: Mount, options: MountOptions, config: ValidConfig, bundle: string): HostOp => {
	const {set, clear, mayClear} = bindAttributes(options);
	const root = propagationFlags(config.linux.rootfsPropagation ?? 'rslave')!;
	return {
		op: 'bind_tree',
		path: sourcePath(mount, bundle),
		flags: (options.rbind ? wire.bind.recursive : 0)
			| (options.sourceNofollow ? wire.bind.nofollow : 0)
			| (options.idmap === 'ridmap' ? wire.bind.idmapRecursive : 0),
		set,
		clear,
		may_clear: mayClear,
		all_set: options.recursive.set,
		all_clear: options.recursive.clear,
		// As mount(2) would copy it, in a namespace that has the propagation asked for as a whole
		propagation: treePropagation(options.propagation.length > 0 ? options.propagation : (root & MS_REC) !== 0n ? [root] : []),
		...idmapOf(mount, options, config),
	};
};

export const planBind = (mount: Mount, options: MountOptions, config: ValidConfig, facts: LaunchFacts, descriptors: Descriptors): Step[] => {
	const link = options.copySymlink ? facts.links?.get(sourcePath(mount, facts.bundle)) : undefined;
	if (link !== undefined) {
		return [{op: 'symlink', target: link, path: mount.destination}];
	}

	const tree = descriptors.add(bindTree(mount, options, config, facts.bundle));
	const shared = options.propagation.filter(flags => (flags & MS_SHARED) !== 0n);
	return [
		{op: 'bind', tree, target: mount.destination, target_flags: procfsFlag(mount.destination) | (options.destinationNofollow ? wire.target.lastNofollow : 0)},
		...shared.map(flags => propagationStep(mount.destination, flags)),
	];
};
