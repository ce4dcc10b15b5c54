// A checkpoint as an archive that podman takes (`container restore --import`), and CRI-O, which reads the same.
import {createReadStream, existsSync} from 'node:fs';
import {link, lstat, mkdir, readdir, readFile, rm, stat} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {CtnError} from '../errors.js';
import {parentLink} from '../images/parent-link.js';
import type {Native} from '../native/native.js';
import type {Config} from '../oci/config.js';
import {parseJson, toJson} from '../oci/json.js';
import {captureRootfs, diffFile} from './capture.js';
import type {Compression} from './compression.js';
import {withCodes} from './failure.js';
import {entryOf, listedInArchive, manifestFile, metadata, previousImages, volumeOf} from './names.js';
import {TarWriter} from './tar.js';

export interface ExportOptions {
	/** Default: `zstd`. */
	readonly compression?: Compression;
	/** The container's config.json. Default: what an import has left in the directory. */
	readonly config?: Config;
	/** Directory of an import that the container came from: what its engine said of it, and its volumes, go along. Default: none. */
	readonly origin?: string;
	/** What podman is to call the container. Default: as in the archive it came from, else its id. */
	readonly name?: string;
	/** Of 64 hexadecimal digits, for podman. Default: as in the archive it came from. */
	readonly id?: string;
	/** The image that podman makes the root filesystem from: its name, and its id (64 digits). */
	readonly image?: {readonly name: string; readonly id: string};
	/** Path of the runtime that podman restores with; it must be the same there. Default: as it came, else `ctnative`. */
	readonly runtime?: string;
	/** Directory that /dev/shm is bound from: packed as it is now. Default: what an import has left. */
	readonly shm?: string;
	/** Directories of volumes by their names: packed as they are now. Default: what an import has left. */
	readonly volumes?: Readonly<Record<string, string>>;
}

const readIfThere = async (path: string): Promise<Record<string, unknown> | undefined> =>
	existsSync(path) ? parseJson(await readFile(path, 'utf8'), path) as Record<string, unknown> : undefined;

const json = (value: unknown): Buffer => Buffer.from(toJson(value));

const metadataHeader = (name: string) => ({name, mode: 0o600, mtime: new Date()});

/** podman's ContainerConfig, as far as a restore needs it; the rest podman makes anew. */
const containerConfig = (before: Record<string, unknown> | undefined, spec: unknown, {id, name, image, runtime}: ExportOptions): Record<string, unknown> => {
	const now = new Date().toISOString();
	const given = {
		...(id !== undefined && {id}),
		...(name !== undefined && {name}),
		...(image !== undefined && {rootfsImageID: image.id, rootfsImageName: image.name}),
		...(runtime !== undefined && {runtime}),
	};
	return before === undefined
		? {name: id, runtime: 'ctnative', createdTime: now, cgroupManager: 'cgroupfs', logDriver: 'k8s-file', stopSignal: 15, stopTimeout: 10, shmSize: 65_536_000, ...given, spec, checkpointedTime: now}
		: {...before, ...given, checkpointedTime: now};
};

const checkOptions = (before: unknown, spec: unknown, {id, image, config}: ExportOptions): void => {
	if (spec === undefined) {
		throw new CtnError('ERR_ARGUMENT', 'config must be given: it is neither in the checkpoint nor in origin', {subject: 'config'});
	}

	if (before === undefined && (id === undefined || image === undefined || config === undefined)) {
		throw new CtnError('ERR_ARGUMENT', 'id and image must be given: the checkpoint came from no archive', {subject: id === undefined ? 'id' : 'image', cure: 'give the name and the id of an image that podman has'});
	}
};

/** Packs one of the directories that the container had mounted, as a file of its own next to the archive. */
const packDirectory = async (native: Native, tar: TarWriter, entry: string, directory: string, archive: string): Promise<void> => {
	const scratch = `${archive}.${entry.replaceAll('/', '-')}.partial`;
	await mkdir(scratch, {mode: 0o700});
	try {
		await captureRootfs(native, {kind: 'directory', path: directory}, scratch);
		await addFile(tar, entry, `${scratch}/${diffFile}`);
	} finally {
		await rm(scratch, {recursive: true, force: true});
	}
};

const addFile = async (tar: TarWriter, name: string, path: string): Promise<void> => {
	const {size, mtime} = await stat(path);
	await tar.add({name, mode: 0o600, mtime, size}, createReadStream(path, {end: Math.max(size - 1, 0)}));
};

