// A Native with a scripted CRIU behind it, that knows what is open and can fail its Nth call.
import {Readable} from 'node:stream';
import {CtnError} from '../../ts/errors.js';
import {decodeRequest, encodeResponse, type CriuResponse} from '../../ts/criu/message.js';
import type {CriuReq} from '../../ts/criu/rpc.gen.js';
import type {Exit, Fd, HostOp, HostResult, Native, SpawnRequest} from '../../ts/native/native.js';
import type {Report} from '../../ts/plan/report.js';

/** What the peer sends: a response, perhaps with a descriptor, or bytes that are none. */
export type Said = CriuResponse | {readonly response: CriuResponse; readonly fds: 1} | Uint8Array;

/** A CRIU: gets the first request, yields what it says, and gets what it is answered. Its return is the end. */
export type Peer = (request: CriuReq) => Generator<Said, void, CriuReq>;

export interface FakeCriuOptions {
	/** One for each process that is started, the last for all others. */
	readonly peers?: readonly Peer[];
	/** Text of the files that can be read. */
	readonly files?: {readonly [path: string]: string};
	/** Modes of the files that stat finds. */
	readonly modes?: {readonly [path: string]: number};
	readonly report?: Report | undefined;
	readonly exit?: Exit;
	/** What CRIU prints. */
	readonly output?: string;
	/** The call that fails, from 1. */
	readonly failAt?: number;
	/** What the socket refuses a request with. */
	readonly sendErrno?: string;
}

const pidfdOf = (pid: number): number => 1000 + pid;

/** A struct ctn_stat of a file. */
const statOf = (mode: number): Uint8Array => {
	const bytes = new Uint8Array(72);
	new DataView(bytes.buffer).setUint32(40, mode, true);
	return bytes;
};

export class FakeCriu {
	/** What was called, in order. */
	readonly calls: string[] = [];
	/** Descriptors that are open. */
	readonly open = new Set<number>();
	readonly requests: CriuReq[] = [];
	readonly spawns: SpawnRequest[] = [];
	readonly signals: string[] = [];
	readonly #options: FakeCriuOptions;
	readonly #sessions = new Map<number, {readonly peer: Peer; readonly heard: CriuReq[]; talk: ReturnType<Peer> | undefined}>();
	#next = 10;

	constructor(options: FakeCriuOptions = {}) {
		this.#options = options;
	}

	#call(name: string): void {
		this.calls.push(name);
		if (this.calls.length === this.#options.failAt) {
			throw new CtnError('ERR_NATIVE', `${name}: EIO`, {errno: 'EIO', syscall: name});
		}
	}

	#opened(fd = this.#next++): Fd {
		this.open.add(fd);
		return fd as Fd;
	}

	#host(op: HostOp): HostResult {
		if (op.op === 'open') {
			return this.#opened();
		}

		const text = op.op === 'read' ? this.#options.files?.[op.path] : undefined;
		if (text !== undefined) {
			return new TextEncoder().encode(text);
		}

		const mode = op.op === 'stat' ? this.#options.modes?.[op.path] : undefined;
		return mode === undefined ? -2 : statOf(mode);
	}

	#receive(socket: Fd): {data: Uint8Array; fds: Fd[]} {
		const session = this.#sessions.get(socket)!;
		const heard = session.heard.shift();
		let step: IteratorResult<Said, void> | undefined;
		if (session.talk === undefined) {
			session.talk = session.peer(heard!);
			step = session.talk.next();
		} else {
			step = session.talk.next(heard!);
		}

		if (step.done) {
			return {data: new Uint8Array(0), fds: []};
		}

		if (step.value instanceof Uint8Array) {
			return {data: step.value, fds: []};
		}

		return 'response' in step.value
			? {data: encodeResponse(step.value.response), fds: [this.#opened()]}
			: {data: encodeResponse(step.value), fds: []};
	}

	#stream(fd: Fd): Readable {
		const {output} = this.#options;
		return new Readable({
			read() {
				if (output !== undefined) {
					this.push(output);
				}

				this.push(null);
			},
			destroy: (error, done) => {
				this.open.delete(fd);
				done(error);
			},
		});
	}

	/** The Native, as far as these rooms use it. */
	get native(): Native {
		const {peers = [], report, exit = {code: 0, signal: null}, sendErrno} = this.#options;
		const native: Partial<Native> = {
			batch: async ops => {
				this.#call('batch');
				return ops.map(op => this.#host(op));
			},
			socketpair: () => {
				this.#call('socketpair');
				return [this.#opened(), this.#opened()];
			},
			pipe: () => {
				this.#call('pipe');
				return [this.#opened(), this.#opened()];
			},
			spawn: async request => {
				this.#call('spawn');
				const peer = peers[Math.min(this.spawns.push(request), peers.length) - 1];
				// Its end of the pair is the one above ours
				this.#sessions.set(request.fds[0]! - 1, {peer: peer ?? (function* () {}), heard: [], talk: undefined});
				return {pid: 100, pidfd: this.#opened(), sync: this.#opened(), reached: 'start', startTime: 1, stdio: ''};
			},
			report: async () => {
				this.#call('report');
				return {report, fds: []};
			},
			send: (socket, data) => {
				this.#call('send');
				if (sendErrno !== undefined) {
					throw new CtnError('ERR_NATIVE', `sendmsg: ${sendErrno}`, {errno: sendErrno, syscall: 'sendmsg'});
				}

				const request = decodeRequest(data);
				this.requests.push(request);
				this.#sessions.get(socket)!.heard.push(request);
			},
			receive: async socket => {
				this.#call('receive');
				return this.#receive(socket);
			},
			close: fd => {
				if (!this.open.delete(fd)) {
					throw new Error(`${fd} is closed twice`);
				}
			},
			pidfdOpen: pid => {
				this.#call('pidfdOpen');
				return this.#opened(pidfdOf(pid));
			},
			pidfdSendSignal: (pidfd, signal) => {
				this.signals.push(`${pidfd > 1000 ? `task ${pidfd - 1000}` : 'criu'} ${signal}`);
			},
			watchExit: () => ({exit: Promise.resolve(exit), ref() {}, unref() {}}),
			readStream: fd => {
				this.#call('readStream');
				return this.#stream(fd);
			},
			sleep: async () => {
				await new Promise<void>(resolve => {
					setImmediate(resolve);
				});
			},
		};
		return native as Native;
	}
}

/** A notification as CRIU sends it. */
export const notification = (script: string, pid?: number): CriuResponse => ({type: 'NOTIFY', success: true, notify: {script, pid}});
