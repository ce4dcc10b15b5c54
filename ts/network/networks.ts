// Networks that create is asked for besides config.json: libcontainer's `Networks` and `Routes`, in our words.
import {CtnError} from '../errors.js';
import {encodeUtf8} from '../linux/utf8.js';
import {parseCidr, parseIp, parseMac} from './address.js';

/** A pair of devices: one in the container, one on the host, mostly at a bridge. */
export interface Network {
	/** `loopback` is there and up in every new network namespace, and may be said for clarity. */
	readonly type: 'veth' | 'loopback';
	/** Device in the container. Default: `eth0`. */
	readonly name?: string;
	/** Device of the host. Default: one that begins with `ctn`. */
	readonly hostName?: string;
	/** Bridge of the host to put it at. Default: none. */
	readonly bridge?: string;
	/** Of the device in the container. Default: the kernel makes one up. */
	readonly macAddress?: string;
	/** Unit: bytes. Default: the kernel's, 1500. */
	readonly mtu?: number;
	/** Unit: packets. Default: the kernel's. */
	readonly txQueueLength?: number;
	/** Send back out of the bridge's port what came in by it. Default: false. */
	readonly hairpin?: boolean;
	/** With the length of the prefix: `10.0.0.2/24`, `fd00::2/64`. Default: none. */
	readonly addresses?: readonly string[];
	/** Where the default route leads, one for each family. Default: no default route. */
	readonly gateways?: readonly string[];
}

/** A route of the container's main table. */
export interface Route {
	/** Such as `192.168.0.0/16`. Default: everywhere. */
	readonly destination?: string;
	/** Next hop; without one the destination is on the device's own link. */
	readonly gateway?: string;
	/** Source address of what is sent this way. Default: the kernel chooses. */
	readonly source?: string;
	/** Name of a device in the container. Default: the one that leads to the gateway. */
	readonly device?: string;
}

const keysOf = {
	network: ['type', 'name', 'hostName', 'bridge', 'macAddress', 'mtu', 'txQueueLength', 'hairpin', 'addresses', 'gateways'],
	route: ['destination', 'gateway', 'source', 'device'],
} as const;

/** @throws CtnError `ERR_ARGUMENT`, always */
export const fail = (subject: string, what: string, value: unknown): never => {
	throw new CtnError('ERR_ARGUMENT', `${subject} must be ${what}, not ${JSON.stringify(value)}`, {subject});
};

/** dev_valid_name() of the kernel. */
const checkName = (value: unknown, subject: string): void => {
	if (value !== undefined && (typeof value !== 'string' || value === '' || value === '.' || value === '..' || /[/:\s\0]/.test(value) || encodeUtf8(value).length > 15)) {
		fail(subject, 'the name of a network device (at most 15 bytes, no /, : or space)', value);
	}
};

const checkNumber = (value: unknown, subject: string, least: number, most: number): void => {
	if (value !== undefined && (!Number.isInteger(value) || (value as number) < least || (value as number) > most)) {
		fail(subject, `an integer from ${least} to ${most}`, value);
	}
};

export const checkKeys = (value: unknown, subject: string, keys: readonly string[]): void => {
	if (typeof value !== 'object' || value === null) {
		fail(subject, 'an object', value);
	}

	for (const key of Object.keys(value as object)) {
		if (!keys.includes(key)) {
			throw new CtnError('ERR_ARGUMENT', `${subject} has no option ${key}`, {subject: `${subject}.${key}`});
		}
	}
};

const checkNetwork = (network: Network, subject: string): void => {
	checkKeys(network, subject, keysOf.network);
	if (network.type !== 'veth' && network.type !== 'loopback') {
		fail(`${subject}.type`, '"veth" or "loopback"', network.type);
	}

	for (const key of ['name', 'hostName', 'bridge'] as const) {
		checkName(network[key], `${subject}.${key}`);
	}

	checkNumber(network.mtu, `${subject}.mtu`, 68, 65_535);
	checkNumber(network.txQueueLength, `${subject}.txQueueLength`, 0, 0xffff_ffff);
	if (network.hairpin && network.bridge === undefined) {
		fail(`${subject}.hairpin`, 'of a port of a bridge', network.hairpin);
	}

	if (network.macAddress !== undefined) {
		parseMac(network.macAddress, `${subject}.macAddress`);
	}

	network.addresses?.forEach((address, index) => parseCidr(address, `${subject}.addresses[${index}]`));
	network.gateways?.forEach((gateway, index) => parseIp(gateway, `${subject}.gateways[${index}]`));
};

/** @throws CtnError `ERR_ARGUMENT`; `subject` is the option. */
export const checkNetworks = (networks: readonly Network[], routes: readonly Route[]): void => {
	if (!Array.isArray(networks) || !Array.isArray(routes)) {
		fail('networks and routes', 'arrays', [networks, routes]);
	}

	networks.forEach((network, index) => checkNetwork(network, `networks[${index}]`));
	routes.forEach((route: Route, index) => {
		const subject = `routes[${index}]`;
		checkKeys(route, subject, keysOf.route);
		checkName(route.device, `${subject}.device`);
		if (route.gateway === undefined && route.device === undefined) {
			fail(subject, 'a route through a gateway or a device', route);
		}

		const sizes = [
			route.destination && parseCidr(route.destination, `${subject}.destination`).address,
			route.gateway && parseIp(route.gateway, `${subject}.gateway`),
			route.source && parseIp(route.source, `${subject}.source`),
		].filter(bytes => bytes instanceof Uint8Array).map(bytes => bytes.length);
		if (new Set(sizes).size > 1) {
			fail(subject, 'of one family, IPv4 or IPv6', route);
		}
	});
};
