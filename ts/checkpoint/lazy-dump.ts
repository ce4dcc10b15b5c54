// A dump that leaves memory where it is: who gives it to the restore elsewhere.
import {open} from 'node:fs/promises';
import {Socket} from 'node:net';
import {firstSwrkFd} from '../criu/encode-opts.js';
import type {CallOff} from '../criu/abort.js';
import type {CriuOpts} from '../criu/opts.js';
import {CtnError} from '../errors.js';
import {readPagemap} from '../images/pagemap.js';
import {O_CREAT, O_TRUNC} from '../linux/constants.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, Native} from '../native/native.js';
import {namesOf, textOf} from '../native/results.js';
import {checkKey, parseAddress, type Address, type TransferKey} from '../pager/options.js';
import {Door} from '../pager/door.js';
import {PageSource, type SourceMemory} from '../pager/source.js';
import {pidsInside} from './pids-inside.js';

export interface LazyReady extends Address {
	/** The images: all but the memory. They have to be where the restore is, before it begins. */
	readonly imagesDir: string;
}

export interface LazyCheckpointOptions extends TransferKey {
	/** `host:port` to wait at for the restore, which names it as `lazyPages.from`. Port 0: any that is free. */
	readonly listen: string;
	/** Is told when pages can be asked for, and where. What it throws calls the checkpoint off. */
	readonly ready?: ((where: LazyReady) => void) | undefined;
	/**
	 * How long a destination at which the container runs already is waited for, in milliseconds, if it
	 * does not answer any more; then the container is ended here, too. Default: 60 000.
	 */
	readonly reconnectMs?: number | undefined;
	/** Not for callers: the way in of a migration, which knows its destination already, and is told of the source. */
	readonly migration?: {readonly door: Door; serve(source: PageSource, imagesDir: string): void} | undefined;
}

/** The processes of the container, by their pids here. */
export interface LazyTasks {
	/** Of init. */
	readonly pid: number;
	readonly pids: readonly number[];
}

/** What a dump with lazyPages needs besides. */
export interface LazyDump {
	readonly opts: CriuOpts;
	/** CRIU has been started, and has read its options. */
	started(): Promise<void>;
	/** CRIU has written all else and serves memory now: the images get their name. CRIU takes no no any more, so it is called off by other means if that fails. */
	serve(publish: () => Promise<string>, tasks: LazyTasks): Promise<void>;
	/** It runs at the destination: whatever fails from there on, it must not run here. */
	readonly isGiven: boolean;
	/** The destination has it all. Rejects with CtnError `ERR_LAZY_PAGES` if the memory did not get to where it was to go. */
	done(): Promise<void>;
	/** Nobody may have the memory any more: CRIU lets the container go on, unless it runs at the destination already. */
	callOff(): void;
	/** When the dump is over, however. */
	end(): void;
}

/** With all that CRIU has to say there are ten lines for each MiB, a write(2) each, while the container stands still. Rules of iptables nobody else tells. */
const quietLevel = 3;

const confName = 'lazy-pages.conf';

/** A configuration file of CRIU's overrides what the request says, where it says nothing of a server. */
const writeConf = async (native: Native, directory: string, line: string, given: string | undefined): Promise<string> => {
	const [theirs] = given === undefined ? [undefined] : await native.batch([{op: 'read', path: given, max: 1 << 20}]);
	const path = `${directory}/${confName}`;
	await native.batch([{op: 'write', path, data: encodeUtf8(`${textOf(theirs)}\n${line}\n`), flags: O_CREAT | O_TRUNC, mode: 0o600}]);
	return path;
};

/** What of the processes stayed with them, by their pids in the images. */
const openMemory = async (native: Native, imagesDir: string, {pid: init, pids}: LazyTasks): Promise<Map<number, SourceMemory>> => {
	const [names] = await native.batch([{op: 'list', path: imagesDir, directories: 0}]);
	const wanted = namesOf(names).flatMap(name => /^pagemap-(\d+)\.img$/.exec(name)?.[1] ?? []).map(Number);
	const images = await native.batch(wanted.map(pid => ({op: 'read', path: `${imagesDir}/pagemap-${pid}.img`, max: 1 << 30})));
	const inside = await pidsInside(native, init, pids);
	const memory = new Map<number, SourceMemory>();
	for (const [index, pid] of wanted.entries()) {
		memory.set(pid, {runs: readPagemap(images[index] as Uint8Array).runs, file: await open(`/proc/${inside.get(pid) ?? 0}/mem`, 'r')});
	}

	return memory;
};

