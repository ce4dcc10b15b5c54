// The source of a checkpoint whose memory stays where it is, until a restore elsewhere has taken it.
import type {FileHandle} from 'node:fs/promises';
import type {Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {CtnError} from '../errors.js';
import type {PageRun} from '../images/pagemap.js';
import {pageSize} from '../linux/page-size.js';
import type {ReadBytes} from './bytes.js';
import type {Door} from './door.js';
import {criuEnd, decodeFrame, encodeFrame, frameBytes, frameKinds, frameVersion, mostPages, type Frame} from './frame.js';


/** Reads at once: enough to keep threads busy, not so many that an urgent page has to wait. */
const mostInFlight = 4;

/** Memory of a process that stands still, and its pages that stayed there. */
export interface SourceMemory {
	/** Sorted. */
	readonly runs: readonly PageRun[];
	/** /proc/<pid>/mem */
	readonly file: FileHandle;
}

export interface PageSourceOptions {
	/**
	 * A stream to CRIU's page server, for nobody else; it is ours. CRIU waits at its other end with the
	 * processes stopped, and is asked for nothing: its pipes need a sysctl, and are slow for single pages.
	 */
	readonly criu: Duplex;
	/** By pid as the images have it. The files are ours. */
	readonly memory: ReadonlyMap<number, SourceMemory>;
	/** Where destinations come in; it is ours from then on. */
	readonly door: Door;
	/** How long a destination that runs already may be away, in milliseconds. */
	readonly reconnectMs: number;
}

interface Want {
	readonly frame: Frame;
	readonly file: FileHandle;
	readonly to: Socket;
}

/** The first run that ends behind the address, by halving. */
const runAt = (runs: readonly PageRun[], address: bigint): PageRun | undefined => {
	let low = 0;
	let high = runs.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		const {address: start, pages} = runs[middle]!;
		if (start + BigInt(pages * pageSize) > address) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}

	return runs[low];
};

/** Whether all of these pages stayed here. */
const hasPages = (runs: readonly PageRun[], {address, pages}: Frame): boolean => {
	const end = address + BigInt(pages * pageSize);
	for (let at = address; at < end;) {
		const run = runAt(runs, at);
		if (!run?.lazy || run.present || run.address > at) {
			return false;
		}

		at = run.address + BigInt(run.pages * pageSize);
	}

	return true;
};

/** Serves pages of processes that CRIU holds to one destination at a time. */
export class PageSource {
	/** Resolves when the destination has everything; rejects with CtnError `ERR_LAZY_PAGES` if it is lost, or CRIU is before it runs there. */
	readonly done: Promise<void>;
	readonly #options: PageSourceOptions;
	readonly #urgent: Want[] = [];
	readonly #wanted: Want[] = [];
	#inFlight = 0;
	#destination: Socket | undefined;
	#isRunning = false;
	/** It was told so by the page daemon. */
	#hasRun = false;
	#isOver = false;
	#lostTimer: NodeJS.Timeout | undefined;
	#settle: {resolve(): void; reject(error: CtnError): void} | undefined;

