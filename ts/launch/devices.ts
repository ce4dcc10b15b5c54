// /dev: the nodes and links that every container has, those of config.json, and the paths that are hidden.
import {MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY, MS_PRIVATE, MS_SLAVE, S_IFBLK, S_IFCHR, S_IFIFO} from '../linux/constants.js';
import {parseMountOptions} from '../linux/mount-options.js';
import type {Device, ValidConfig} from '../oci/config.js';
import type {Step} from '../plan/wire.gen.js';
import type {Descriptors, LaunchFacts} from './launch.js';
import {hasNamespace} from './namespaces.js';

/** OCI runtime-spec, config-linux.md#default-devices */
const defaultDevices: readonly Device[] = [
	{path: '/dev/null', type: 'c', major: 1, minor: 3},
	{path: '/dev/zero', type: 'c', major: 1, minor: 5},
	{path: '/dev/full', type: 'c', major: 1, minor: 7},
	{path: '/dev/random', type: 'c', major: 1, minor: 8},
	{path: '/dev/urandom', type: 'c', major: 1, minor: 9},
	{path: '/dev/tty', type: 'c', major: 5, minor: 0},
];

/** OCI runtime-spec, runtime-linux.md#dev-symbolic-links */
const defaultLinks: ReadonlyArray<readonly [path: string, target: string]> = [
	['/dev/fd', '/proc/self/fd'],
	['/dev/stdin', '/proc/self/fd/0'],
	['/dev/stdout', '/proc/self/fd/1'],
	['/dev/stderr', '/proc/self/fd/2'],
	['/dev/ptmx', 'pts/ptmx'],
];

const fileTypes = {c: S_IFCHR, u: S_IFCHR, b: S_IFBLK, p: S_IFIFO} as const;

/** A detached copy of the mount of one file of the host. */
const fileTree = (path: string) =>
	({op: 'open_tree', path, recursive: 0, set: 0n, clear: 0n, all_set: 0n, all_clear: 0n, propagation: MS_SLAVE} as const);

/** An image that brings its own /dev by a bind mount keeps it as it is. */
const ownsDev = (config: ValidConfig): boolean =>
	!(config.mounts ?? []).some(mount => mount.destination.replace(/\/+$/, '') === '/dev' && parseMountOptions(mount.options, mount.type).bind);

const node = (device: Device): Step => ({
	op: 'device',
	path: device.path,
	mode: fileTypes[device.type] | (device.fileMode ?? 0o666) & 0o7777,
	major: device.major ?? 0,
	minor: device.minor ?? 0,
	uid: device.uid ?? 0,
	gid: device.gid ?? 0,
});

/** Nodes and links of /dev. In a user namespace nobody can make a device: the host's is mounted. */
export const planDevices = (config: ValidConfig, {kcore, nested = false}: LaunchFacts, descriptors: Descriptors): Step[] => {
	const given = config.linux.devices ?? [];
	const own = ownsDev(config);
	const devices = [...(own ? defaultDevices.filter(device => !given.some(({path}) => path === device.path)) : []), ...given];
	const inUserNamespace = nested || hasNamespace(config, 'user');
	return [
		...devices.map((device): Step => inUserNamespace && device.type !== 'p'
			? {op: 'bind', tree: descriptors.add(fileTree(device.path)), target: device.path, target_flags: 0}
			: node(device)),
		...(own ? [...kcore ? [['/dev/core', '/proc/kcore'] as const] : [], ...defaultLinks].map(([path, target]): Step => ({op: 'symlink', target, path})) : []),
	];
};

/** Read-only and masked paths of /proc and /sys; those that this kernel does not have are no loss. */
export const planHiddenPaths = (config: ValidConfig, descriptors: Descriptors): Step[] => {
	const readonly = [...new Set(config.linux.readonlyPaths ?? [])];
	const masked = [...new Set(config.linux.maskedPaths ?? [])];
	// The host's own: read-only, or root of the container could change its mode and owner. It can be written to.
	const nullTree = masked.length > 0
		? descriptors.add({...fileTree('/dev/null'), propagation: MS_PRIVATE, set: MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC})
		: undefined;
	return [
		...readonly.map((path): Step => ({op: 'readonly', path, okErrno: 'ENOENT'})),
		...masked.map((path): Step => ({op: 'mask', null_tree: nullTree!, path, okErrno: 'ENOENT'})),
	];
};
