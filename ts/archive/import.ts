// A checkpoint out of an archive: of podman (`container checkpoint --export`), CRI-O or containerd, or of ours.
import {createWriteStream, existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rename, rm} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {CtnError} from '../errors.js';
import type {Native} from '../native/native.js';
import {safeAnnotations} from '../oci/annotations.js';
import type {Config} from '../oci/config.js';
import {diffFile} from './capture.js';
import {confineManifest} from './confine.js';
import {metadata, volumeFile, volumeOf} from './names.js';
import {originOf, parseFacts, type CheckpointOrigin, type Facts} from './origin.js';
import {readPacked} from './packed.js';
import type {ArchiveLimits} from './tar.js';
import {refused} from './tree.js';
import {readDeleted, unpackTar} from './unpack.js';

export interface ImportOptions extends ArchiveLimits {
	/** Directory that the container's /dev/shm was bound from, as podman does: what was in it goes here. Default: it stays packed. */
	readonly shm?: string;
	/** Directories by names of volumes: what was in each goes there. Default: they stay packed. */
	readonly volumes?: Readonly<Record<string, string>>;
}

/** What an archive says of itself. All of it is the word of whoever wrote it. */
export interface ImportedCheckpoint extends CheckpointOrigin {
	/** Absolute path of the images: for `runtime.restore()`. */
	readonly imagesDir: string;
	/**
	 * Its config.json at the checkpoint; root.path and sources of mounts are those of the other machine. Without
	 * annotations by which whoever wrote it would have a say on this one.
	 */
	readonly config: Config;
	/** There are changes of the root filesystem: restore with `rootfs`. */
	readonly rootfs: boolean;
	/** There is a content of /dev/shm. */
	readonly shm: boolean;
	readonly volumes: readonly string[];
	/** Devices and routes that it had here, as options of create. A restore makes them only if it is given them: look at them first. */
	readonly networks: ReadonlyArray<Readonly<Record<string, unknown>>>;
	readonly routes: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

const readJson = async (directory: string, file: string): Promise<Facts> => {
	try {
		return parseFacts(file, await readFile(`${directory}/${file}`));
	} catch (error) {
		throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? refused(file, 'is not in it', error) : error;
	}
};

const safeConfig = ({annotations, ...config}: Config): Config => ({...config, ...(annotations && {annotations: safeAnnotations(annotations)})});

const describe = async (imagesDir: string): Promise<ImportedCheckpoint> => {
	const config = await readJson(imagesDir, metadata.spec);
	const files = await readdir(imagesDir);
	await readDeleted(imagesDir); // Refused now, and not at the restore
	return {
		...await confineManifest(imagesDir),
		...originOf(await readJson(imagesDir, metadata.config), config, files),
		imagesDir,
		config: safeConfig(config as unknown as Config),
		rootfs: files.includes(diffFile),
		shm: files.includes(metadata.shm),
		volumes: files.flatMap(file => volumeOf(file) ?? []).sort(),
	};
};

const unpackFiles = async (archive: string, directory: string, limits: ArchiveLimits): Promise<void> => {
	await readPacked(archive, limits, async (file, _, content) => {
		await pipeline(content, createWriteStream(`${directory}/${file}`, {flags: 'wx', mode: 0o600, flush: true}));
	});
	if (!existsSync(`${directory}/inventory.img`)) {
		throw refused('checkpoint/inventory.img', 'is not in it: it is no complete checkpoint');
	}
};

/**
 * Makes a checkpoint directory of an archive, all of it or nothing.
 *
 * An archive may come from an attacker. It holds files only, under the names that engines use; anything
 * else is refused, and so is more than the limits. What is in its images is CRIU's to read: restore
 * only what you would run.
 *
 * @param archive File; zstd, gzip or plain, which is seen by its first bytes.
 * @param imagesDir Absolute path; made if it is missing, and must be empty.
 * @throws CtnError `ERR_ARCHIVE`; `ERR_CHECKPOINT_IMAGES` if `imagesDir` is not empty.
 */
export const importArchive = async (native: Native, archive: string, imagesDir: string, options: ImportOptions = {}): Promise<ImportedCheckpoint> => {
	const partial = `${imagesDir}.partial`;
	if (existsSync(imagesDir) && (await readdir(imagesDir)).length > 0) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `${imagesDir} is not empty`, {subject: imagesDir, cure: 'name a new directory'});
	}

	await mkdir(partial, {mode: 0o700});
	try {
		await unpackFiles(archive, partial, options);
		const told = await describe(partial);
		for (const [name, directory] of Object.entries({...options.volumes, ...(options.shm !== undefined && {'': options.shm})})) {
			await unpackTar(native, `${partial}/${name === '' ? metadata.shm : volumeFile(name)}`, directory, options);
		}

		await rename(partial, imagesDir);
		return {...told, imagesDir};
	} catch (error) {
		await rm(partial, {recursive: true, force: true});
		throw error;
	}
};