	constructor(options: PageSourceOptions) {
		this.#options = options;
		this.done = new Promise((resolve, reject) => {
			this.#settle = {resolve, reject};
		});
		this.done.catch(() => {}); // Whoever waits for CRIU hears of it
		options.criu.on('error', () => {}); // Its end is the news
		options.criu.resume().on('close', () => {
			this.#miss();
		});
		options.door.on(frameKinds.hello, (...visit) => void this.#serve(...visit));
	}

	/** The container runs at the destination: it must not go on here. */
	get isRunning(): boolean {
		return this.#isRunning;
	}

	/** The destination is about to let the container run. False: it must not, as it was called off here. */
	commit(): boolean {
		if (this.#isOver) {
			return false;
		}

		this.#isRunning = true;
		if (this.#destination === undefined) {
			this.#lose();
		}

		return true;
	}

	/** The destination says that it does not run there, and will not. */
	takeBack(): void {
		if (!this.#hasRun) {
			this.#isRunning = false;
			clearTimeout(this.#lostTimer);
			this.#miss();
		}
	}

	/** Nobody is served any more. Unless the destination had everything, CRIU lets the container go on here. */
	close(): void {
		this.#isOver = true;
		clearTimeout(this.#lostTimer);
		this.#options.door.close();
		this.#destination?.destroy();
		this.#options.criu.destroy();
		for (const {file} of this.#options.memory.values()) {
			file.close().catch(() => {}); // Once all reads are over
		}
	}

	/** Calls it off: a beginning without an end is what CRIU takes for a no. */
	callOff(): void {
		this.#options.criu.end(Buffer.alloc(1));
		this.close();
	}

	async #serve(socket: Socket, read: ReadBytes, hello: Frame): Promise<void> {
		for (let frame: Frame | undefined = hello; ;) {
			if (frame === undefined || frame.length !== 0 || this.#isOver || (frame !== hello && frame.kind === frameKinds.hello) || !this.#take(socket, frame)) {
				socket.destroy();
				break;
			}

			const head = await read(frameBytes);
			frame = head && decodeFrame(head);
		}

		if (this.#destination === socket) {
			this.#destination = undefined;
			this.#lose();
		}
	}

	/** False: it is no destination of ours. */
	#take(socket: Socket, frame: Frame): boolean {
		switch (frame.kind) {
			case frameKinds.hello: {
				if (frame.pages !== frameVersion || frame.address !== BigInt(pageSize)) {
					return false;
				}

				this.#destination?.destroy(); // It has come by another way
				this.#destination = socket;
				clearTimeout(this.#lostTimer);
				socket.write(encodeFrame({kind: frameKinds.hello, pages: frameVersion, address: BigInt(pageSize)}));
				return true;
			}

			case frameKinds.want:
			case frameKinds.urgent: {
				return this.#want(socket, frame);
			}

			case frameKinds.running: {
				this.#isRunning = true;
				this.#hasRun = true;
				return true;
			}

			case frameKinds.done: {
				this.#finish(socket);
				return true;
			}

			default: {
				return false;
			}
		}
	}

	#want(to: Socket, frame: Frame): boolean {
		const memory = this.#options.memory.get(frame.pid);
		if (memory === undefined || frame.pages < 1 || frame.pages > mostPages || frame.address % BigInt(pageSize) !== 0n || !hasPages(memory.runs, frame)) {
			return false;
		}

		(frame.kind === frameKinds.urgent ? this.#urgent : this.#wanted).push({frame, file: memory.file, to});
		this.#read();
		return true;
	}

	/** Urgent ones first. Who is gone gets nothing. */
	#read(): void {
		while (this.#inFlight < mostInFlight) {
			const want = this.#urgent.shift() ?? this.#wanted.shift();
			if (want === undefined) {
				return;
			}

			if (!want.to.destroyed && !this.#isOver) {
				this.#inFlight++;
				void this.#give(want);
			}
		}
	}

	async #give({frame: {address, pages, pid, tag}, file, to}: Want): Promise<void> {
		const length = pages * pageSize;
		const bytes = Buffer.allocUnsafe(length);
		const result = await file.read(bytes, 0, length, Number(address)).catch(() => undefined);
		this.#inFlight--;
		if (result?.bytesRead === length) {
			to.cork();
			to.write(encodeFrame({kind: frameKinds.pages, length, address, pages, pid, tag}));
			to.write(bytes);
			to.uncork();
		} else {
			this.#fail('memory of the container cannot be read');
		}

		this.#read();
	}

	#finish(socket: Socket): void {
		if (!this.#isOver) {
			this.#isOver = true;
			socket.write(encodeFrame({kind: frameKinds.done}));
			this.#options.criu.write(criuEnd());
			this.#settle?.resolve();
		}
	}

	/** Before it runs there it can be tried again; after that nobody can say for how long it lives. */
	#lose(): void {
		if (this.#isRunning && !this.#isOver) {
			this.#lostTimer = setTimeout(() => {
				this.#options.criu.write(criuEnd()); // It has run there: it must not run here
				this.#fail('the destination, where the container ran already, is lost: it was ended here');
			}, this.#options.reconnectMs);
		}
	}

	/** Without CRIU it can go on here, but not if it runs at the destination; and we have its memory, as long as it stands still. */
	#miss(): void {
		if (this.#options.criu.closed && !this.#isRunning) {
			this.#fail('CRIU has ended before all memory was moved');
		}
	}

	#fail(message: string): void {
		if (!this.#isOver) {
			this.#isOver = true;
			this.#settle?.reject(new CtnError('ERR_LAZY_PAGES', message));
			this.#destination?.destroy();
		}
	}
}
