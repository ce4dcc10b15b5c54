// What of a container CRIU must not dump, because the host has it, too; and what to give it at restore.
import {controllersByDirectory} from '../linux/cgroup-v1.js';
import {nullDevice} from '../linux/null-device.js';
import type {MountInfo} from '../linux/mountinfo.js';
import {parseMountOptions} from '../linux/mount-options.js';
import type {CgroupRecord} from '../cgroups/plan.js';
import {hasNamespace} from '../launch/namespaces.js';
import type {ValidConfig} from '../oci/config.js';
import {cleanPath, resolvePath} from '../oci/paths.js';

/** A mount that the images only name. */
export interface ExternalMount {
	/** Where it is in the container. */
	readonly mountPoint: string;
	/** What the images call it, as with runc. Default: its mount point. */
	readonly name?: string;
	/** Path on the host that shows what is mounted there; undefined if the host has it nowhere. */
	readonly source: string | undefined;
}

/** Path on the host of what a mount of the container shows. */
const hostPath = (mount: MountInfo, host: readonly MountInfo[]): string | undefined => {
	const shows = host.findLast(({device, root}) => device === mount.device && (mount.root === root || mount.root.startsWith(root === '/' ? '/' : `${root}/`)));
	return shows && cleanPath(`${shows.mountPoint}/${mount.root.slice(shows.root === '/' ? 0 : shows.root.length)}`);
};

/**
 * The mounts of a container whose filesystem the host has mounted, too.
 *
 * That is the whole rule: bind mounts and what is below them, /dev/null over masked paths, devices in
 * a user namespace, cgroup hierarchies. What only the container has is CRIU's to dump; so are binds
 * within its own root filesystem.
 *
 * @param container Its mountinfo, the mount points as it sees them.
 * @param masked Its masked paths. Those that are files have one name together.
 */
export const externalMounts = (container: readonly MountInfo[], host: readonly MountInfo[], masked: readonly string[] = []): ExternalMount[] => {
	const root = container.findLast(mount => mount.mountPoint === '/');
	const devices = new Set(host.map(mount => mount.device));
	const isWithinRoot = (mount: MountInfo): boolean =>
		mount.device === root?.device && (mount.root === root.root || mount.root.startsWith(root.root === '/' ? '/' : `${root.root}/`));
	return container
		.filter(mount => mount.mountPoint !== '/' && devices.has(mount.device) && !isWithinRoot(mount))
		.map(mount => ({mountPoint: mount.mountPoint, source: hostPath(mount, host)}))
		.map(mount => mount.source === nullDevice && masked.includes(mount.mountPoint) ? {...mount, name: nullDevice} : mount);
};

/** What the images call a mount. */
export const imageName = ({name, mountPoint}: Pick<ExternalMount, 'name' | 'mountPoint'>): string => name ?? mountPoint;

/** Bind mounts of the config, by destination. */
const bindSources = (config: ValidConfig, bundle: string): Map<string, string> => new Map((config.mounts ?? [])
	.filter(mount => parseMountOptions(mount.options, mount.type).bind)
	.map(mount => [cleanPath(mount.destination), resolvePath(bundle, mount.source ?? '')]));

/** Where the container now has its cgroups: not where the one that was dumped had them. */
const cgroupSources = (config: ValidConfig, cgroup: CgroupRecord): Map<string, string> => {
	const mount = (config.mounts ?? []).find(({type}) => type === 'cgroup' || type === 'cgroup2');
	if (!mount) {
		return new Map();
	}

	const destination = cleanPath(mount.destination);
	if (cgroup.mode === 'v2') {
		return new Map([[destination, cgroup.unified!]]);
	}

	// By their controllers, as we mount them; runc takes the name of the directory on the host, such as `systemd`
	return new Map([...controllersByDirectory(cgroup.v1)].flatMap(([directory, controllers]) => {
		const root = directory.slice(0, directory.length - cgroup.path.length);
		return [controllers.join(','), root.slice(root.lastIndexOf('/') + 1)].map(name => [`${destination}/${name}`, directory] as const);
	}));
};

/**
 * What to mount at restore for each external mount of the images: what config.json says now, which may
 * have moved since the dump; otherwise what was there then.
 *
 * @param saved From the checkpoint.
 */
export const externalSources = (saved: readonly ExternalMount[], config: ValidConfig, bundle: string, cgroup: CgroupRecord): Map<string, string | undefined> => {
	const binds = bindSources(config, bundle);
	const cgroups = cgroupSources(config, cgroup);
	const masked = new Set(config.linux.maskedPaths ?? []);
	const isDevice = (path: string): boolean => hasNamespace(config, 'user') && path.startsWith('/dev/');
	return new Map(saved.map(({mountPoint, source}) => {
		const now = binds.get(mountPoint) ?? cgroups.get(mountPoint) ?? (masked.has(mountPoint) ? nullDevice : isDevice(mountPoint) ? mountPoint : undefined);
		return [mountPoint, now ?? source];
	}));
};
