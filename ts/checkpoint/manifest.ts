// What we write beside CRIU's images: what a restore has to know and CRIU does not keep.
import {CtnError} from '../errors.js';
import {O_CREAT, O_TRUNC} from '../linux/constants.js';
import {decodeUtf8, encodeUtf8} from '../linux/utf8.js';
import type {HostOp, HostResult, Native} from '../native/native.js';
import type {CgroupRecord} from '../cgroups/plan.js';
import type {ValidConfig} from '../oci/config.js';
import type {NetworkStatus} from '../network/cni-plan.js';
import type {Network, Route} from '../network/networks.js';
import type {ExternalMount} from './externals.js';
import type {HostFacts} from './host.js';

export const manifestVersion = 1;

export interface Manifest {
	readonly version: typeof manifestVersion;
	/** Of the container that was dumped. */
	readonly id: string;
	/** ISO 8601, UTC. */
	readonly created: string;
	/** Version of CRIU that wrote the images, such as `4.2.1`. */
	readonly criu: string;
	readonly mounts: readonly ExternalMount[];
	/** For each of descriptors 0-2 the key by which CRIU can be given another file, if it can. */
	readonly stdio: ReadonlyArray<string | null>;
	/** `own`: empty but for loopback; `external`: joined by path; `host`. */
	readonly network: 'own' | 'external' | 'host';
	/** Devices and routes that create was asked for, to be made again. */
	readonly networks?: readonly Network[] | undefined;
	readonly routes?: readonly Route[] | undefined;
	/** Names of the networks of CNI that it was in; `network.status` has its addresses. */
	readonly cni?: readonly string[] | undefined;
	/** The container had a terminal of ours. */
	readonly terminal: boolean;
	/** The machine that it was made on; undefined in images of others, and of older versions. */
	readonly host?: HostFacts | undefined;
	/** config.json of the container, with its namespaces. */
	readonly spec?: ValidConfig | undefined;
	/** Where its cgroups were. */
	readonly cgroup?: CgroupRecord | undefined;
	/** The checkpoint that this one builds on, as the link `parent` has it. */
	readonly parent?: string | undefined;
	/** The files beside this one, by name. */
	readonly files?: Readonly<Record<string, SealedFile>> | undefined;
}

export interface SealedFile {
	/** In bytes. */
	readonly size: number;
	/** In hexadecimal; undefined if nobody had the time to take it. */
	readonly sha256?: string | undefined;
}

export const manifestFile = 'ctnative.json';

/** runc's file of the same purpose: an array of the links of descriptors 0 to 2. */
const descriptorsFile = 'descriptors.json';

const write = (path: string, value: unknown): HostOp =>
	({op: 'write', path, data: encodeUtf8(`${JSON.stringify(value, undefined, '\t')}\n`), flags: O_CREAT | O_TRUNC, mode: 0o600});

/** Addresses of CNI's networks, as podman keeps them: it indents by two, and its archives have it under this name. */
export const networkStatusOp = (directory: string, status: NetworkStatus): HostOp => ({
	op: 'write', path: `${directory}/network.status`, data: encodeUtf8(JSON.stringify(status, undefined, 2)), flags: O_CREAT | O_TRUNC, mode: 0o600,
});

/** Both files; runc can restore with the second. */
export const manifestOps = (directory: string, manifest: Manifest, links: readonly string[]): HostOp[] => [
	write(`${directory}/${manifestFile}`, manifest),
	write(`${directory}/${descriptorsFile}`, links),
];

const invalid = (directory: string, why: string, cause?: unknown): CtnError =>
	new CtnError('ERR_CHECKPOINT_IMAGES', `${directory} holds no checkpoint: ${why}`, {cause, subject: directory});

/** Mounts and stdio of images that runc wrote: named by mount point, and by link. */
const fromRunc = (links: readonly string[]): Manifest => ({
	version: manifestVersion,
	id: '',
	created: '',
	criu: '',
	mounts: [],
	stdio: links.map(link => link.startsWith('pipe:') ? link : null),
	network: 'own',
	terminal: false,
});

/**
 * The manifest from its bytes; undefined if there are none.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is none, or of another version.
 */
export const parseManifest = (directory: string, bytes: Uint8Array | undefined): Manifest | undefined => {
	if (bytes === undefined) {
		return undefined;
	}

	try {
		const parsed = JSON.parse(decodeUtf8(bytes)) as Manifest;
		if (parsed.version !== manifestVersion) {
			throw new Error(`version ${String(parsed.version)} of ${manifestFile} is not ${manifestVersion}`);
		}

		return parsed;
	} catch (error) {
		throw invalid(directory, (error as Error).message, error);
	}
};

/** What a restore is told by it; whoever looks only needs neither. */
const withLists = (directory: string, manifest: Manifest): Manifest => {
	const isList = (list: unknown, isItem: (item: unknown) => boolean): boolean => Array.isArray(list) && list.every(item => isItem(item));
	if (!isList(manifest.mounts, mount => typeof (mount as ExternalMount | null)?.mountPoint === 'string') || !isList(manifest.stdio, key => key === null || typeof key === 'string')) {
		throw invalid(directory, `${manifestFile} has no lists of mounts and stdio`);
	}

	return manifest;
};

const bytesOf = (result: HostResult | undefined): Uint8Array | undefined => result instanceof Uint8Array ? result : undefined;

/**
 * Reads what a checkpoint says of itself.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if the directory is none, or of another version.
 */
export const readManifest = async (native: Native, directory: string): Promise<Manifest> => {
	const [inventory, manifest, descriptors] = await native.batch([
		{op: 'stat', path: `${directory}/inventory.img`, nofollow: 0, okErrno: 'any'},
		{op: 'read', path: `${directory}/${manifestFile}`, max: 1 << 24, okErrno: 'ENOENT'},
		{op: 'read', path: `${directory}/${descriptorsFile}`, max: 1 << 16, okErrno: 'ENOENT'},
	]);
	if (!(inventory instanceof Uint8Array)) {
		throw invalid(directory, 'there is no inventory.img');
	}

	const parsed = parseManifest(directory, bytesOf(manifest));
	if (parsed) {
		return withLists(directory, parsed);
	}

	if (!(descriptors instanceof Uint8Array)) {
		throw invalid(directory, `there is neither ${manifestFile} nor ${descriptorsFile}`);
	}

	try {
		return fromRunc(JSON.parse(decodeUtf8(descriptors)) as string[]);
	} catch (error) {
		throw invalid(directory, (error as Error).message, error);
	}
};
