// Where a source waits: who has the key is led to whom his first frame is for.
import type {AddressInfo, Server, Socket} from 'node:net';
import {CtnError} from '../errors.js';
import {readerOf, type ReadBytes} from './bytes.js';
import {serveKeyed} from './channel.js';
import {decodeFrame, frameBytes, type Frame} from './frame.js';
import type {Address} from './options.js';

/** @param read What follows the first frame. */
export type Visit = (socket: Socket, read: ReadBytes, first: Frame) => void;

/** How long who came in may say nothing. */
const silentMs = 10_000;

export class Door {
	readonly #server: Server;
	/** Who has not said yet for whom he is. */
	readonly #strangers = new Set<Socket>();
	readonly #visits = new Map<number, Visit>();
	#address: Promise<Address> | undefined;

	/** @param key Undefined: whoever comes is let in. */
	constructor(key: Uint8Array | undefined) {
		this.#server = serveKeyed(key, socket => void this.#meet(socket));
	}

	/** Connections that begin with such a frame are for this one; all others are closed. */
	on(kind: number, visit: Visit): void {
		this.#visits.set(kind, visit);
	}

	/**
	 * Resolves when it is open, to where. At a second call it is already.
	 *
	 * @throws CtnError `ERR_ARGUMENT`
	 */
	async listen(address: Address): Promise<Address> {
		this.#address ??= this.#listen(address);
		return this.#address;
	}

	/** Nobody comes in any more; who was led to somebody stays. */
	close(): void {
		this.#server.close();
		this.#strangers.forEach(socket => socket.destroy());
	}

	async #listen({host, port}: Address): Promise<Address> {
		await new Promise<void>((resolve, reject) => {
			this.#server.once('error', cause => {
				reject(new CtnError('ERR_ARGUMENT', `listen: ${host} port ${port}: ${cause.message}`, {cause, subject: 'listen'}));
			});
			this.#server.listen({host, port}, resolve);
		});
		this.#server.on('error', () => {}); // Of single connections
		const {address, port: actual} = this.#server.address() as AddressInfo;
		return {host: address, port: actual};
	}

	async #meet(socket: Socket): Promise<void> {
		socket.on('error', () => {}); // Its end is the news
		this.#strangers.add(socket);
		socket.setTimeout(silentMs, () => socket.destroy());
		const read = readerOf(socket);
		const head = await read(frameBytes);
		socket.setTimeout(0);
		this.#strangers.delete(socket);
		const first = head && decodeFrame(head);
		const visit = first && this.#visits.get(first.kind);
		if (visit === undefined) {
			socket.destroy();
		} else {
			visit(socket, read, first!);
		}
	}
}
