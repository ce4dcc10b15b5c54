// The page daemon (src-native/pager) of one restore, as a process of its own that outlives this one.
import type {Readable} from 'node:stream';
import {CtnError} from '../errors.js';
import {LOCK_SH, O_CLOEXEC, O_RDONLY, O_RDWR} from '../linux/constants.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp, Native, Spawned} from '../native/native.js';
import {ended} from '../native/processes.js';
import {signals} from '../linux/signals.js';
import type {LazyRestore} from './options.js';

/** How long a source may be silent that was asked for something. */
const stallMs = 10_000;

/** What it took to bring memory back. */
export interface LazyPagesStats {
	/** Pages that were brought back. */
	readonly pages: number;
	/** How many times the container had to wait for one. */
	readonly faults: number;
}

export interface StartPager extends Pick<LazyRestore, 'fill' | 'reconnectMs'> {
	readonly imagesDir: string;
	/** Where CRIU looks for its socket: its work directory. */
	readonly workDir: string;
	/** Directory of the container's cgroup, of cgroup2 or v1's freezer: what is stopped when memory is lost. */
	readonly cgroup: string;
	/** A SEQPACKET socket to whoever connects to the source; it stays the caller's. */
	readonly source?: Fd | undefined;
}

const failed = (message: string): CtnError => new CtnError('ERR_LAZY_PAGES', message, {cure: 'lazy-pages.log in the work directory may say more'});

/** The images, which it keeps from being tidied up as long as it lives (checkpoint/temporary.ts); some file systems have no locks. */
const openImages = async (native: Native, path: string): Promise<Fd> => {
	const [locked] = await native.batch([{op: 'lock', path: `${path}/`, operation: LOCK_SH, okErrno: 'any'}]) as [number];
	return locked >= 0 ? locked as Fd : (await native.batch([directory(path)]) as [Fd])[0];
};

const directory = (path: string): HostOp => ({op: 'open', path: `${path}/`, flags: O_RDONLY | O_CLOEXEC, mode: 0});

type Words = readonly string[];

/** What the daemon says, a line at a time. */
class Said {
	readonly #stream: Readable & {ref?(): unknown; unref?(): unknown};
	readonly #words: AsyncIterator<Words>;

	constructor(stream: Readable) {
		this.#stream = stream;
		this.#words = this.#read();
	}

	/** The words of the next line; none at the end. */
	async next(): Promise<Words> {
		const {value, done} = await this.#words.next();
		return done ? [] : value as Words;
	}

	/** Whether waiting for it keeps the program alive. */
	keep(isKept: boolean): void {
		this.#stream[isKept ? 'ref' : 'unref']?.();
	}

	end(): void {
		this.#stream.destroy();
	}

	async* #read(): AsyncGenerator<Words> {
		let rest = '';
		for await (const chunk of this.#stream) {
			const lines = (rest + decodeUtf8(chunk as Uint8Array)).split('\n');
			rest = lines.pop()!;
			yield* lines.map(line => line.split(' '));
		}
	}
}

/** Memory that is being brought back to a restored container. */
export class LazyPages {
	/** Of the page daemon's supervisor, which has one child; for those who look at processes. */
	readonly pid: number;
	readonly #native: Native;
	readonly #said: Said;
	readonly #pidfd: Fd;
	#ready: Promise<void> | undefined;
	#refusal: CtnError | undefined;
	#done: Promise<LazyPagesStats> | undefined;

	/** Not for callers. It owns the stream and the pidfd. */
	constructor(native: Native, stream: Readable, {pid, pidfd}: Pick<Spawned, 'pid' | 'pidfd'>) {
		this.pid = pid;
		this.#native = native;
		this.#said = new Said(stream);
		this.#pidfd = pidfd;
	}

	/**
	 * Resolves when all of it is there, or nobody is left to need it.
	 *
	 * Rejects with CtnError `ERR_LAZY_PAGES` if some is lost: the container was ended then. Nobody has
	 * to ask: memory comes all the same, and when this program has ended, too.
	 */
	get done(): Promise<LazyPagesStats> {
		this.#said.keep(true);
		return this.#done ?? Promise.reject(failed('nothing was restored'));
	}

