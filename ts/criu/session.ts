// One conversation with `criu swrk`: a request, notifications with their answers, a response.
import {CtnError, isErrno} from '../errors.js';
import type {Fd, Native} from '../native/native.js';
import {decodeResponse, encodeRequest, type CriuRequest, type CriuResponse} from './message.js';
import {notify, type CriuHandlers} from './notify.js';

/** How a request ended. */
export interface Answer {
	/** Undefined if CRIU ended without one. */
	readonly response: CriuResponse | undefined;
	/** The first notification whose handler threw, and what it threw. */
	readonly rejected: {readonly script: string; readonly error: unknown} | undefined;
}

/** Owns its socket. One request at a time; a second is for those that CRIU keeps the session open for. */
export class CriuSession {
	readonly #native: Native;
	#socket: Fd | undefined;

	/** @param socket Our end of a SOCK_SEQPACKET pair that this process made: CRIU opens directories as descriptors of its maker. */
	constructor(native: Native, socket: Fd) {
		this.#native = native;
		this.#socket = socket;
	}

	/**
	 * Sends a request and follows it to its response; every notification is answered.
	 *
	 * @throws CtnError `ERR_ARGUMENT` if the request is too long for one packet: too many `external` entries.
	 * @throws CtnError `ERR_CRIU_UNUSABLE` if CRIU says something that is not of its protocol.
	 */
	async request(request: CriuRequest, handlers: CriuHandlers = {}): Promise<Answer> {
		let rejected: Answer['rejected'];
		this.#send(request);
		for (;;) {
			const {data, fds} = await this.#native.receive(this.#open());
			if (data.length === 0) {
				return {response: undefined, rejected};
			}

			const response = this.#decode(data, fds);
			if (response.type !== 'NOTIFY') {
				fds.forEach(fd => this.#native.close(fd));
				return {response, rejected};
			}

			const {script = '', pid = 0} = response.notify ?? {};
			let good = true;
			try {
				await notify(handlers, {script, pid, fds}, fd => this.#native.close(fd));
			} catch (error) {
				rejected ??= {script, error};
				good = false;
			}

			this.#send({type: 'NOTIFY', notify_success: good});
		}
	}

	/** Ends the conversation. CRIU notices at the next thing it has to say. */
	close(): void {
		if (this.#socket !== undefined) {
			this.#native.close(this.#socket);
			this.#socket = undefined;
		}
	}

	#open(): Fd {
		if (this.#socket === undefined) {
			throw new CtnError('ERR_CRIU_FAILED', 'the session with CRIU is closed');
		}

		return this.#socket;
	}

	#decode(data: Uint8Array, fds: readonly Fd[]): CriuResponse {
		try {
			return decodeResponse(data);
		} catch (error) {
			fds.forEach(fd => this.#native.close(fd));
			throw error;
		}
	}

	#send(request: CriuRequest): void {
		const bytes = encodeRequest(request);
		try {
			this.#native.send(this.#open(), bytes);
		} catch (error) {
			if (isErrno(error, 'EPIPE', 'ECONNRESET')) {
				return; // It is gone: what it said last, or the end, is still to be read
			}

			if (isErrno(error, 'EMSGSIZE')) {
				throw new CtnError('ERR_ARGUMENT', `a request of ${bytes.length} bytes is too long for CRIU's socket`, {
					subject: 'external',
					cure: 'use fewer entries in external, or raise the sysctl net.core.wmem_default',
					cause: error,
				});
			}

			throw error;
		}
	}
}
