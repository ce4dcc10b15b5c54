// migrate, at the source: the container goes where it is asked for, or runs on here.
import type {Socket} from 'node:net';
import {throwIfCalledOff, type CallOff} from '../criu/abort.js';
import {CtnError} from '../errors.js';
import type {DumpStats} from '../images/stats.js';
import type {Native} from '../native/native.js';
import type {ReadBytes} from '../pager/bytes.js';
import {Door} from '../pager/door.js';
import {decodeFrame, encodeFrame, frameBytes, transferKinds} from '../pager/frame.js';
import {checkKey, parseAddress, type Address, type TransferKey} from '../pager/options.js';
import type {PageSource} from '../pager/source.js';
import {keepPresent} from '../pager/presence.js';
import {failedFrame, mostRounds, parentOf, readReason, roundDirectory, sendImages, transferVersion} from '../pager/transfer.js';
import {encodeOpts} from '../criu/encode-opts.js';
import type {CheckpointOptions, CheckpointResult} from './dump.js';
import {sendAhead} from './pre-copy.js';
import type {CheckpointEvent} from './progress.js';
import type {PreDumpOptions} from './pre-dump.js';
import {TemporaryImages} from './temporary.js';

/** What a migration decides itself, and what needs earlier images at both ends. */
type Decided = 'imagesDir' | 'replace' | 'lazyPages' | 'leaveRunning' | 'onProgress' | 'seal' | 'statusFd' | 'pageServer' | 'parentImg' | 'trackMem' | 'autoDedup' | 'preDumpMode';

export interface MigrateOptions extends Omit<CheckpointOptions, Decided>, TransferKey {
	/** `host:port` to wait at for `runtime.receive()`, which names it as `from`. Port 0: any that is free. */
	readonly listen: string;
	/** Is told where it waits; the container runs until it is asked for. */
	readonly ready?: ((where: Address) => void) | undefined;
	/** As of `lazyPages` of a checkpoint: how long a destination that was lost is waited for, in milliseconds. Default: 60 000. */
	readonly reconnectMs?: number | undefined;
	/**
	 * How many rounds there may be in which memory is sent ahead while the container runs, each with what has changed since the
	 * one before; they end earlier when that does not become less any more. What has changed since the last one follows as
	 * all memory does without them. Default: 0. Needs a kernel with CONFIG_MEM_SOFT_DIRTY here, not at the destination.
	 */
	readonly preCopy?: number | undefined;
}

export interface MigrateResult {
	/** Bytes of all files that were sent, besides the memory that followed. */
	readonly sizeBytes: number;
	/** CRIU's own figures of each round of `preCopy`; microseconds and pages. */
	readonly rounds: readonly DumpStats[];
}

/** What a migration has others do. */
export interface Departing {
	emit(event: CheckpointEvent): void;
	/** @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED` where nobody knows what has changed. */
	requireTracking(): Promise<void>;
	preDump(options: PreDumpOptions): Promise<CheckpointResult>;
	/** Makes one, and removes the container when it is done. */
	checkpoint(options: CheckpointOptions): Promise<CheckpointResult>;
}

/** One destination; the first that comes. */
class Departure {
	readonly #door: Door;
	readonly #controller = new AbortController();
	#destination: Socket | undefined;
	#isSending = false;
	#isOver = false;
	#source: PageSource | undefined;
	#isGiven = false;
	#failure: string | undefined;

	constructor(door: Door) {
		this.#door = door;
		door.on(transferKinds.failed, (socket, read, frame) => void this.#hear(socket, read, frame));
	}

	/** Calls the checkpoint off when the destination fails. */
	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** Why there will be no container at the destination. */
	get failure(): string | undefined {
		return this.#failure;
	}

	callOff(reason: unknown): void {
		this.#controller.abort(reason);
	}

	/** Resolves when a destination has come. */
	async destination(signal: CallOff): Promise<void> {
		return new Promise((resolve, reject) => {
			const onAbort = (): void => {
				reject(signal.reason as Error);
			};
			signal.addEventListener('abort', onAbort);
			if (signal.aborted) {
				onAbort(); // While the door was opened
			}

			this.#door.on(transferKinds.take, (socket, read, {pages}) => {
				if (this.#destination === undefined && !this.#isOver && pages === transferVersion) {
					this.#destination = socket;
					keepPresent(socket, () => this.#isSending);
					void this.#follow(socket, read);
					resolve();
				} else {
					socket.destroy();
				}
			});
		});
	}

	serve(source: PageSource, imagesDir: string): void {
		this.#source = source;
		this.#send(imagesDir, {end: transferKinds.images}).catch(() => {}); // It has failed by that
	}

	/** Memory ahead of all else. */
	async sendRound(imagesDir: string): Promise<void> {
		await this.#send(imagesDir, {end: transferKinds.round, signal: this.signal});
	}

	/** The container could not be stopped. */
	refuse(reason: string): void {
		if (this.#isSending) {
			this.#destination?.destroy(); // In the middle of a file nothing can be said
		} else if (!this.#isGiven && this.#failure === undefined) {
			this.#destination?.end(failedFrame(reason));
		}
	}

	close(): void {
		this.#isOver = true;
		this.#destination?.destroySoon();
		this.#door.close();
	}

	async #send(imagesDir: string, how: Parameters<typeof sendImages>[2]): Promise<void> {
		this.#isSending = true;
		try {
			await sendImages(this.#destination!, imagesDir, how);
			this.#isSending = false;
		} catch (error) {
			this.#fail((error as Error).message);
			throw error;
		}
	}

