// What a process has open.
import type {FdinfoEntry, FileEntry, MemfdInodeEntry} from '../images/images.gen.js';
import {inetSocket, unixSocket, type SocketInfo} from './sockets.js';

/** What descriptors and mappings of all processes lead to. */
export interface OpenFiles {
	/** Of files.img, by id. */
	readonly files: ReadonlyMap<number, FileEntry>;
	/** Memory that is a file, by the id of its inode. */
	readonly memfds: ReadonlyMap<number, MemfdInodeEntry>;
}

export interface OpenFileInfo {
	/** Number of the descriptor, or what else of the process holds the file. */
	readonly fd: number | 'cwd' | 'root' | 'exe';
	/** CRIU's word: `REG`, `PIPE`, `INETSK`, `UNIXSK`, `EVENTPOLL`, `TTY` … */
	readonly type: FileEntry['type'];
	/** Path in the container, or what the kernel calls it, such as `pipe[4711]`. */
	readonly path: string;
	/** Offset in bytes; undefined for what has none. */
	readonly position: bigint | undefined;
	/** It is gone at an exec. */
	readonly closeOnExec: boolean;
	/** A file of the host, which is given anew at the restore. */
	readonly external: boolean;
	readonly socket: SocketInfo | undefined;
}

const idOf = (file: FileEntry): string => `${file.type.toLowerCase()}[${file.id}]`;

/** The memory behind a file that is a memfd. */
export const memfdOf = ({memfd}: FileEntry, {memfds}: OpenFiles): MemfdInodeEntry | undefined => memfd && memfds.get(memfd.inode_id);

export const memfdPath = ({name}: MemfdInodeEntry): string => `/memfd:${name}`;

const pathOf = (file: FileEntry, socket: SocketInfo | undefined, open: OpenFiles): string => {
	const {files} = open;
	const memfd = memfdOf(file, open);
	if (memfd !== undefined) {
		return memfdPath(memfd);
	}

	if (socket !== undefined) {
		return socket.family === 'unix' ? socket.local : `${socket.local}:${socket.localPort ?? 0}`;
	}

	const named = file.reg ?? files.get(file.fifo?.regf_id ?? file.tty?.regf_id ?? -1)?.reg;
	return named?.name ?? (file.pipe || file.fifo ? `pipe[${(file.pipe ?? file.fifo)!.pipe_id}]` : idOf(file));
};

export const openFile = (fd: OpenFileInfo['fd'], file: FileEntry, open: OpenFiles, closeOnExec = false): OpenFileInfo => {
	const socket = file.isk ? inetSocket(file.isk) : file.usk ? unixSocket(file.usk) : undefined;
	return {
		fd,
		type: file.type,
		path: pathOf(file, socket, open),
		position: file.reg?.pos ?? file.memfd?.pos,
		closeOnExec,
		external: file.reg?.ext ?? false,
		socket,
	};
};

/** Those that the images do not have are left out: CRIU does so with what a plugin dumps. */
export const descriptorsOf = (entries: readonly FdinfoEntry[], open: OpenFiles): OpenFileInfo[] => entries
	.filter(({id}) => open.files.has(id))
	.map(({fd, id, flags}) => openFile(fd, open.files.get(id)!, open, (flags & 1) !== 0))
	.sort((a, b) => Number(a.fd) - Number(b.fd));
