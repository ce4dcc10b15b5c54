// A process of a container that this program started: its streams, its end.
import type {Duplex, Readable, Writable} from 'node:stream';
import {CtnError, isErrno} from '../errors.js';
import {parseSignal, signalName, type Signal} from '../linux/signals.js';
import type {ExitWatch, Fd, Native} from '../native/native.js';

/** How a process ended; as in node:child_process, exactly one of the two is not null. */
export interface ExitStatus {
	/** What it passed to exit(2): 0 to 255. */
	readonly code: number | null;
	/** Name of the signal that ended it, such as `SIGKILL`. */
	readonly signal: string | null;
}

export interface ProcessStreams {
	readonly stdin: Writable | null;
	readonly stdout: Readable | null;
	readonly stderr: Readable | null;
	/** The pty, for a process with a terminal. */
	readonly terminal: Duplex | null;
	readonly terminalFd: Fd | undefined;
}

export const noStreams: ProcessStreams = {stdin: null, stdout: null, stderr: null, terminal: null, terminalFd: undefined};

/** A process started by `exec`, or the init of a container. */
export class Process {
	/** In the pid namespace of this program. */
	readonly pid: number;
	/** What was asked to be a `pipe`; null otherwise. */
	readonly stdin: Writable | null;
	readonly stdout: Readable | null;
	readonly stderr: Readable | null;
	/** Both directions of the terminal, for a process that has one. */
	readonly terminal: Duplex | null;
	readonly #native: Native;
	readonly #pidfd: Fd;
	readonly #watch: ExitWatch;
	readonly #terminalFd: Fd | undefined;
	#ended: ExitStatus | undefined;
	readonly #status: Promise<ExitStatus>;

	/** Takes over the pidfd. */
	constructor(native: Native, pid: number, pidfd: Fd, streams: ProcessStreams = noStreams) {
		this.#native = native;
		this.pid = pid;
		this.#pidfd = pidfd;
		this.stdin = streams.stdin;
		this.stdout = streams.stdout;
		this.stderr = streams.stderr;
		this.terminal = streams.terminal;
		this.#terminalFd = streams.terminalFd;
		this.#watch = native.watchExit(pidfd);
		this.#status = this.#follow();
		this.#status.catch(() => {}); // Whoever waits hears of it
	}

	/** How it ended, or undefined while it lives. */
	get ended(): ExitStatus | undefined {
		return this.#ended;
	}

	/**
	 * Resolves when the process has ended. The output may still be in the pipes then.
	 *
	 * Both fields are null if the process was started by another program: the kernel tells the exit
	 * code only to the parent.
	 */
	async wait(): Promise<ExitStatus> {
		this.#watch.ref();
		try {
			return await this.#status;
		} finally {
			this.#watch.unref();
		}
	}

	/**
	 * Sends a signal to this process, by pidfd: never to another one that was given its pid.
	 *
	 * @param signal Name or number. Default: `SIGTERM`.
	 * @throws CtnError `ERR_CONTAINER_NOT_RUNNING` if it has ended; `ERR_ARGUMENT` for no such signal.
	 * @see pidfd_send_signal(2)
	 */
	async kill(signal: Signal = 'SIGTERM'): Promise<void> {
		const number = parseSignal(signal);
		const gone = (cause?: unknown) => new CtnError('ERR_CONTAINER_NOT_RUNNING', `process ${this.pid} has ended`, {cause, subject: String(this.pid)});
		if (this.#ended) {
			throw gone();
		}

		try {
			this.#native.pidfdSendSignal(this.#pidfd, number);
		} catch (error) {
			throw isErrno(error, 'ESRCH') ? gone(error) : error;
		}
	}

	/**
	 * Sets the window size of the terminal; the program gets SIGWINCH.
	 *
	 * @param size Characters.
	 * @throws CtnError `ERR_ARGUMENT` if the process has no terminal of ours.
	 */
	resize({rows, columns}: {readonly rows: number; readonly columns: number}): void {
		if (this.#terminalFd === undefined) {
			throw new CtnError('ERR_ARGUMENT', 'this process has no terminal', {subject: 'terminal'});
		}

		this.#native.setWindowSize(this.#terminalFd, rows, columns);
	}

	async #follow(): Promise<ExitStatus> {
		const {code, signal} = await this.#watch.exit;
		this.#ended = {code, signal: signal === null ? null : signalName(signal)};
		this.#native.close(this.#pidfd);
		this.stdin?.destroy(); // Nobody will read it, as in node:child_process; the output may still have to be read
		return this.#ended;
	}
}
