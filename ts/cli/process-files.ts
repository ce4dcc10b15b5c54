// What those who start a container are told of its process: a pid in a file, a pidfd or a terminal on a socket.
import type {KeepOptions} from '../container/kept.js';
import type {CreateOptions} from '../container/runtime.js';
import {CtnError, isErrno} from '../errors.js';
import {O_CREAT, O_EXCL} from '../linux/constants.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd} from '../native/native.js';
import type {Call} from './verb.js';

/** No newline behind it: clients take the whole file for the number. It is there whole, or not at all. */
export const writePidFile = async ({native, flags, path}: Call, pid: number): Promise<void> => {
	const given = flags.text('pid-file');
	if (given === undefined) {
		return;
	}

	const file = path(given);
	const slash = file.lastIndexOf('/') + 1;
	const temporary = `${file.slice(0, slash)}.${file.slice(slash)}`;
	await native.batch([
		{op: 'write', path: temporary, data: encodeUtf8(String(pid)), flags: O_CREAT | O_EXCL, mode: 0o666},
		{op: 'rename', from: temporary, to: file},
	]);
};

const connect = async ({native}: Call, path: string): Promise<Fd> => {
	try {
		const [socket] = await native.batch([{op: 'connect_stream', path}]);
		return socket as Fd;
	} catch (error) {
		const why = isErrno(error, 'ENOENT') ? 'no such file or directory' : isErrno(error, 'ECONNREFUSED') ? 'connection refused' : String((error as CtnError).errno);
		throw new CtnError('ERR_ARGUMENT', `dial unix ${path}: connect: ${why}`, {cause: error, subject: path});
	}
};

/** The socket that is to get the terminal; undefined where none was given. */
export const connectConsole = async (call: Call): Promise<Fd | undefined> => {
	const path = call.flags.text('console-socket');
	return path === undefined ? undefined : connect(call, call.path(path));
};

/** @param kind What runc says of the process: `standard` for init, `setns` for one of exec. */
export const sendPidfd = async (call: Call, pid: number, kind: 'standard' | 'setns'): Promise<void> => {
	const {native, flags, path} = call;
	const given = flags.text('pidfd-socket');
	if (given === undefined) {
		return;
	}

	const socket = await connect(call, path(given));
	const pidfd = native.pidfdOpen(pid);
	try {
		native.send(socket, encodeUtf8(kind), [pidfd]);
	} finally {
		native.close(pidfd);
		native.close(socket);
	}
};

const range = (first: number, count: number): number[] => Array.from({length: count}, (_, index) => first + index);

/** The descriptors from 3 on that are the program's: those of LISTEN_FDS, then --preserve-fds more. */
export const keptDescriptors = ({flags, host}: Call): KeepOptions => {
	const sockets = Number(host.env['LISTEN_FDS'] ?? 0) || 0;
	return {listenFds: range(3, sockets), fds: range(3 + sockets, flags.number('preserve-fds') ?? 0)};
};

/** The service manager that started us wants to hear of the container (sd_notify(3)). */
export const notifySocket = ({host}: Call): Pick<CreateOptions, 'notifySocket'> => {
	const path = host.env['NOTIFY_SOCKET'];
	return path ? {notifySocket: path} : {};
};
