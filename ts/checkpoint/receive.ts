// receive, at the destination: what comes of a container from its source, and what is told to that.
import {throwIfCalledOff, type CallOff} from '../criu/abort.js';
import type {Fd, Native} from '../native/native.js';
import {checkKey, checkLazyRestore, parseAddress, type LazyRestoreOptions} from '../pager/options.js';
import type {LazyPages} from '../pager/pager.js';
import {startRelay} from '../pager/start-relay.js';
import {Arrival} from '../pager/transfer.js';
import {TemporaryImages} from './temporary.js';

/** Where from; as `lazyPages` of a restore has it. */
export type ReceiveFrom = Required<Pick<LazyRestoreOptions, 'from'>> & Omit<LazyRestoreOptions, 'from' | 'fill'>;

/** A container on its way to here. */
export class Reception {
	/** They are there as long as they are needed. */
	readonly #images: TemporaryImages;
	/** The way by which its memory will come, which takes a while to start. It is ours. */
	readonly #relay: Fd;
	readonly #native: Native;
	readonly #arrival: Arrival;
	readonly #reconnectMs: number;
	readonly #signal: CallOff | undefined;
	/** Whoever reads from the source hears of it. */
	readonly #onAbort = (): void => {
		this.#arrival.close();
	};

	private constructor(native: Native, arrival: Arrival, relay: Fd, images: TemporaryImages, reconnectMs: number, signal: CallOff | undefined) {
		this.#native = native;
		this.#relay = relay;
		this.#signal = signal;
		this.#arrival = arrival;
		this.#images = images;
		this.#reconnectMs = reconnectMs;
		signal?.addEventListener('abort', this.#onAbort);
		if (signal?.aborted) {
			this.#onAbort(); // While the source was looked for
		}
	}

	/**
	 * Finds the source; the container runs on there.
	 *
	 * @throws CtnError `ERR_MIGRATION`, `ERR_ARGUMENT`
	 */
	static async open(native: Native, from: ReceiveFrom, signal: CallOff | undefined): Promise<Reception> {
		const address = parseAddress(from.from, 'from');
		const key = checkKey(from);
		const {reconnectMs} = checkLazyRestore(from)!;
		throwIfCalledOff(signal, 'nothing was received');
		const arrival = await Arrival.connect(address, key);
		let images: TemporaryImages | undefined;
		try {
			images = await TemporaryImages.make(native);
			return new Reception(native, arrival, await startRelay(native, address, key), images, reconnectMs, signal);
		} catch (error) {
			arrival.close();
			await images?.remove();
			throw error;
		}
	}

	/**
	 * The container stops at the source, all but its memory comes, and it is restored. The images go when its memory is
	 * all here; should this program end before that, with the next migration.
	 */
	async restore<Container extends {readonly lazyPages?: LazyPages | undefined}>(restore: (imagesDir: string, relay: Fd) => Promise<Container>): Promise<Container> {
		try {
			const imagesDir = await this.#arrival.receive(this.#images.path).catch((error: unknown) => {
				throwIfCalledOff(this.#signal, 'the container was not received');
				throw error;
			});
			const container = await restore(imagesDir, this.#relay);
			this.#arrival.close();
			container.lazyPages!.afterwards(async () => this.#images.remove());
			return container;
		} finally {
			this.#signal?.removeEventListener('abort', this.#onAbort);
			this.#native.close(this.#relay); // The page daemon has it, or nobody needs it
		}
	}

	/** It is restored and stands still. When this resolves it is ours. */
	async commit(): Promise<void> {
		await this.#arrival.commit();
	}

	/** Nothing runs here, so it may go on there. */
	async fail(reason: string): Promise<void> {
		await this.#images.remove();
		await this.#arrival.fail(reason, this.#reconnectMs);
	}
}
