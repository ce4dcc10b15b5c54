// What the host does to the network namespace of a container: a value, made before it is done.
import type {HostOp} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {parseCidr, parseIp, parseMac} from './address.js';
import type {Network, Route} from './networks.js';

/** A device of the host that goes with its container: its name, and how it is told from others of that name. */
export interface HostLink {
	readonly name: string;
	readonly alias: string;
}

export interface NetworkPlan {
	/** Nothing has to be done: then init need not wait. */
	readonly isEmpty: boolean;
	/** For the state: it is what delete removes. */
	readonly links: readonly HostLink[];
	/** @param netns Path of the network namespace. */
	readonly ops: (netns: string) => HostOp[];
	/** Nothing comes in before raiseOps(): for a container whose sockets are not there yet. */
	readonly quietOps: (netns: string) => HostOp[];
	readonly raiseOps: () => HostOp[];
}

const vethOps = (network: Network, {name: hostName, alias}: HostLink, netns: string, isDown: boolean): HostOp[] => {
	const {name = 'eth0', bridge, macAddress, mtu = 0, txQueueLength = 0, hairpin = false, addresses = [], gateways = []} = network;
	return [
		{
			op: 'veth', name: hostName, peer: name, netns, bridge, alias, mtu, queue: txQueueLength, hairpin: hairpin ? 1 : 0, is_down: isDown ? 1 : 0,
			mac: macAddress === undefined ? undefined : parseMac(macAddress, 'macAddress'),
		},
		...addresses.map((address): HostOp => ({op: 'address', netns, device: name, ...parseCidr(address, 'addresses')})),
		{op: 'link_up', netns, device: name},
		...gateways.map((gateway): HostOp => routeOp({gateway, device: name}, netns)),
	];
};

const routeOp = ({destination, gateway, source, device}: Route, netns: string): HostOp => {
	const to = destination === undefined ? undefined : parseCidr(destination, 'destination');
	return {
		op: 'route', netns, device,
		// A prefix of no bits is the default route, which has no destination
		destination: to?.prefix === 0 ? undefined : to?.address,
		prefix: to?.prefix ?? 0,
		gateway: gateway === undefined ? undefined : parseIp(gateway, 'gateway'),
		source: source === undefined ? undefined : parseIp(source, 'source'),
	};
};

/**
 * @param networks, routes As checkNetworks() has accepted them.
 * @param unique Makes a part of a name that nobody has.
 */
export const planNetwork = (id: string, config: ValidConfig, networks: readonly Network[], routes: readonly Route[], unique: () => string): NetworkPlan => {
	const pairs = networks.filter(({type}) => type === 'veth');
	const links = pairs.map(({hostName}): HostLink => ({name: hostName ?? `ctn${unique()}`, alias: `ctnative ${unique()} ${id}`.slice(0, 200)}));
	const moved = Object.entries(config.linux.netDevices ?? {});
	const ops = (netns: string, isDown: boolean): HostOp[] => [
		...moved.map(([name, {name: newName = name}]): HostOp => ({op: 'link_move', name, netns, new_name: newName})),
		...pairs.flatMap((network, index) => vethOps(network, links[index]!, netns, isDown)),
		...routes.map(route => routeOp(route, netns)),
	];
	return {
		isEmpty: pairs.length === 0 && routes.length === 0 && moved.length === 0,
		links,
		ops: netns => ops(netns, false),
		quietOps: netns => ops(netns, true),
		raiseOps: () => links.map(({name}): HostOp => ({op: 'link_up', netns: '/proc/self/ns/net', device: name})),
	};
};

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Eight letters and digits; no secret, only unlikely to be taken. */
export const uniqueName = (): string => Math.random().toString(36).slice(2, 10).padEnd(8, '0');

/** Every device gets its hardware address now, so that it can have the same one after a checkpoint. */
export const withMacs = (networks: readonly Network[]): Network[] => networks.map(network =>
	network.type === 'veth' && network.macAddress === undefined
		? {...network, macAddress: ['02', ...Array.from({length: 5}, () => hex(Math.floor(Math.random() * 256)))].join(':')}
		: network);

/** Removes what is left of them: those in a namespace of their own went with it, or are about to. */
export const removeLinksOps = (links: readonly HostLink[] = []): HostOp[] =>
	links.map(({name, alias}): HostOp => ({op: 'link_delete', name, alias, okErrno: 'ENODEV'}));