	/** What is to happen when it is over, however, and before `done` tells. Nobody is kept waiting for it. */
	afterwards(work: () => Promise<void>): void {
		this.#done = this.#done && (async done => {
			try {
				return await done;
			} finally {
				await work();
			}
		})(this.#done);
		this.#done?.catch(() => {});
	}

	/** Resolves when CRIU can come. */
	async listens(): Promise<void> {
		const word = await this.#begin(['ready', 'listening']);
		this.#ready = word === 'ready' ? Promise.resolve() : this.#begin(['ready']).then(() => {});
		this.#ready.catch(() => {}); // Whoever is about to let it run hears of it
	}

	/** Resolves when all memory can be had: the source, if there is one, has answered. Before that nothing may run. */
	async ready(): Promise<void> {
		return this.#ready;
	}

	async #begin(words: readonly string[]): Promise<string> {
		const [word = '', ...rest] = await this.#said.next();
		if (!words.includes(word)) {
			const refusal = failed(`the page daemon cannot begin: ${rest.join(' ') || 'it has ended'}`);
			this.#refusal = word === '' ? undefined : refusal; // It ends without a word when CRIU does
			throw refusal;
		}

		return word;
	}

	/** Why it could not begin, if it has said so. */
	get refusal(): CtnError | undefined {
		return this.#refusal;
	}

	/**
	 * Resolves when all of it is there, of every process that CRIU has told of: before anything runs, and after every
	 * mapping was made.
	 */
	async filled(): Promise<void> {
		this.#native.pidfdSendSignal(this.#pidfd, signals.SIGUSR2);
		const [word, ...rest] = await this.#said.next();
		if (word !== 'filled') {
			throw failed(`memory cannot be brought back: ${rest.join(' ') || 'the page daemon has ended'}`);
		}
	}

	/** The container runs: from here on nobody here has to wait. */
	follow(): void {
		this.#done = this.#follow();
		this.#done.catch(() => {}); // Whoever is interested hears of it
		this.#said.keep(false);
	}

	/** Ends it, when nothing was restored. */
	async stop(): Promise<void> {
		this.#said.end();
		await this.#reap();
	}

	async #follow(): Promise<LazyPagesStats> {
		try {
			for (;;) {
				const [word, ...rest] = await this.#said.next();
				if (word === 'done') {
					return {pages: Number(rest[0]), faults: Number(rest[1])};
				}

				if (word === 'stopped') {
					throw failed(`the container was ended, for its memory is lost: ${rest.join(' ')}`);
				}

				if (word === undefined) {
					throw failed('the page daemon was ended');
				}
			}
		} finally {
			this.#said.end();
			await this.#reap();
		}
	}

	async #reap(): Promise<void> {
		try {
			await ended(this.#native, this.#pidfd);
		} finally {
			this.#native.close(this.#pidfd);
		}
	}
}

/**
 * Starts a page daemon that CRIU can come to. It ends with this process as long as nothing runs, and no more after that.
 *
 * @throws CtnError `ERR_LAZY_PAGES` if it cannot begin; `ERR_NATIVE_LOAD`, `ERR_NATIVE`.
 */
export const startPager = async (native: Native, {imagesDir, workDir, cgroup, fill, reconnectMs, source}: StartPager): Promise<LazyPages> => {
	const program = native.programPath('ctn-pager');
	const opened = await native.batch([directory(workDir), directory(cgroup), {op: 'open', path: '/dev/null', flags: O_RDWR | O_CLOEXEC, mode: 0}]) as Fd[];
	const [work, group, none] = opened as [Fd, Fd, Fd];
	opened.push(await openImages(native, imagesDir).catch((error: unknown) => {
		opened.forEach(fd => native.close(fd));
		throw error;
	}));
	const images = opened.at(-1)!;
	const [read, write] = native.pipe();
	let stream: Readable | undefined;
	let hasWrite = true;
	try {
		const spawned = await native.spawn({
			flags: 0n,
			stdio: [none, none, none],
			fds: [images, work, write, group, source ?? none],
			plan: [
				{op: 'setsid'}, // ^C at the terminal is not for it
				{op: 'find_program', name: program, path: []},
				{op: 'exec', argv: [program, fill ? 'fill' : 'demand', source === undefined ? 'local' : 'remote', String(reconnectMs), String(stallMs)], envp: [], skip_fds: 0, keep_fds: 5},
			],
		});
		stream = native.readStream(read);
		const pager = new LazyPages(native, stream, spawned);
		try {
			const {report} = await native.report(spawned.sync);
			native.close(spawned.sync);
			if (report?.kind === 'error') {
				throw failed(`the page daemon ${program} cannot be started: ${report.errno}`);
			}

			native.close(write);
			hasWrite = false;
			await pager.listens();
			return pager;
		} catch (error) {
			await pager.stop();
			throw error;
		}
	} finally {
		opened.forEach(fd => native.close(fd));
		if (hasWrite) {
			native.close(write);
		}

		if (stream === undefined) {
			native.close(read);
		}
	}
};
