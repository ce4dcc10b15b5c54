// A checkpoint as a thing: what is in it, without CRIU and without restoring it.
import {stat} from 'node:fs/promises';
import {resolve} from 'node:path';
import {metadata} from '../archive/names.js';
import {originOf, parseFacts, type CheckpointOrigin} from '../archive/origin.js';
import type {ArchiveLimits} from '../archive/tar.js';
import {manifestFile, parseManifest, type Manifest} from '../checkpoint/manifest.js';
import {verifyImages} from '../checkpoint/seal.js';
import {readRecord} from '../images/records.js';
import {readStats, type DumpStats} from '../images/stats.js';
import {diffTasks, type CheckpointDiff, type DiffOptions} from './diff.js';
import type {ImageArchive} from './archive.js';
import {ImageDirectory} from './directory.js';
import type {CheckpointSize, Images} from './images.js';
import {ProcessMemory} from './memory.js';
import type {MountInfo} from './mounts.js';
import {Tasks, type ProcessInfo} from './task.js';

export interface Inspection {
	/** Absolute path. */
	readonly path: string;
	/** What ctnative wrote beside the images; undefined in those of another program. */
	readonly manifest: Manifest | undefined;
	/** What podman, CRI-O or containerd tell of the container, or an export of ours; undefined if there is nothing of it. */
	readonly origin: CheckpointOrigin | undefined;
	readonly size: CheckpointSize;
	/** The checkpoints that this one builds on, nearest first. */
	readonly parents: readonly string[];
	/** The first process, with all others below it; undefined in a pre-dump, which has memory only. */
	readonly root: ProcessInfo | undefined;
	/** Of the namespace of the first process. */
	readonly mounts: readonly MountInfo[];
	/** CRIU's figures of the dump; undefined if they were not kept. */
	readonly stats: DumpStats | undefined;
}

/** What was compared. */
export interface Verification {
	/** Those whose size is known. */
	readonly files: number;
	/** Those of them whose checksum is. */
	readonly checksums: number;
}

const isArchive = async (path: string): Promise<boolean> => stat(path).then(found => found.isFile(), () => false);

/** config.dump and spec.dump, which are there both or not at all. */
export const readOrigin = async (images: Images): Promise<CheckpointOrigin | undefined> => {
	const [container, spec] = [await images.read(metadata.config), await images.read(metadata.spec)];
	return container && spec && originOf(parseFacts(metadata.config, container), parseFacts(metadata.spec, spec), [...(await images.sizes()).keys()]);
};

/** A checkpoint of this or another program that uses CRIU: a directory, or an archive. Of a directory nothing stays open between calls. */
export class Checkpoint {
	/** Absolute, and without links. */
	readonly path: string;
	readonly manifest: Manifest | undefined;
	readonly #images: Images;
	readonly #archive: ImageArchive | undefined;
	#tasks: Promise<Tasks> | undefined;

	private constructor(images: Images, archive: ImageArchive | undefined, manifest: Manifest | undefined) {
		this.path = images.path;
		this.#images = images;
		this.#archive = archive;
		this.manifest = manifest;
	}

	/**
	 * An archive (zstd, gzip or plain) is read without an import. If it is compressed, its images are decompressed into a
	 * file in TMPDIR that has no name, and so goes with this program.
	 *
	 * @param path Directory of the images, or an archive of podman, CRI-O, containerd or exportCheckpoint().
	 * @param limits How much an archive may hold.
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it has none; `ERR_ARCHIVE` for an archive that an import would refuse.
	 */
	static async open(path: string, limits: ArchiveLimits = {}): Promise<Checkpoint> {
		const archive = await isArchive(path) ? await (await import('./archive.js')).ImageArchive.open(path, limits) : undefined;
		try {
			const images = archive ?? await ImageDirectory.open(resolve(path));
			readRecord('inventory', await images.need('inventory.img'));
			return new Checkpoint(images, archive, parseManifest(images.path, await images.read(manifestFile)));
		} catch (error) {
			await archive?.close();
			throw error;
		}
	}

	/** Closes an archive now, and not when nobody has it any more. What was asked for before has to have ended. */
	async close(): Promise<void> {
		await this.#archive?.close();
	}

	/**
	 * Reads everything but the pages themselves.
	 *
	 * Strings of the container (names, arguments, paths) are what it made them: print them with care.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if an image is missing, cut off, or none.
	 */
	async inspect(): Promise<Inspection> {
		const tasks = await this.#read();
		const root = await tasks.tree();
		const stats = await this.#images.read(metadata.stats);
		return {
			path: this.path,
			manifest: this.manifest,
			origin: await readOrigin(this.#images),
			size: await this.#images.size(),
			parents: tasks.chain.slice(1).map(({path}) => path),
			root,
			mounts: await tasks.mounts(root?.pid),
			stats: stats && readStats(stats).dump,
		};
	}

	/** The memory of a process. It is looked at when it is asked for something: then it throws if there is none. */
	memory(pid: number): ProcessMemory {
		return new ProcessMemory(pid, async () => (await this.#read()).memory(pid));
	}

	/**
	 * Compares every file with its size and checksum in the manifest, as far as that has them.
	 *
	 * @returns How much there was to compare: none in images of another program.
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` with the first file that is missing, cut off or changed as `subject`.
	 */
	async verify(): Promise<Verification> {
		if (this.manifest) {
			await verifyImages(
				this.path, this.manifest,
				async names => Promise.all(names.map(async name => (await this.#images.file(name))?.size)),
				async name => this.#images.digest(name),
			);
		}

		const files = Object.values(this.manifest?.files ?? {});
		return {files: files.length, checksums: files.filter(({sha256}) => sha256 !== undefined).length};
	}

	/**
	 * What is different in a later checkpoint of the same container, down to pages of memory.
	 *
	 * Pages that both have from the same file are not read; the others are, a few at a time.
	 *
	 * @param later The other one; the order decides what is called added, and what removed.
	 * @param options What is compared: all, unless something is left out.
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES`; `ERR_ARGUMENT` if neither has the process that was asked for.
	 */
	async diff(later: Checkpoint, options: DiffOptions = {}): Promise<CheckpointDiff> {
		return diffTasks(await this.#read(), await later.#read(), options);
	}

	async #read(): Promise<Tasks> {
		this.#tasks ??= Tasks.open(this.#images);
		return this.#tasks;
	}
}
