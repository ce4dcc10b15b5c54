// Mounts of images: those that config.json has, or that can do no harm. CRIU makes the others, too, while it sees the host.
import {CtnError} from '../errors.js';
import type {MntEntry} from '../images/images.gen.js';
import {absolutePath, isExternalMount, mountType} from '../images/mount-entry.js';
import {rootfsPath} from '../launch/build.js';
import {S_IFLNK, S_IFMT} from '../linux/constants.js';
import {parseMountOptions} from '../linux/mount-options.js';
import type {HostOp, Native} from '../native/native.js';
import {statOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {cleanPath} from '../oci/paths.js';

/** What config.json does not give. */
export const beyond = (what: string, subject: string): CtnError =>
	new CtnError('ERR_CHECKPOINT_IMAGES', `the images want ${what}, which config.json does not give`, {subject, cure: 'restore only images that you trust, with the config.json of their container'});

/** With nothing in them but what the images hold, or what belongs to a namespace of the container. */
const harmless = new Set(['tmpfs', 'mqueue', 'devpts']);
/** What a container that may mount can mount by itself. */
const ofKernel = new Set([...harmless, 'proc', 'sysfs', 'cgroup', 'cgroup2']);

const has = (names: readonly string[] | undefined, path: string): boolean => names?.map(cleanPath).includes(path) ?? false;

/** CRIU takes them for one filesystem, of which it binds a part. */
const isSameFilesystem = (one: MntEntry, other: MntEntry): boolean =>
	one.root_dev === other.root_dev && one.fstype === other.fstype && one.fsname === other.fsname && one.source === other.source && one.options === other.options;

const climbs = (path: string): boolean => path.split('/').includes('..');

class Allowed {
	readonly #config: ValidConfig;
	readonly #root: MntEntry | undefined;
	readonly #external: readonly MntEntry[];
	readonly #maySysAdmin: boolean;

	/** @param mounts Of the first process. */
	constructor(config: ValidConfig, root: MntEntry | undefined, mounts: readonly MntEntry[]) {
		this.#config = config;
		this.#root = root;
		this.#external = mounts.filter(isExternalMount);
		const {capabilities} = config.process;
		this.#maySysAdmin = capabilities === undefined || (capabilities.bounding ?? []).includes('CAP_SYS_ADMIN');
	}

	has(entry: MntEntry): boolean {
		const path = absolutePath(entry.mountpoint);
		const type = mountType(entry);
		const isWhole = entry.root === '/' || (type === 'devpts' && /^\/(?:\d+|ptmx)$/.test(entry.root));
		if (isWhole && (harmless.has(type) || (this.#maySysAdmin && ofKernel.has(type)))) {
			return true;
		}

		if (this.#maySysAdmin && this.#isOfExternal(entry)) {
			return true;
		}

		return this.isBind(entry) ? this.#maySysAdmin || this.#isBindOfConfig(path) : this.#isOfConfig(entry, path, type);
	}

	/** Of a part of the root filesystem. */
	isBind(entry: MntEntry): boolean {
		return this.#root !== undefined && isSameFilesystem(entry, this.#root);
	}

	/** The same part of one that the host gives: as it is no whole filesystem, CRIU cannot but bind it. */
	#isOfExternal(entry: MntEntry): boolean {
		return entry.root !== '/' && this.#external.some(external => external.root === entry.root && isSameFilesystem(external, entry));
	}

	#isBindOfConfig(path: string): boolean {
		const {mounts = [], linux} = this.#config;
		return has(linux.readonlyPaths, path) || has(linux.maskedPaths, path)
			|| mounts.some(mount => cleanPath(mount.destination) === path && parseMountOptions(mount.options, mount.type).bind);
	}

	#isOfConfig(entry: MntEntry, path: string, type: string): boolean {
		const {mounts = [], linux} = this.#config;
		return mounts.some(mount => {
			const destination = cleanPath(mount.destination);
			const isHidden = path.startsWith(`${destination}/`) && (has(linux.readonlyPaths, path) || has(linux.maskedPaths, path)) && entry.root === path.slice(destination.length);
			return mount.type === type && ((path === destination && entry.root === '/') || isHidden)
				&& (ofKernel.has(type) || (entry.source === (mount.source ?? type) && entry.options.split(',').every(option => !option.includes('/') || (mount.options ?? []).includes(option))));
		});
	}
}

/** The parts of the root filesystem that are mounted elsewhere in it: a link there would be followed into the host. */
const refuseLinks = async (native: Native, base: string, root: MntEntry, binds: readonly MntEntry[]): Promise<void> => {
	const prefix = root.root === '/' ? '' : root.root;
	for (const bind of binds) {
		const parts = (bind.root.startsWith(`${prefix}/`) ? bind.root.slice(prefix.length) : bind.root).split('/').filter(Boolean);
		const stats = await native.batch(parts.map((_, index): HostOp => ({op: 'stat', path: `${base}/${parts.slice(0, index + 1).join('/')}`, nofollow: 1, okErrno: 'any'})));
		if (stats.map(statOf).some(stat => stat && (stat.mode & S_IFMT) === S_IFLNK)) {
			throw beyond(`a mount of ${bind.root}, which is a symlink, at ${absolutePath(bind.mountpoint)}`, 'mounts');
		}
	}
};

/**
 * @param namespaces The mounts of each mount namespace of the images, those of the first process first: that CRIU makes its
 * root is what it is given.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES`
 */
export const refuseForeignMounts = async (native: Native, config: ValidConfig, bundle: string, namespaces: ReadonlyArray<readonly MntEntry[]>): Promise<void> => {
	const [first = []] = namespaces;
	const root = first.find(({mountpoint}) => absolutePath(mountpoint) === '/');
	const allowed = new Allowed(config, root, first);
	const own = namespaces.flat().filter(mount => mount !== root && !isExternalMount(mount));
	for (const mount of own) {
		const path = absolutePath(mount.mountpoint);
		if (climbs(mount.root) || climbs(path) || !allowed.has(mount)) {
			throw beyond(`a mount of ${mountType(mount)} (${mount.root}) at ${path}`, 'mounts');
		}
	}

	if (root) {
		await refuseLinks(native, rootfsPath(config, bundle), root, own.filter(mount => allowed.isBind(mount)));
	}
};
