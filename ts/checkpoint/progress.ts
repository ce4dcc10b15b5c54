// How far a checkpoint is: stages as they are reached, bytes as they are written, and how long the container stood still.
import {pageSize} from '../linux/page-size.js';
import type {HostOp, Native} from '../native/native.js';
import {namesOf, statOf, textOf} from '../native/results.js';

/**
 * `waiting`: with migrate(), nobody has asked for it yet; `pre-copied`: a round of memory is written, of so many bytes, and goes ahead; `frozen`: all processes stand still; `network-locked`: packets are held back; `dumping`: CRIU begins to write;
 * `pages`: so much of the memory is written; `dumped`: the images are written, and the container is about to go on, or to
 * end; `serving`: with `lazyPages`, memory can be asked for; `thawed`: it runs again; `ended`: it is gone; `complete`: the images have their name.
 */
export type CheckpointStage = 'waiting' | 'pre-copied' | 'frozen' | 'network-locked' | 'dumping' | 'pages' | 'dumped' | 'serving' | 'thawed' | 'ended' | 'complete';

export interface CheckpointEvent {
	readonly stage: CheckpointStage;
	/** Milliseconds since the checkpoint began. */
	readonly elapsedMs: number;
	/** Bytes of memory in the images by now; with `pages` and later. */
	readonly bytes?: number | undefined;
	/** About what that will come to. */
	readonly expectedBytes?: number | undefined;
}

const intervalMs = 100;

/** Memory of the processes that is in no file: what a dump writes, more or less. */
export const expectBytes = async (native: Native, pids: readonly number[]): Promise<number> => {
	const lines = await native.batch(pids.map((pid): HostOp => ({op: 'read', path: `/proc/${pid}/statm`, max: 4096, okErrno: 'any'})));
	return lines.reduce<number>((sum, line) => {
		const [, resident = 0, shared = 0] = textOf(line).split(' ').map(Number);
		return sum + ((resident - shared) * pageSize);
	}, 0);
};

const writtenBytes = async (native: Native, directory: string): Promise<number> => {
	const [listed] = await native.batch([{op: 'list', path: directory, directories: 0, okErrno: 'any'}]);
	const names = namesOf(listed).filter(name => name.startsWith('pages-'));
	const stats = await native.batch(names.map((name): HostOp => ({op: 'stat', path: `${directory}/${name}`, nofollow: 1, okErrno: 'any'})));
	return stats.reduce<number>((sum, stat) => sum + Number(statOf(stat)?.size ?? 0n), 0);
};

export class CheckpointProgress {
	readonly #native: Native;
	readonly #directory: string;
	readonly #emit: (event: CheckpointEvent) => void;
	readonly #expectedBytes: number;
	readonly #begun: number;
	#stillSince: number | undefined;
	#isWriting = false;
	#isDumped = false;
	/** Microseconds from the freeze until the container ran again, or was gone. */
	downtimeUs = 0;

	constructor(native: Native, directory: string, {begun, expectedBytes, emit}: {begun: number; expectedBytes: number; emit: (event: CheckpointEvent) => void}) {
		this.#native = native;
		this.#directory = directory;
		this.#begun = begun;
		this.#expectedBytes = expectedBytes;
		this.#emit = emit;
	}

	/** The images are complete. */
	get isDumped(): boolean {
		return this.#isDumped;
	}

	reach(stage: CheckpointStage, bytes?: number): void {
		this.#emit({stage, elapsedMs: performance.now() - this.#begun, ...(bytes !== undefined && {bytes, expectedBytes: this.#expectedBytes})});
	}

	/** From here on the container stands still. */
	still(): void {
		this.#stillSince = performance.now();
	}

	/** From here on pages are written. */
	writing(): void {
		this.reach('dumping');
		if (!this.#isWriting) {
			this.#isWriting = true;
			void this.#watch();
		}
	}

	/** CRIU has written all: how many bytes of memory that is. */
	async count(): Promise<number> {
		this.stop();
		return writtenBytes(this.#native, this.#directory);
	}

	/** The images are complete, with so many bytes of memory. */
	written(bytes: number): void {
		this.#isDumped = true;
		this.reach('dumped', bytes);
	}

	/** The container no longer stands still. */
	over(stage: 'thawed' | 'ended'): void {
		if (this.#stillSince !== undefined) {
			this.downtimeUs = Math.round((performance.now() - this.#stillSince) * 1000);
			this.#stillSince = undefined;
			this.reach(stage);
		}
	}

	/** Looks no more at what is written. */
	stop(): void {
		this.#isWriting = false;
	}

	async #watch(): Promise<void> {
		for (let last = 0; this.#isWriting;) {
			const bytes = await writtenBytes(this.#native, this.#directory).catch(() => last); // It only tells; CRIU says what is wrong
			if (this.#isWriting && bytes > last) {
				last = bytes;
				this.reach('pages', bytes);
			}

			await this.#native.sleep(intervalMs);
		}
	}
}
