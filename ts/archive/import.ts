// A checkpoint out of an archive: of podman (`container checkpoint --export`), CRI-O or containerd, or of ours.
import {createWriteStream, existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rename, rm, symlink} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {CtnError} from '../errors.js';
import {parentLink} from '../images/parent-link.js';
import type {Native} from '../native/native.js';
import {safeAnnotations} from '../oci/annotations.js';
import type {Config} from '../oci/config.js';
import {diffFile} from './capture.js';
import {confineManifest} from './confine.js';
import {withCodes} from './failure.js';
import {metadata, previousImages, volumeFile, volumeOf, type ImagesEntry} from './names.js';
import {originOf, parseFacts, type CheckpointOrigin, type Facts} from './origin.js';
import {readPacked, type Packed} from './packed.js';
import type {ArchiveLimits} from './tar.js';
import {refused} from './tree.js';
import {readDeleted, unpackTar} from './unpack.js';

export interface ImportOptions extends ArchiveLimits {
	/**
	 * The archive that this one builds upon: of podman, `container checkpoint --pre-checkpoint` for one of `--with-previous`.
	 * What is refused in the one is refused in the other. Default: it builds upon none.
	 */
	readonly previous?: string;
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

/** Pages, where they belong, and what CRIU looks at first. */
const isMemory = (file: string): boolean => /^(?:inventory|(?:pagemap|pages)-[\w-]+)\.img$/.test(file);

const safeConfig = ({annotations, ...config}: Config): Config => ({...config, ...(annotations && {annotations: safeAnnotations(annotations)})});

const describe = async (imagesDir: string): Promise<ImportedCheckpoint> => {
	const config = await readJson(imagesDir, metadata.spec);
	const files = await readdir(imagesDir);
	await readDeleted(imagesDir); // Refused now, and not at the restore
	return {
		...await confineManifest(imagesDir, files.includes(parentLink)),
		...originOf(await readJson(imagesDir, metadata.config), config, files),
		imagesDir,
		config: safeConfig(config as unknown as Config),
		rootfs: files.includes(diffFile),
		shm: files.includes(metadata.shm),
		volumes: files.flatMap(file => volumeOf(file) ?? []).sort(),
	};
};

const unpackFiles = async (archive: string, directory: string, limits: ArchiveLimits, images: ImagesEntry = 'checkpoint'): Promise<Packed> => {
	const packed = await readPacked(archive, limits, async (file, _, content) => {
		await pipeline(content, createWriteStream(`${directory}/${file}`, {flags: 'wx', mode: 0o600, flush: true}));
	}, images);
	if (!existsSync(`${directory}/inventory.img`)) {
		throw refused(`${images}/inventory.img`, 'is not in it: it is no complete checkpoint');
	}

	return packed;
};

/** Only its memory counts: all else is as it was later. */
const unpackPrevious = async (archive: string, directory: string, limits: ArchiveLimits): Promise<void> => {
	const previous = `${directory}/${previousImages}`;
	await mkdir(previous, {mode: 0o755}); // CRIU enters it as the root of a user namespace, too; the one above keeps others out
	await unpackFiles(archive, previous, limits, previousImages);
	const [earlier, later] = [await readJson(previous, metadata.config), await readJson(directory, metadata.config)];
	if (earlier['id'] !== later['id']) {
		throw refused(metadata.config, `of previous is of container ${JSON.stringify(earlier['id'])}, and not of ${JSON.stringify(later['id'])}`);
	}

	for (const name of (await readdir(previous)).filter(file => !isMemory(file))) {
		await rm(`${previous}/${name}`);
	}

	await symlink(previousImages, `${directory}/${parentLink}`);
};

/** A checkpoint in an empty directory, with what it builds upon. */
const unpackBoth = async (archive: string, directory: string, {previous, ...limits}: ImportOptions): Promise<void> => {
	const {hasParent} = await unpackFiles(archive, directory, limits);
	if (hasParent !== (previous !== undefined)) {
		throw hasParent
			? new CtnError('ERR_ARCHIVE', `${archive} builds upon another one`, {subject: archive, cure: 'name that one as previous'})
			: new CtnError('ERR_ARCHIVE', `${archive} builds upon no other one`, {subject: 'previous', cure: 'import it without previous'});
	}

	if (previous !== undefined) {
		await unpackPrevious(previous, directory, limits);
	}
};

/** Where it is unpacked to, until it is complete. */
const makePartial = async (imagesDir: string): Promise<string> => {
	const partial = `${imagesDir}.partial`;
	await mkdir(partial, {mode: 0o700}).catch((cause: NodeJS.ErrnoException) => {
		const cure = cause.code === 'EEXIST' ? 'another import writes there, or was cut off: remove it' : undefined;
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `${partial} cannot be made: ${cause.code}`, {cause, errno: cause.code, subject: partial, cure});
	});
	return partial;
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
 * @throws CtnError `ERR_ARCHIVE`; `ERR_CHECKPOINT_IMAGES` if `imagesDir` is not empty, or cannot be made; `ERR_ARGUMENT`.
 */
export const importArchive = async (native: Native, archive: string, imagesDir: string, options: ImportOptions = {}): Promise<ImportedCheckpoint> => withCodes(async () => {
	if (existsSync(imagesDir) && (await readdir(imagesDir)).length > 0) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `${imagesDir} is not empty`, {subject: imagesDir, cure: 'name a new directory'});
	}

	const partial = await makePartial(imagesDir);
	try {
		await unpackBoth(archive, partial, options);
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
});
