/**
 * A program: takes connections of a page daemon, and leads each to the source of the checkpoint.
 *
 * It is a process of its own so that memory goes on coming when the program that called restore has
 * ended, and not part of the daemon because Node brings a TLS that others look after.
 */
import {Socket} from 'node:net';
import {linuxNative} from '../native/linux.js';
import type {Fd} from '../native/native.js';
import {connectKeyed} from './channel.js';
import type {Address} from './options.js';

/** What it is told first: where to, and the key in hexadecimal. */
export interface RelayOrder extends Address {
	readonly key: string | undefined;
}

const control = 3 as Fd;

const join = (daemon: Socket, {key, ...address}: RelayOrder, say: (why: string) => void): void => {
	let isJoined = false;
	const source = connectKeyed(address, key === undefined ? undefined : Buffer.from(key, 'hex'), (error, socket) => {
		if (error) {
			if (!isJoined) {
				say(`the source at ${address.host} port ${address.port} cannot be reached, or has another key: ${error.message}`);
			}

			daemon.destroy();
			return;
		}

		isJoined = true;
		daemon.pipe(socket).pipe(daemon);
	});
	source.on('close', () => daemon.destroy());
	daemon.on('error', () => source.destroy());
	daemon.on('close', () => source.destroy());
};

const main = async (): Promise<void> => {
	const native = linuxNative();
	const order = JSON.parse(Buffer.from((await native.receive(control)).data).toString()) as RelayOrder;
	for (;;) {
		const {data, fds} = await native.receive(control);
		if (data.length === 0) {
			process.exit(0); // The daemon is gone
		}

		for (const fd of fds) {
			join(new Socket({fd}), order, why => {
				try {
					native.send(control, Buffer.from(why.slice(0, 200)));
				} catch {
					// Nobody has listened to those before
				}
			});
		}
	}
};

void main();
