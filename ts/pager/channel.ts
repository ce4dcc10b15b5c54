// Between hosts: TLS with a key that both sides have, or what somebody asked for by `insecure`.
import {createHash} from 'node:crypto';
import {connect, createServer, type Server, type Socket} from 'node:net';
import {connect as connectTls, createServer as createTlsServer, type TlsOptions} from 'node:tls';
import type {Address} from './options.js';

/** A key of any length as one of 32 bytes that serves nothing else. */
const pskOf = (key: Uint8Array): Buffer => createHash('sha256').update('ctnative page transfer 1\0').update(key).digest();

const identity = 'ctnative';

/** Both sides show that they have the key; the keys of a connection come from Diffie-Hellman, so that a key lost later opens no old one. */
const tlsOptions = {ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2'} as const satisfies TlsOptions;

const handshakeMs = 10_000;
const mostConnections = 16;
/** A peer that is silent for so long is asked whether it is there; a quarter of a minute later it is not. */
const keepAliveMs = 5000;

/** A server that hands over only those who have the key. */
export const serveKeyed = (key: Uint8Array | undefined, take: (socket: Socket) => void): Server => {
	const ready = (socket: Socket): void => {
		socket.setNoDelay(true);
		socket.setKeepAlive(true, keepAliveMs);
		take(socket);
	};

	const server = key === undefined ? createServer(ready) : createTlsServer({
		...tlsOptions,
		handshakeTimeout: handshakeMs,
		pskCallback: (_, name) => name === identity ? pskOf(key) : null,
	}, ready);
	server.maxConnections = mostConnections;
	return server;
};

/** Calls back with a connection to a server that has the key, or with why there is none. */
export const connectKeyed = ({host, port}: Address, key: Uint8Array | undefined, done: (error: Error | undefined, socket: Socket) => void): Socket => {
	const socket: Socket = key === undefined ? connect({host, port}) : connectTls({
		...tlsOptions,
		host,
		port,
		pskCallback: () => ({psk: pskOf(key), identity}),
		checkServerIdentity: () => undefined, // There are no certificates: the key is the identity
	});
	socket.setNoDelay(true);
	socket.setTimeout(handshakeMs, () => {
		socket.destroy(new Error('it does not answer'));
	});
	socket.once(key === undefined ? 'connect' : 'secureConnect', () => {
		socket.setTimeout(0);
		socket.setKeepAlive(true, keepAliveMs);
		done(undefined, socket);
	});
	socket.on('error', error => {
		done(error, socket);
	});
	return socket;
};
