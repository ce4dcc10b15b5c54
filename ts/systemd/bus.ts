// Which bus there is a systemd at, and whom it takes us for: the system's, or that of a user.
import {readFile, readlink} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {createConnection, type Socket} from 'node:net';
import {CtnError} from '../errors.js';

const systemBus = 'unix:path=/run/dbus/system_bus_socket';

/** A user's systemd, and how it is reached. */
export interface Bus {
	/** As D-Bus has them: `unix:path=/run/user/1000/bus`. */
	readonly address: string;
	/** This process, as the bus sees it: in a user namespace not what getuid(2) says. */
	readonly uid: number;
	readonly isUsers: boolean;
}

/** D-Bus specification, server addresses: bytes that mean something there, or are not ASCII, are `%xx`. */
const escapeValue = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/');

/** Uid, of the user namespace above, of a user of this one; undefined in the first of all namespaces. */
export const uidAbove = (uidMap: string, uid: number): number | undefined => {
	const ranges = uidMap.trim().split('\n').map(line => line.trim().split(/\s+/).map(Number));
	if (ranges.length === 1 && ranges[0]!.join() === '0,0,4294967295') {
		return undefined;
	}

	const [inside = 0, outside = 0] = ranges.find(([first, , size]) => uid >= first! && uid < first! + size!) ?? [];
	return outside + uid - inside;
};

/** A user namespace with an init of its own is a machine of its own: its systemd knows the ids that we do. */
const isOfInit = async (): Promise<boolean> => {
	const [own, init] = await Promise.all(['self', '1'].map(async pid => readlink(`/proc/${pid}/ns/user`).catch(() => undefined)));
	return own !== undefined && own === init;
};

/** Uid of this process, as systemd and the bus know it. */
const ownerOf = async (env: NodeJS.ProcessEnv, uid: number): Promise<number> => {
	const parent = env['ROOTLESSKIT_PARENT_EUID'];
	const above = uidAbove(await readFile('/proc/self/uid_map', 'utf8'), uid);
	return above === undefined ? uid : parent !== undefined ? Number(parent) : await isOfInit() ? uid : above;
};

/**
 * The bus of whoever runs this: root's is the system's, also in a user namespace that root made.
 *
 * @param env `DBUS_SESSION_BUS_ADDRESS`, `XDG_RUNTIME_DIR`, `DBUS_SYSTEM_BUS_ADDRESS`; `ROOTLESSKIT_PARENT_EUID` where a
 * user namespace hides who its owner is.
 * @throws CtnError `ERR_SYSTEMD` if a user has no bus.
 */
export const findBus = async (env: NodeJS.ProcessEnv, uid: number): Promise<Bus> => {
	const owner = await ownerOf(env, uid);
	if (owner === 0) {
		return {address: env['DBUS_SYSTEM_BUS_ADDRESS'] ?? systemBus, uid: owner, isUsers: false};
	}

	const socket = `${env['XDG_RUNTIME_DIR'] ?? ''}/bus`;
	const address = env['DBUS_SESSION_BUS_ADDRESS'] || (env['XDG_RUNTIME_DIR'] && existsSync(socket) ? `unix:path=${escapeValue(socket)}` : undefined);
	if (address === undefined) {
		throw new CtnError('ERR_SYSTEMD', `the systemd of user ${owner} cannot be asked: there is neither DBUS_SESSION_BUS_ADDRESS nor ${env['XDG_RUNTIME_DIR'] ? socket : 'XDG_RUNTIME_DIR'}`, {
			subject: 'DBUS_SESSION_BUS_ADDRESS', cure: `install dbus-user-session, loginctl enable-linger ${owner}, and set XDG_RUNTIME_DIR=/run/user/${owner}; or use cgroupfs`,
		});
	}

	return {address, uid: owner, isUsers: true};
};

/** Path of the first unix socket of an address; one that begins with NUL has a name only. */
export const socketOf = (address: string): string => {
	for (const [, text = ''] of address.split(';').map(part => /^unix:(.*)$/.exec(part) ?? [])) {
		const values = new Map(text.split(',').map(pair => pair.split('=', 2) as [string, string]));
		const path = values.get('path');
		const name = values.get('abstract');
		if (path !== undefined || name !== undefined) {
			return decodeURIComponent(path ?? `\0${name!}`);
		}
	}

	throw new CtnError('ERR_SYSTEMD', `D-Bus address ${address} has no unix socket`, {subject: address});
};

/**
 * A connection on which we say who we are for the bus. The library says what getuid(2) does, and a bus outside of our
 * user namespace refuses that: it sees another one (SO_PEERCRED).
 */
export const connectBus = ({address, uid}: Bus): Socket => {
	const socket = createConnection(socketOf(address));
	const write = socket.write.bind(socket) as (data: string | Uint8Array) => boolean;
	socket.write = (data: string | Uint8Array): boolean =>
		write(typeof data === 'string' && data.startsWith('AUTH EXTERNAL ') ? `AUTH EXTERNAL ${Buffer.from(String(uid)).toString('hex')}\r\n` : data);
	return socket;
};
