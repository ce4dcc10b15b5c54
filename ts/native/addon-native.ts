/**
 * Native over the functions of src-native: the one place where -errno becomes an error.
 *
 * Pure ECMAScript. Node and the command give it their bindings of the same C, and add what each does
 * in its own way: streams, time, and where ctn-init is.
 */
import type {Duplex, Readable, Writable} from 'node:stream';
import {CtnError} from '../errors.js';
import {errnoName} from '../linux/errno.js';
import {aboutChild} from '../plan/child.js';
import {encodeBatch} from '../plan/encode.js';
import {decodeReport} from '../plan/report.js';
import type {HostOp} from '../plan/wire.gen.js';
import type {Addon, AddonSpawned} from './addon.js';
import type {EncodedBatch, Exit, ExitWatch, Fd, HostResult, Native, Packet, ReadWatch, Spawned, SpawnRequest} from './native.js';

const failure = (syscall: string, errno: number, subject?: string): CtnError => {
	const name = errnoName(errno);
	const what = subject === undefined ? syscall : `${syscall} ${subject}`;
	return new CtnError('ERR_NATIVE', `${what}: ${name}`, {errno: name, syscall, subject});
};

/** What it is, unless it is -errno. */
export const check = <Value>(syscall: string, result: Value | number, subject?: string): Value => {
	if (typeof result === 'number' && result < 0) {
		throw failure(syscall, result, subject);
	}

	return result as Value;
};

/** What a host op works on: its path, or else whatever it names. */
const subjectOf = (op: HostOp): string | undefined => {
	for (const key of ['path', 'paths', 'from', 'directory', 'socket', 'pid', 'name', 'device', 'netns'] as const) {
		if (key in op) {
			const value = (op as unknown as {[key: string]: unknown})[key];
			return String(Array.isArray(value) ? value[0] : value); // Of several paths, the one that was meant first
		}
	}

	return undefined;
};

export const none = new Uint8Array(0);

/** Encoded; nothing for none. */
export const listOf = (ops: readonly HostOp[] = []): Uint8Array => ops.length === 0 ? none : encodeBatch(ops);

const stages = ['start', 'created', 'program'] as const;

const failureOf = (op: HostOp, errno: number): CtnError => failure(op.op, errno, subjectOf(op));

/** What a batch gave; throws if an op of it failed. */
export const resultsOf = (ops: () => readonly HostOp[], results: Awaited<ReturnType<Addon['batch']>>): HostResult[] => {
	if (Array.isArray(results)) {
		return results;
	}

	throw failureOf(ops()[results.index]!, results.errno);
};

export abstract class AddonNative implements Native {
	readonly #addon: Omit<Addon, 'spawn'>;
	#init: number | undefined;

	constructor(addon: Omit<Addon, 'spawn'>) {
		this.#addon = addon;
	}

	async batch(ops: readonly HostOp[]): Promise<HostResult[]> {
		return ops.length === 0 ? [] : this.batchEncoded({encoded: encodeBatch(ops), ops: () => ops});
	}

