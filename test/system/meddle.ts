// A Native that meddles with CRIU: answers a notification with no, kills it after a while, or has it try what it cannot do.
import {readFileSync, readdirSync, readlinkSync, statSync} from 'node:fs';
import {decodeRequest, decodeResponse, encodeRequest, encodeResponse, type CriuRequest} from '../../ts/criu/message.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {Fd, Native, Spawned, SpawnRequest} from '../../ts/native/native.js';

/** A Native with some methods of its own. */
export const instead = (real: Native, own: Partial<Native>): Native => new Proxy(real, {get(target, name) {
	const method = (own as Record<string | symbol, unknown>)[name] ?? (target as unknown as Record<string | symbol, unknown>)[name];
	return typeof method === 'function' && !(name in own) ? (method as (...given: unknown[]) => unknown).bind(target) : method;
}});

/** Descriptors of a process, and whether CRIU has memory in it. */
export const traces = (pid: number): unknown => [
	readdirSync(`/proc/${pid}/fd`).map(name => [name, readlinkSync(`/proc/${pid}/fd/${name}`)]),
	readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n').filter(line => / rwxs |CRIUMFD/.test(line)),
];

export class Meddler {
	readonly native: Native;
	/** Number of the notification, from 1, that is answered with no. */
	refuseAt = 0;
	/** CRIU is killed so long after its start, in milliseconds; at 0 before it is asked anything. */
	killAfter: number | undefined;
	/**
	 * CRIU is believed to track memory, and not asked whether it does. On a kernel without soft-dirty bits it makes a pre-dump up
	 * to where it needs them, and aborts there: all processes are seized, and one runs code of CRIU's.
	 */
	pretendsTracking = false;
	/** Pid of the last CRIU. */
	criu: number | undefined;
	/** Notifications of the last CRIU. */
	notifications = 0;
	/** Rejected by a no, or killed. */
	hits = 0;
	/** Log of a restore: CRIU is killed at the first notification at which that names a directory of its own in /tmp. */
	killAtYardIn: string | undefined;
	/** Names of these directories. */
	readonly yards: string[] = [];
	/** Whether the last of them was in another /tmp than that of the host. */
	hasOwnTmp: boolean | undefined;

	constructor() {
		const real = linuxNative();
		this.native = instead(real, {
			send: (socket: Fd, data: Uint8Array) => real.send(socket, this.#answer(this.#ask(data))),
			receive: async (socket: Fd) => real.receive(socket).then(({data, fds}) => ({data: this.#hear(data), fds})),
			spawn: async (request: SpawnRequest) => this.#watch(request, await real.spawn(request)),
		});
	}

	#ask(data: Uint8Array): Uint8Array {
		const request = this.pretendsTracking ? decodeRequest(data) : undefined;
		if (request?.type !== 'SINGLE_PRE_DUMP') {
			return data;
		}

		const {track_mem: _, ...opts} = request.opts!;
		return encodeRequest({...request, opts} as CriuRequest);
	}

	#hear(data: Uint8Array): Uint8Array {
		const response = this.pretendsTracking && data.length > 0 ? decodeResponse(data) : undefined;
		return response?.features === undefined ? data : encodeResponse({...response, features: {...response.features, mem_track: true}});
	}

	#answer(data: Uint8Array): Uint8Array {
		try {
			const isNotification = decodeRequest(data).type === 'NOTIFY';
			if (isNotification && this.killAtYardIn !== undefined) {
				this.#killAtYard(this.killAtYardIn);
			}

			if (!isNotification || ++this.notifications !== this.refuseAt) {
				return data;
			}
		} catch {
			return data; // Not for CRIU
		}

		this.hits++;
		return new Uint8Array([0x08, 0x06, 0x18, 0x00]); // NOTIFY, notify_success false
	}

	/** It waits for an answer. */
	#killAtYard(log: string): void {
		const [yard] = /\.criu\.mntns\.\w{6}/.exec(readFileSync(log, 'utf8')) ?? [];
		if (yard !== undefined) {
			this.yards.push(yard);
			this.hasOwnTmp = statSync(`/proc/${this.criu!}/root/tmp`).dev !== statSync('/tmp').dev;
			process.kill(this.criu!, 'SIGKILL');
			this.hits++;
		}
	}

	#watch(request: SpawnRequest, spawned: Spawned): Spawned {
		const isCriu = request.plan.some(step => step.op === 'exec' && step.argv[1] === 'swrk');
		if (isCriu) {
			this.notifications = 0;
			this.criu = spawned.pid;
		}

		if (isCriu && this.killAfter !== undefined) {
			const kill = (): void => {
				try {
					process.kill(spawned.pid, 'SIGKILL');
					this.hits++;
				} catch {
					// It was faster
				}
			};
			if (this.killAfter === 0) {
				kill();
			} else {
				setTimeout(kill, this.killAfter);
			}
		}

		return spawned;
	}
}
