// A checkpoint as a thing: what is in it, without CRIU and without restoring it.
import {resolve} from 'node:path';
import {manifestFile, parseManifest, type Manifest} from '../checkpoint/manifest.js';
import {verifyImages} from '../checkpoint/seal.js';
import {readRecord} from '../images/records.js';
import {readStats, type DumpStats} from '../images/stats.js';
import {diffTasks, type CheckpointDiff, type DiffOptions} from './diff.js';
import {ImageDirectory, type CheckpointSize} from './directory.js';
import {ProcessMemory} from './memory.js';
import type {MountInfo} from './mounts.js';
import {Tasks, type ProcessInfo} from './task.js';

export interface Inspection {
	/** Absolute path. */
	readonly path: string;
	/** What ctnative wrote beside the images; undefined in those of another program. */
	readonly manifest: Manifest | undefined;
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

/** A checkpoint of this or another program that uses CRIU. Nothing of it stays open between calls. */
export class Checkpoint {
	/** Absolute, and without links. */
	readonly path: string;
	readonly manifest: Manifest | undefined;
	readonly #directory: ImageDirectory;
	#tasks: Promise<Tasks> | undefined;

	private constructor(directory: ImageDirectory, manifest: Manifest | undefined) {
		this.path = directory.path;
		this.#directory = directory;
		this.manifest = manifest;
	}

	/**
	 * @param path Directory of the images.
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it has none.
	 */
	static async open(path: string): Promise<Checkpoint> {
		const directory = await ImageDirectory.open(resolve(path));
		readRecord('inventory', await directory.need('inventory.img'));
		return new Checkpoint(directory, parseManifest(directory.path, await directory.read(manifestFile)));
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
		const stats = await this.#directory.read('stats-dump');
		return {
			path: this.path,
			manifest: this.manifest,
			size: await this.#directory.size(),
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
			await verifyImages(this.path, this.manifest, async names => Promise.all(names.map(async name => (await this.#directory.pages(name))?.size)), true);
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
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES`
	 */
	async diff(later: Checkpoint, options: DiffOptions = {}): Promise<CheckpointDiff> {
		return diffTasks(await this.#read(), await later.#read(), options);
	}

	async #read(): Promise<Tasks> {
		this.#tasks ??= Tasks.open(this.#directory);
		return this.#tasks;
	}
}
