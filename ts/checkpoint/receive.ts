// receive, at the destination: what comes of a container from its source, and what is told to that.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {throwIfCalledOff, type CallOff} from '../criu/abort.js';
import {checkKey, checkLazyRestore, parseAddress, type LazyRestoreOptions} from '../pager/options.js';
import type {LazyPages} from '../pager/pager.js';
import {Arrival} from '../pager/transfer.js';

/** Where from; as `lazyPages` of a restore has it. */
export type ReceiveFrom = Required<Pick<LazyRestoreOptions, 'from'>> & Omit<LazyRestoreOptions, 'from' | 'fill'>;

/** A container on its way to here. */
export class Reception {
	/** Of the images; it is there as long as they are needed. */
	readonly imagesDir: string;
	readonly #arrival: Arrival;
	readonly #reconnectMs: number;
	readonly #signal: CallOff | undefined;

	private constructor(arrival: Arrival, imagesDir: string, reconnectMs: number, signal: CallOff | undefined) {
		this.#signal = signal;
		this.#arrival = arrival;
		this.imagesDir = imagesDir;
		this.#reconnectMs = reconnectMs;
	}

	/**
	 * Finds the source; the container runs on there.
	 *
	 * @throws CtnError `ERR_MIGRATION`, `ERR_ARGUMENT`
	 */
	static async open(from: ReceiveFrom, signal: CallOff | undefined): Promise<Reception> {
		const address = parseAddress(from.from, 'from');
		const key = checkKey(from);
		const {reconnectMs} = checkLazyRestore(from)!;
		throwIfCalledOff(signal, 'nothing was received');
		const arrival = await Arrival.connect(address, key);
		signal?.addEventListener('abort', () => {
			arrival.close(); // Whoever reads from it hears of that
		});
		return new Reception(arrival, await mkdtemp(join(tmpdir(), 'ctnative-')), reconnectMs, signal);
	}

	/** The container stops at the source, and all but its memory comes. */
	async receive(): Promise<void> {
		await this.#arrival.receive(this.imagesDir).catch((error: unknown) => {
			throwIfCalledOff(this.#signal, 'the container was not received');
			throw error;
		});
	}

	/** It is restored and stands still. When this resolves it is ours. */
	async commit(): Promise<void> {
		await this.#arrival.commit();
	}

	/** It runs. The images go when its memory is all here; should this program end before that, they stay. */
	finish(lazyPages: LazyPages): void {
		this.#arrival.close();
		lazyPages.afterwards(async () => this.#remove());
	}

	/** Nothing runs here, so it may go on there. */
	async fail(reason: string): Promise<void> {
		await this.#remove();
		await this.#arrival.fail(reason, this.#reconnectMs);
	}

	async #remove(): Promise<void> {
		await rm(this.imagesDir, {recursive: true, force: true});
	}
}