/** CRIU's own server, for `criu lazy-pages`: it listens where it is told to, and on no other address. */
const openForeign = async (native: Native, directory: string, {pageServer, configFile}: CriuOpts): Promise<LazyDump> => ({
	opts: {lazyPages: true, configFile: await writeConf(native, directory, `address ${pageServer?.address ?? '127.0.0.1'}`, configFile)},
	async started() {
		await native.batch([{op: 'unlink', path: `${directory}/${confName}`, okErrno: 'any'}]);
	},
	async serve(publish) {
		await publish();
	},
	isGiven: false, // Nobody can know
	async done() {},
	callOff() {},
	end() {},
});

const defaultReconnectMs = 60_000;

class KeyedDump implements LazyDump {
	readonly opts: CriuOpts;
	readonly #native: Native;
	readonly #options: LazyCheckpointOptions;
	readonly #address: Address;
	readonly #door: Door;
	readonly #criu: Socket;
	readonly #signal: CallOff | undefined;
	#theirs: Fd | undefined;
	#source: PageSource | undefined;

	readonly #directory: string;
	readonly #onAbort = (): void => {
		this.callOff();
	};

	constructor(native: Native, directory: string, options: LazyCheckpointOptions, opts: CriuOpts, [ours, theirs]: readonly [Fd, Fd], signal: CallOff | undefined) {
		this.#native = native;
		this.#directory = directory;
		this.#options = options;
		this.#address = parseAddress(options.listen, 'lazyPages.listen');
		this.#door = options.migration?.door ?? new Door(checkKey(options));
		this.opts = {...(opts.networkLock !== 'iptables' && {logLevel: quietLevel}), ...opts, lazyPages: true, inheritFd: [{key: 'ctnative-pages', fd: theirs}, ...opts.inheritFd ?? []]};
		this.#criu = new Socket({fd: ours});
		this.#criu.on('error', () => {}); // Its end is the news
		this.#theirs = theirs;
		this.#signal = signal;
		signal?.addEventListener('abort', this.#onAbort);
	}

	async started(): Promise<void> {
		this.#closeTheirs();
		await this.#native.batch([{op: 'unlink', path: `${this.#directory}/${confName}`, okErrno: 'any'}]);
	}

	#closeTheirs(): void {
		if (this.#theirs !== undefined) {
			this.#native.close(this.#theirs); // Else the end of CRIU would not be seen
			this.#theirs = undefined;
		}
	}

	async serve(publish: () => Promise<string>, tasks: LazyTasks): Promise<void> {
		try {
			await this.#serve(await publish(), tasks);
		} catch (error) {
			this.callOff();
			throw error;
		}
	}

	async #serve(imagesDir: string, tasks: LazyTasks): Promise<void> {
		const {ready, migration, reconnectMs = defaultReconnectMs} = this.#options;
		const memory = await openMemory(this.#native, imagesDir, tasks);
		this.#source = new PageSource({criu: this.#criu, memory, door: this.#door, reconnectMs});
		const where = await this.#door.listen(this.#address); // Whether or not anybody is told
		ready?.({...where, imagesDir});
		migration?.serve(this.#source, imagesDir);
	}

	callOff(): void {
		if (this.#source === undefined) {
			this.#criu.end(Buffer.alloc(1)); // A beginning without an end is what CRIU takes for a no
		} else if (!this.#source.isRunning) {
			this.#source.callOff();
		}
	}

	get isGiven(): boolean {
		return this.#source?.isRunning ?? false;
	}

	async done(): Promise<void> {
		await this.#source?.done;
	}

	end(): void {
		this.#signal?.removeEventListener('abort', this.#onAbort);
		this.#closeTheirs();
		this.#source?.close();
		this.#criu.destroy();
	}
}

/**
 * Prepares a dump with lazyPages: for a restore with our own page daemon, or for CRIU's.
 *
 * @throws CtnError `ERR_ARGUMENT`.
 */
export const openLazyDump = async (native: Native, directory: string, wanted: LazyCheckpointOptions | true, opts: CriuOpts, signal?: CallOff): Promise<LazyDump> => {
	if (opts.leaveRunning || opts.leaveStopped) {
		throw new CtnError('ERR_ARGUMENT', 'lazyPages cannot be used with leaveRunning: the memory goes to where the container goes on', {subject: 'lazyPages'});
	}

	if (wanted === true) {
		return openForeign(native, directory, opts);
	}

	parseAddress(wanted.listen, 'lazyPages.listen');
	checkKey(wanted);
	const configFile = await writeConf(native, directory, `ps-socket ${firstSwrkFd}`, opts.configFile);
	return new KeyedDump(native, directory, wanted, {...opts, configFile}, native.socketpair(true), signal);
};