	async batchEncoded({encoded, ops}: EncodedBatch): Promise<HostResult[]> {
		return resultsOf(ops, await this.#addon.batch(encoded));
	}

	async spawn(request: SpawnRequest): Promise<Spawned> {
		const answer = await this.start(request, () => {
			this.#init ??= check('memfd_create', this.openInit());
			return this.#init;
		});
		if (typeof answer === 'object' && 'index' in answer) {
			throw failureOf([...request.first ?? [], ...request.before ?? []][answer.index]!, answer.errno);
		}

		const {reached, errno, failed, ...child} = check('clone3', answer, 'ctn-init') as AddonSpawned & Omit<Spawned, 'reached'>;
		return {
			...child,
			reached: stages[reached],
			...(errno !== undefined && {failure: failureOf(aboutChild(request.after!, child)[failed!]!, errno)}),
		};
	}

	async report(sync: Fd): ReturnType<Native['report']> {
		const {data, ...rest} = await this.receive(sync);
		return {report: data.length === 0 ? undefined : decodeReport(data), ...rest};
	}

	async readable(fd: Fd): Promise<void> {
		check('poll', await new this.#addon.Poll(fd).done, String(fd));
	}

	connect(directory: string, name: string): Fd {
		return check('connect', this.#addon.connect(directory, name), `${directory}/${name}`) as Fd;
	}

	watchReadable(fd: Fd): ReadWatch {
		const poll = new this.#addon.Poll(fd);
		const ready = async (): Promise<boolean> => {
			const done = await poll.done;
			const isStopped = done !== undefined && errnoName(done) === 'ECANCELED';
			check('poll', isStopped ? 0 : done, String(fd));
			return !isStopped;
		};

		return {
			ready: ready(),
			stop() {
				poll.stop();
			},
		};
	}

	async receive(socket: Fd): Promise<Packet> {
		for (;;) {
			const packet = this.#addon.receive(socket);
			if (typeof packet !== 'number') {
				return packet as unknown as Packet;
			}

			const errno = errnoName(packet);
			if (errno === 'ECONNRESET') {
				return {data: new Uint8Array(0), fds: [], unread: true};
			}

			if (errno !== 'EAGAIN') {
				throw failure('recvmsg', packet);
			}

			await this.readable(socket);
		}
	}

	send(socket: Fd, data: Uint8Array, fds: readonly Fd[] = []): void {
		check('sendmsg', this.#addon.send(socket, data, fds));
	}

	close(fd: Fd): void {
		this.#addon.close(fd);
	}

	pipe(): [Fd, Fd] {
		return check('pipe2', this.#addon.pipe()) as [Fd, Fd];
	}

	socketpair(isStream?: boolean): [Fd, Fd] {
		return check('socketpair', this.#addon.socketpair(isStream)) as [Fd, Fd];
	}

	pidfdOpen(pid: number): Fd {
		return check('pidfd_open', this.#addon.pidfdOpen(pid), String(pid)) as Fd;
	}

	pidfdSendSignal(pidfd: Fd, signal: number): void {
		check('pidfd_send_signal', this.#addon.pidfdSendSignal(pidfd, signal));
	}

	watchExit(pidfd: Fd): ExitWatch {
		const addon = this.#addon;
		let isOver = false; // Then the descriptor may be closed, and its number another's
		const exit = async (): Promise<Exit> => {
			let end = await addon.watchExit(pidfd);
			isOver = true;
			while (typeof end === 'number' && errnoName(end) === 'EAGAIN') {
				await this.sleep(1); // CRIU has killed it, and lets go of it in a moment
				end = addon.reap(pidfd);
			}

			const [code, signal] = check('waitid', end, String(pidfd)) as readonly [number, number];
			return {code: code === -1 ? null : code, signal: signal === -1 ? null : signal};
		};

		const keep = (keeps: boolean): void => {
			if (!isOver) {
				addon.keepForExit(pidfd, keeps);
			}
		};

		return {
			exit: exit(),
			ref() {
				keep(true);
			},
			unref() {
				keep(false);
			},
		};
	}

	setWindowSize(terminal: Fd, rows: number, columns: number): void {
		check('TIOCSWINSZ', this.#addon.setWindowSize(terminal, rows, columns));
	}

	abstract programPath(name: string): string;
	abstract sleep(milliseconds: number): Promise<void>;
	abstract readStream(fd: Fd): Readable;
	abstract writeStream(fd: Fd): Writable;
	abstract terminalStream(fd: Fd): Duplex;

	/** @param init Opens ctn-init, at its first call. */
	protected abstract start(request: SpawnRequest, init: () => number): ReturnType<Addon['spawn']>;

	/** ctn-init in a sealed memfd, or -errno. Called once. */
	protected abstract openInit(): number;
}