/** Of an earlier checkpoint: what is not of its moment. */
const goesAlong = (name: string): boolean => name === metadata.network || name === metadata.shm || volumeOf(name) !== undefined;

const namesIn = async (imagesDir: string): Promise<string[]> => {
	const names = (await readdir(imagesDir)).filter(name => name !== parentLink && name !== previousImages).sort(); // What is there comes by other images
	for (const name of names) {
		if (!(await lstat(`${imagesDir}/${name}`)).isFile()) {
			throw new CtnError('ERR_CHECKPOINT_UNSUPPORTED', `${imagesDir}/${name} is no file, as those of a checkpoint are`, {subject: name});
		}
	}

	return names;
};

/** An image that takes the place of one in the directory. */
export interface ReplacedImage {
	/** Bytes. */
	readonly size: number;
	content(): AsyncIterable<Uint8Array>;
}

/** The manifest of what is in the archive: without the checkpoint before it, and its files as they are there. */
const packedManifest = (manifest: Readonly<Record<string, unknown>>, replaced: ReadonlyMap<string, ReplacedImage>): Record<string, unknown> => {
	const {parent: _, ...listed} = listedInArchive(manifest);
	const sizes = [...replaced].map(([name, {size}]) => [name, {size}] as const);
	return {...listed, files: {...listed['files'] as object, ...Object.fromEntries(sizes)}};
};

/**
 * Writes a checkpoint directory as an archive, in a stream: none of its images is ever in memory as a whole.
 *
 * @param imagesDir Of a checkpoint, or of an import.
 * @param archive File; must not be there. It is complete or not there.
 * @param replaced Images in the place of others, by name: of a checkpoint with another one before it all of its memory.
 * @throws CtnError `ERR_ARGUMENT`, `ERR_ARCHIVE`, `ERR_CHECKPOINT_UNSUPPORTED`.
 */
export const exportArchive = async (native: Native, imagesDir: string, archive: string, options: ExportOptions = {}, replaced: ReadonlyMap<string, ReplacedImage> = new Map()): Promise<void> => withCodes(async () => {
	const {origin = imagesDir} = options;
	const before = await readIfThere(`${origin}/${metadata.config}`);
	const spec = options.config ?? await readIfThere(`${origin}/${metadata.spec}`);
	checkOptions(before, spec, options);
	const names = await namesIn(imagesDir);
	const others = origin === imagesDir ? [] : (await namesIn(origin)).filter(name => !names.includes(name) && goesAlong(name));
	const made = new Map<string, Uint8Array>([
		[metadata.config, json(containerConfig(before, spec, options))],
		[metadata.spec, json(spec)],
		...([...names, ...others].includes(metadata.network) ? [] : [[metadata.network, json(null)] as const]),
	]);
	const packed = new Map<string, string>(Object.entries(options.volumes ?? {}).map(([name, directory]) => [`volumes/${name}.tar`, directory]));
	if (options.shm !== undefined) {
		packed.set(metadata.shm, options.shm);
	}

	const partial = `${archive}.${process.pid}.partial`; // No one else's
	const tar = new TarWriter(partial, options.compression ?? 'zstd');
	try {
		// What tells of it comes first: whoever lists archives reads no further
		await tar.add({name: 'checkpoint/', type: 'directory', mode: 0o700, mtime: new Date()});
		const manifest = await readIfThere(`${imagesDir}/${manifestFile}`);
		if (manifest !== undefined) {
			await tar.add(metadataHeader(entryOf(manifestFile)), json(packedManifest(manifest, replaced)));
		}

		for (const [name, bytes] of made) {
			await tar.add(metadataHeader(name), bytes);
		}

		for (const [entry, directory] of packed) {
			await packDirectory(native, tar, entry, directory, archive);
		}

		for (const name of names.filter(file => file !== manifestFile && !made.has(file) && !packed.has(entryOf(file)) && !replaced.has(file))) {
			await addFile(tar, entryOf(name), `${imagesDir}/${name}`);
		}

		for (const [name, {size, content}] of replaced) {
			await tar.add({...metadataHeader(entryOf(name)), size}, Readable.from(content()));
		}

		for (const name of others.filter(file => !packed.has(entryOf(file)))) {
			await addFile(tar, entryOf(name), `${origin}/${name}`);
		}

		await tar.end();
		await link(partial, archive); // Which, other than a rename, replaces nothing
	} catch (error) {
		await tar.abandon();
		throw error;
	} finally {
		await rm(partial, {force: true});
	}
});
