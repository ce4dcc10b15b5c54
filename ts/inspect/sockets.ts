// Sockets of the images in the words of ss(8) and netstat(8).
import {SocketAddress} from 'node:net';
import type {InetSkEntry, SkOptsEntry, UnixSkEntry} from '../images/images.gen.js';

export interface SocketInfo {
	/** Of the socket, as in /proc/net; two descriptors with one inode share it. */
	readonly inode: number;
	readonly family: 'inet' | 'inet6' | 'unix';
	readonly type: 'stream' | 'datagram' | 'raw' | 'seqpacket' | 'other';
	/** `TCP`, `UDP` … ; `UNIX` for unix sockets. */
	readonly protocol: string;
	/** `ESTABLISHED`, `LISTEN`, `TIME_WAIT` …; of a datagram socket `ESTABLISHED` or `CLOSE`. */
	readonly state: string;
	/** Address without the port, or the path of a unix socket; an abstract name begins with `@`, and one without name is empty. */
	readonly local: string;
	readonly localPort: number | undefined;
	/** Of the peer; undefined if there is none. */
	readonly remote: string | undefined;
	readonly remotePort: number | undefined;
	/** Of the peer of a unix socket. */
	readonly peerInode: number | undefined;
	/** Bytes of the buffers. */
	readonly sendBuffer: number;
	readonly receiveBuffer: number;
}

const states: Readonly<Record<number, string>> = {
	1: 'ESTABLISHED', 2: 'SYN_SENT', 3: 'SYN_RECV', 4: 'FIN_WAIT1', 5: 'FIN_WAIT2', 6: 'TIME_WAIT', 7: 'CLOSE',
	8: 'CLOSE_WAIT', 9: 'LAST_ACK', 10: 'LISTEN', 11: 'CLOSING', 12: 'NEW_SYN_RECV',
};
const types: Readonly<Record<number, SocketInfo['type']>> = {1: 'stream', 2: 'datagram', 3: 'raw', 5: 'seqpacket'};
const protocols: Readonly<Record<number, string>> = {1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPV6', 132: 'SCTP', 136: 'UDPLITE', 255: 'RAW'};

const AF_INET = 2;

/** @param words As they are in memory: one, or four. */
const addressOf = (family: number, words: readonly number[]): string => {
	const bytes = new Uint8Array(family === AF_INET ? 4 : 16);
	const view = new DataView(bytes.buffer);
	words.slice(0, bytes.length / 4).forEach((word, index) => view.setUint32(4 * index, word, true));
	if (family === AF_INET) {
		return bytes.join('.');
	}

	const groups = Array.from({length: 8}, (_, index) => view.getUint16(2 * index).toString(16));
	return new SocketAddress({family: 'ipv6', address: groups.join(':')}).address;
};

const buffersOf = ({so_sndbuf: sendBuffer, so_rcvbuf: receiveBuffer}: SkOptsEntry) => ({sendBuffer, receiveBuffer});

export const inetSocket = (socket: InetSkEntry): SocketInfo => ({
	inode: socket.ino,
	family: socket.family === AF_INET ? 'inet' : 'inet6',
	type: types[socket.type] ?? 'other',
	protocol: protocols[socket.proto] ?? String(socket.proto),
	state: states[socket.state] ?? String(socket.state),
	local: addressOf(socket.family, socket.src_addr),
	localPort: socket.src_port,
	remote: socket.dst_port === 0 ? undefined : addressOf(socket.family, socket.dst_addr),
	remotePort: socket.dst_port || undefined,
	peerInode: undefined,
	...buffersOf(socket.opts),
});

/** A path ends at its NUL; an abstract name begins with one, and may hold more. */
const nameOf = (bytes: Uint8Array): string => {
	const text = new TextDecoder().decode(bytes);
	return text.startsWith('\0') ? `@${text.slice(1)}` : text.replace(/\0.*$/s, '');
};

export const unixSocket = (socket: UnixSkEntry): SocketInfo => ({
	inode: socket.ino,
	family: 'unix',
	type: types[socket.type] ?? 'other',
	protocol: 'UNIX',
	state: states[socket.state] ?? String(socket.state),
	local: nameOf(socket.name),
	localPort: undefined,
	remote: undefined,
	remotePort: undefined,
	peerInode: socket.peer || undefined,
	...buffersOf(socket.opts),
});
