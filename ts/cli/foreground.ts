// A process in the foreground: its terminal is ours, our signals are its, and we end as it ended.
import type {ExitStatus} from '../container/process.js';
import {CtnError, isErrno} from '../errors.js';
import {parseSignal, signals, type Signal} from '../linux/signals.js';
import type {Fd, Native} from '../native/native.js';
import {stdioFd} from '../native/native.js';
import type {Host} from './host.js';

/** A container, or a process of one. */
export interface Attached {
	readonly pid: number;
	kill(signal: Signal): Promise<void>;
	wait(): Promise<ExitStatus>;
}

/** Not forwarded: what is about us, or cannot be. */
const kept = new Set<number>([signals.SIGKILL, signals.SIGSTOP, signals.SIGURG, signals.SIGPIPE, signals.SIGSEGV, signals.SIGBUS, signals.SIGFPE, signals.SIGILL, signals.SIGTRAP, signals.SIGABRT, signals.SIGSYS]);
const heard = Object.values(signals).filter(number => !kept.has(number));

/** The master of a new terminal comes back by a socket of our own. */
export class Console {
	readonly #native: Native;
	readonly #theirs: Fd;
	readonly #ours: Fd;
	#master: Fd | undefined;
	#saved: Uint8Array | undefined;

	constructor(native: Native) {
		this.#native = native;
		[this.#ours, this.#theirs] = native.socketpair();
	}

	/** For create and exec: who gets the terminal. */
	get socket(): Fd {
		return this.#theirs;
	}

	/** Takes the master; our own terminal, if there is one, is raw from then on. */
	async begin(): Promise<void> {
		const {fds: [master]} = await this.#native.receive(this.#ours);
		this.#master = master!;
		const [saved] = await this.#native.batch([{op: 'terminal_raw', fd: stdioFd(0), okErrno: 'any'}]);
		this.#saved = saved instanceof Uint8Array ? saved : undefined;
		await this.resize();
	}

	/** The size of our terminal is that of the container's. */
	async resize(): Promise<void> {
		const [size] = await this.#native.batch([{op: 'window_size', fd: stdioFd(0), okErrno: 'any'}]);
		if (this.#master !== undefined && size instanceof Uint8Array) {
			const view = new DataView(size.buffer, size.byteOffset);
			this.#native.setWindowSize(this.#master, view.getUint16(0, true), view.getUint16(2, true));
		}
	}

	/** Passes on what is typed, until there is no more of it. Never keeps anybody waiting. */
	async input(): Promise<void> {
		await this.#copy(stdioFd(0), this.#master!);
	}

	/** Resolves when the last process has let go of the terminal. */
	async output(): Promise<void> {
		await this.#copy(this.#master!, stdioFd(1));
	}

	async restore(): Promise<void> {
		if (this.#saved) {
			await this.#native.batch([{op: 'terminal_set', fd: stdioFd(0), saved: this.#saved, okErrno: 'any'}]);
		}
	}

	async #copy(from: Fd, to: Fd): Promise<void> {
		for (;;) {
			try {
				await this.#native.readable(from);
			} catch (error) {
				if (!isErrno(error, 'EPERM')) { // A file: it can always be read
					throw error;
				}
			}

			const [bytes] = await this.#native.batch([{op: 'read_fd', fd: from, max: 1 << 15, okErrno: 'any'}]);
			if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
				return; // EIO, from a master: nobody has its terminal open
			}

			await this.#native.batch([{op: 'write_fd', fd: to, data: bytes, okErrno: 'any'}]);
		}
	}
}

const exitCode = ({code, signal}: ExitStatus): number => code ?? 128 + parseSignal(signal ?? 'SIGKILL');

/** A signal for one that has just ended came too late, which is nobody's fault. */
const forward = async (attached: Attached, signal: number): Promise<void> => {
	try {
		await attached.kill(signal);
	} catch (error) {
		if (!(error instanceof CtnError) || error.code !== 'ERR_CONTAINER_NOT_RUNNING') {
			throw error;
		}
	}
};

/** Call before the process is started: no signal is lost. */
export class Foreground {
	readonly #native: Native;
	#attached: Attached | undefined;
	#early: number[] = [];
	readonly console: Console | undefined;

	constructor(host: Host, terminal: boolean) {
		this.#native = host.native;
		this.console = terminal ? new Console(host.native) : undefined;
		host.onSignals(heard, signal => {
			void this.#onSignal(signal);
		});
	}

	/** @returns The exit code of the process, or 128 and its signal. */
	async follow(attached: Attached): Promise<number> {
		this.#attached = attached;
		await this.console?.begin();
		for (const signal of this.#early) {
			await forward(attached, signal);
		}

		void this.console?.input();
		const output = this.console?.output();
		try {
			const status = await attached.wait();
			await output;
			return exitCode(status);
		} finally {
			await this.console?.restore();
		}
	}

	async #onSignal(signal: number): Promise<void> {
		if (signal === signals.SIGCHLD) {
			// As a subreaper we get what others leave behind; until all is started, what ends is waited for elsewhere
			if (this.#attached) {
				await this.#native.batch([{op: 'reap_others', pid: this.#attached.pid}]);
			}
		} else if (signal === signals.SIGWINCH && this.console) {
			await this.console.resize();
		} else if (this.#attached) {
			await forward(this.#attached, signal);
		} else {
			this.#early.push(signal);
		}
	}
}
