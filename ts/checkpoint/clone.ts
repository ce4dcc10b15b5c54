// What makes one of many restores of the same checkpoint: a root filesystem layer and a host name of its own.
import {CtnError} from '../errors.js';
import {rootfsPath} from '../launch/build.js';
import {CLONE_NEWUTS, MS_SLAVE} from '../linux/constants.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {inNamespace} from './in-namespace.js';

export interface CloneOptions {
	/**
	 * The host name that the container has from its first instruction on; it needs a uts namespace. Default:
	 * that of the dump.
	 */
	readonly hostname?: string | undefined;
	/**
	 * Where the container's changes to its root filesystem go: an overlay on top of that of the bundle,
	 * which is only read and must stay as it is. Default: the bundle's own takes them.
	 */
	readonly layer?: Layer | undefined;
}

export interface Layer {
	/**
	 * Absolute path; made if it is missing. `upper` in it holds what the container changed, `work` is the
	 * kernel's. It stays the caller's, and nobody else may use it meanwhile.
	 */
	readonly directory: string;
	/** Directories in between, the uppermost first, such as the changes that a checkpoint brought along. Default: none. */
	readonly lower?: readonly string[];
}

/** The kernel takes no longer text of one option. Source: fsconfig(2). */
const longestOption = 255;

const overlay = 'overlay';

const argument = (subject: string, message: string): CtnError => new CtnError('ERR_ARGUMENT', message, {subject});

const option = (name: string, paths: readonly string[]): string => {
	for (const path of paths) {
		if (typeof path !== 'string' || !path.startsWith('/') || path.includes('\0')) {
			throw argument('layer', `layer needs absolute paths, not ${JSON.stringify(path)}`);
		}
	}

	const text = paths.map(path => path.replaceAll('\\', '\\\\').replaceAll(':', '\\:')).join(':');
	if (text.length > longestOption) {
		throw argument('layer', `the paths of ${name} are too long together: ${text.length} bytes of ${longestOption}`);
	}

	return `${name}=${text}`;
};

/** Opens the root filesystem as a mount that is nowhere yet; the last op has it as its result. */
export const rootOps = (config: ValidConfig, bundle: string, layer: Layer | undefined): HostOp[] => {
	const path = rootfsPath(config, bundle);
	if (layer === undefined) {
		return [{op: 'open_tree', path, recursive: 1, set: 0n, clear: 0n, all_set: 0n, all_clear: 0n, propagation: MS_SLAVE}];
	}

	const {directory, lower = []} = layer;
	const options = [option('lowerdir', [...lower, path]), option('upperdir', [`${directory}/upper`]), option('workdir', [`${directory}/work`])];
	return [
		...[directory, `${directory}/upper`, `${directory}/work`].map((made): HostOp => ({op: 'mkdir', path: made, mode: 0o755, okErrno: 'EEXIST'})),
		{op: 'new_tree', attributes: 0n, fstype: overlay, path: overlay, options},
	];
};

/** An error of these ops, in words of the layer. */
export const layerError = (error: unknown, layer: Layer | undefined): unknown =>
	layer !== undefined && error instanceof CtnError && (error.subject === overlay || error.subject?.startsWith(layer.directory))
		? new CtnError('ERR_ARGUMENT', `the layer ${layer.directory} cannot be used: ${error.errno!}`, {
			cause: error, errno: error.errno, subject: 'layer', cure: 'name a directory of a filesystem that can be written through an overlay, such as ext4 or tmpfs',
		})
		: error;

/** @throws CtnError `ERR_ARGUMENT` if the container cannot have that name. */
export const checkHostname = (config: ValidConfig, hostname: string | undefined): void => {
	if (hostname === undefined) {
		return;
	}

	if (!config.linux.namespaces?.some(({type, path}) => type === 'uts' && !path)) {
		throw argument('hostname', 'hostname needs a uts namespace of the container\'s own');
	}

	if (hostname === '' || hostname.length > 64 || hostname.includes('\0')) {
		throw argument('hostname', `hostname must have 1 to 64 bytes, not ${JSON.stringify(hostname)}`);
	}
};

/** @param pid A process of the container; none of them runs yet. */
export const setHostname = async (native: Native, pid: number, stdio: readonly [Fd, Fd, Fd], name: string): Promise<void> =>
	inNamespace(native, {pid, stdio, types: CLONE_NEWUTS, what: 'the host name could not be set'}, [{op: 'hostname', name}]);