	async #follow(socket: Socket, read: ReadBytes): Promise<void> {
		for (;;) {
			const head = await read(frameBytes);
			const frame = head && decodeFrame(head);
			if (frame?.kind === transferKinds.prepared && this.#source?.commit()) {
				this.#isGiven = true;
				socket.write(encodeFrame({kind: transferKinds.commit}));
			} else if (frame?.kind !== transferKinds.here) {
				const reason = frame?.kind === transferKinds.failed ? await readReason(read, frame) : 'the connection to the destination was lost';
				if (!this.#isGiven) {
					this.#fail(reason);
				}

				return;
			}
		}
	}

	/** By another connection, of one who had to break off. */
	async #hear(socket: Socket, read: ReadBytes, frame: Parameters<typeof readReason>[1]): Promise<void> {
		const reason = await readReason(read, frame);
		this.#source?.takeBack();
		this.#fail(reason);
		socket.end();
	}

	#fail(reason: string): void {
		this.#failure ??= reason;
		this.#controller.abort(new Error(reason));
	}
}

const withDirectory = async <Result>(native: Native, body: (directory: string) => Promise<Result>): Promise<Result> => {
	const images = await TemporaryImages.make(native);
	try {
		return await body(images.path);
	} finally {
		await images.remove();
	}
};

const memoryAhead = ['parentImg', 'trackMem', 'autoDedup', 'preDumpMode', 'pageServer'] as const;

/**
 * Before anybody waits, and not when the container stands still. Callers without types may give anything.
 *
 * @throws CtnError `ERR_ARGUMENT`
 */
const refuseWrong = (given: Omit<CheckpointOptions, Decided>): void => {
	const wrong = memoryAhead.find(name => name in given);
	if (wrong !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `a migration takes no ${wrong}: it decides itself what memory is written, and to where`, {subject: wrong, cure: 'preCopy sends memory ahead'});
	}

	const {rootfs: _, ...opts} = given;
	encodeOpts(opts);
};

const mostPreCopy = mostRounds - 1;

const checkRounds = (rounds: number): number => {
	if (!Number.isInteger(rounds) || rounds < 0 || rounds > mostPreCopy) {
		throw new CtnError('ERR_ARGUMENT', `preCopy must be a number of rounds up to ${mostPreCopy}`, {subject: 'preCopy'});
	}

	return rounds;
};

/** Options of a checkpoint that a pre-dump has, too. */
const ofPreDump = ({timeout, logLevel, configFile, ghostLimit}: PreDumpOptions): Partial<PreDumpOptions> => ({
	...(timeout !== undefined && {timeout}), ...(logLevel !== undefined && {logLevel}), ...(configFile !== undefined && {configFile}), ...(ghostLimit !== undefined && {ghostLimit}),
});

/**
 * @throws CtnError `ERR_MIGRATION`, `ERR_ARGUMENT`, `ERR_CHECKPOINT_UNSUPPORTED`, and what a lazy checkpoint throws.
 */
export const migrateContainer = async (native: Native, id: string, options: MigrateOptions, departing: Departing): Promise<MigrateResult> => {
	const {listen, key, insecure, ready, reconnectMs, signal, preCopy = 0, ...given} = options;
	const address = parseAddress(listen, 'listen');
	const transfer = {...(key !== undefined && {key}), ...(insecure !== undefined && {insecure})};
	const checkedKey = checkKey(transfer);
	refuseWrong(given);
	if (checkRounds(preCopy) > 0) {
		await departing.requireTracking();
	}

	const door = new Door(checkedKey);
	const departure = new Departure(door);
	const onAbort = (): void => {
		departure.callOff(signal!.reason);
	};

	throwIfCalledOff(signal, `container ${id} was not moved`);
	signal?.addEventListener('abort', onAbort);
	try {
		const where = await door.listen(address);
		ready?.(where);
		departing.emit({stage: 'waiting', elapsedMs: 0});
		await departure.destination(departure.signal);
		const begun = performance.now();
		return await withDirectory(native, async directory => {
			const ahead = await sendAhead({
				rounds: preCopy, directory,
				preDump: async round => departing.preDump({...ofPreDump(given as PreDumpOptions), ...round, signal: departure.signal}),
				async send(imagesDir, bytes) {
					departing.emit({stage: 'pre-copied', elapsedMs: performance.now() - begun, bytes});
					await departure.sendRound(imagesDir);
				},
			});
			const parentImg = parentOf(ahead.rounds.length);
			const {sizeBytes} = await departing.checkpoint({
				...given,
				imagesDir: roundDirectory(directory, ahead.rounds.length),
				...(parentImg !== undefined && {parentImg}),
				signal: departure.signal,
				lazyPages: {listen, ...transfer, reconnectMs, migration: {door, serve(source, imagesDir) {
					departure.serve(source, imagesDir);
				}}},
			});
			return {sizeBytes: ahead.sizeBytes + sizeBytes, rounds: ahead.rounds};
		});
	} catch (error) {
		departure.refuse((error as Error).message);
		throwIfCalledOff(signal, `container ${id} was not moved`);
		throw departure.failure === undefined ? error : new CtnError('ERR_MIGRATION', `container ${id} was not moved, and runs on: ${departure.failure}`, {cause: error, subject: id});
	} finally {
		signal?.removeEventListener('abort', onAbort);
		departure.close();
	}
};
