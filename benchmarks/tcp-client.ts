// A client with a connection to the workload, as the world outside sees the downtime.
import {once} from 'node:events';
import {connect, createServer, type AddressInfo} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {sleep} from './harness.js';

/** A port of this machine that nobody has right now. */
export const freePort = async (): Promise<number> => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
};

/** Sends a byte and waits for it to come back, over and over, until it is ended. */
export class TcpClient {
	readonly #socket;
	readonly #done: Promise<number>;
	#ended = false;

	constructor(port: number) {
		this.#socket = connect(port, '127.0.0.1').setNoDelay();
		this.#done = this.#run();
		this.#done.catch(() => {}); // It is end() that tells
	}

	/** Milliseconds of the longest round trip. @throws if the connection did not last. */
	async end(): Promise<number> {
		this.#ended = true;
		try {
			return await Promise.race([this.#done, wait(10_000, undefined, {ref: false}).then(() => {
				throw new Error('the connection does not answer any more');
			})]);
		} finally {
			this.#socket.destroy();
		}
	}

	async #run(): Promise<number> {
		const closed = once(this.#socket, 'close').then(() => {
			throw new Error('the connection was closed');
		});
		closed.catch(() => {});
		await once(this.#socket, 'connect');
		let longestMs = 0;
		while (!this.#ended) {
			const start = performance.now();
			this.#socket.write('.');
			await Promise.race([once(this.#socket, 'data'), closed]);
			longestMs = Math.max(longestMs, performance.now() - start);
			await sleep(1);
		}

		return longestMs;
	}
}
