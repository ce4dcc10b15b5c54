// The checkpoints of a directory, as directories and archives: whose they are, without their memory being read.
import {readdir, stat} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {metadata} from '../archive/names.js';
import {originOf, parseFacts, type CheckpointOrigin} from '../archive/origin.js';
import type {ArchiveLimits} from '../archive/tar.js';
import {manifestFile, parseManifest} from '../checkpoint/manifest.js';
import {CtnError} from '../errors.js';
import {readOrigin} from './checkpoint.js';
import {ImageDirectory} from './directory.js';
import {codeOf, invalid} from './reader.js';

/** Where a kubelet has them made. Source: Kubernetes, Kubelet Checkpoint API. */
export const kubeletCheckpoints = '/var/lib/kubelet/checkpoints';

export interface ListedCheckpoint extends Omit<CheckpointOrigin, 'engine'> {
	/** Empty for images of runc or CRIU alone. */
	readonly engine: CheckpointOrigin['engine'] | '';
	/** Absolute path of the directory or the archive. */
	readonly path: string;
}

/** Of a pre-dump there are no processes: it is a part of others. */
const processes = 'pstree.img';

const nothingTold: Omit<ListedCheckpoint, 'path'> = {engine: '', id: '', name: '', image: '', runtime: '', namespace: '', pod: '', created: '', checkpointed: '', annotations: {}};

const isCheckpoint = async (path: string): Promise<boolean> => stat(join(path, processes)).then(found => found.isFile(), () => false);

const fromDirectory = async (path: string): Promise<ListedCheckpoint> => {
	const images = await ImageDirectory.open(path);
	const manifest = parseManifest(images.path, await images.read(manifestFile));
	const origin = await readOrigin(images) ?? (manifest ? {...nothingTold, engine: 'ctnative', id: manifest.id, name: manifest.id, runtime: 'ctnative'} as const : nothingTold);
	const written = manifest?.created ?? (await stat(join(path, processes))).mtime.toISOString();
	return {...origin, checkpointed: origin.checkpointed || written, path: images.path};
};

/** Reads no further than to config.dump and spec.dump. */
const fromArchive = async (path: string, limits: ArchiveLimits): Promise<ListedCheckpoint> => {
	const {readPacked} = await import('../archive/packed.js');
	const facts = new Map<string, Uint8Array>();
	const files: string[] = [];
	await readPacked(path, limits, async (file, _, content) => {
		files.push(file);
		if (file !== metadata.config && file !== metadata.spec) {
			return undefined;
		}

		facts.set(file, await buffer(content));
		return facts.size === 2 ? 'enough' : undefined;
	});
	const [container, spec] = [facts.get(metadata.config), facts.get(metadata.spec)];
	if (container === undefined || spec === undefined) {
		throw new CtnError('ERR_ARCHIVE', `${path} is no archive of a checkpoint: ${metadata.config} and ${metadata.spec} are not both in it`, {subject: path});
	}

	return {...originOf(parseFacts(metadata.config, container), parseFacts(metadata.spec, spec), files), path};
};

/** By its name; a kubelet's begin with `checkpoint-`. */
const isArchiveName = (name: string): boolean => /^checkpoint-|\.(?:tar|tgz|tzst)$|\.tar\.\w+$/.test(name);

export interface ListOptions extends ArchiveLimits {
	/** Is told of what looks like a checkpoint in a directory, and cannot be read. Default: it is left out. */
	readonly onUnreadable?: (path: string, error: unknown) => void;
}

const within = async (directory: string, {onUnreadable = () => {}, ...limits}: ListOptions): Promise<ListedCheckpoint[]> => {
	const found: ListedCheckpoint[] = [];
	for (const name of (await readdir(directory)).sort()) {
		const path = join(directory, name);
		try {
			if (await isCheckpoint(path)) {
				found.push(await fromDirectory(path));
			} else if (isArchiveName(name) && (await stat(path)).isFile()) {
				found.push(await fromArchive(path, limits));
			}
		} catch (error) {
			onUnreadable(path, error);
		}
	}

	return found;
};

/**
 * Lists checkpoints: of each path that is one itself, and of each other directory those in it, by name.
 *
 * @param paths Directories and archives. Default: where a kubelet has its checkpoints; none, if there is no kubelet.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` or `ERR_ARCHIVE` for a path that is no directory, and no archive of a checkpoint.
 */
export const listCheckpoints = async (paths?: readonly string[], options: ListOptions = {}): Promise<ListedCheckpoint[]> => {
	const found: ListedCheckpoint[] = [];
	for (const path of (paths ?? [kubeletCheckpoints]).map(given => resolve(given))) {
		try {
			if (await isCheckpoint(path)) {
				found.push(await fromDirectory(path));
			} else {
				found.push(...(await stat(path)).isFile() ? [await fromArchive(path, options)] : await within(path, options));
			}
		} catch (error) {
			if (paths !== undefined || codeOf(error) !== 'ENOENT') {
				throw error instanceof CtnError ? error : invalid(path, codeOf(error), error);
			}
		}
	}

	return found;
};
