// What a CNI plugin is told, and what its answer means: values, without a process.
import {CtnError, type CtnErrorDetails} from '../errors.js';
import {searchPath} from '../linux/search-path.js';
import {parseCidr, parseMac} from './address.js';
import {defaultBinDirs, type CniNetwork, type CniOptions, type CniPlugin} from './cni-config.js';

/** What the plugins of a network have made. @see CNI specification 1.0.0, section 5 */
export interface CniResult {
	readonly interfaces?: ReadonlyArray<{readonly name: string; readonly mac?: string; readonly sandbox?: string}>;
	readonly ips?: ReadonlyArray<{readonly address: string; readonly gateway?: string; readonly interface?: number}>;
	readonly [key: string]: unknown;
}

/** Addresses that are asked for. */
export interface CniAddresses {
	/** With the length of the prefix. */
	readonly ips: readonly string[];
	readonly mac?: string | undefined;
}

/** A network that a container is in, or about to be. */
export interface CniAttachment {
	readonly network: CniNetwork;
	/** Device in the container. */
	readonly ifName: string;
	readonly addresses?: CniAddresses | undefined;
	/** Undefined before it was added. */
	readonly result?: CniResult;
}

/** Addresses of a container by network and device, in the form of podman's `network.status`. */
export type NetworkStatus = Readonly<Record<string, {
	readonly interfaces: Readonly<Record<string, {
		readonly subnets: ReadonlyArray<{readonly ipnet: string; readonly gateway?: string}>;
		readonly mac_address?: string;
	}>>;
	/** Where names are looked up, if a plugin says so. It is written nowhere: /etc/resolv.conf is the bundle's. */
	readonly dns_server_ips?: readonly string[];
	readonly dns_search_domains?: readonly string[];
}>>;

/** All that delete needs: it is kept in the state. */
export interface CniRecord {
	readonly binDirs: readonly string[];
	readonly args: Readonly<Record<string, string>>;
	readonly capabilities: Readonly<Record<string, unknown>>;
	/** For each plugin. Default: 30 000. */
	readonly timeoutMs?: number | undefined;
	/** Network namespace that config.json names by path. Default: the container's own, which is kept until it is deleted. */
	readonly netns?: string;
	readonly attachments: readonly CniAttachment[];
	readonly status: NetworkStatus;
}

export type CniCommand = 'ADD' | 'DEL';

export interface PluginCall {
	readonly type: string;
	readonly envp: readonly string[];
	/** Its standard input. */
	readonly config: object;
}

/** JSON of an object, or undefined. */
export const parseObject = (text: string): Record<string, unknown> | undefined => {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
	} catch {
		return undefined;
	}
};

/** @param netns Path, if the namespace is not the container's own. */
export const planCni = (networks: readonly CniNetwork[], {binDirs = defaultBinDirs, args = {}, capabilities = {}, timeoutMs}: CniOptions, netns: string | undefined): CniRecord => ({
	binDirs, args, capabilities, ...(timeoutMs !== undefined && {timeoutMs}), ...(netns !== undefined && {netns}), status: {},
	attachments: networks.map((network, index) => ({network, ifName: `eth${index}`})),
});

const own = (value: unknown, key: string): unknown =>
	typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

/** What a checkpoint's `network.status` says of one device; whoever wrote it chooses addresses, and nothing else. */
const addressesIn = (status: unknown, network: string, ifName: string): CniAddresses | undefined => {
	const device = own(own(own(status, network), 'interfaces'), ifName);
	if (device === undefined) {
		return undefined;
	}

	const subnets = own(device, 'subnets');
	const ips = (Array.isArray(subnets) ? subnets : []).map(subnet => String(own(subnet, 'ipnet')));
	const mac = own(device, 'mac_address');
	ips.forEach(ip => parseCidr(ip, 'network.status'));
	if (mac !== undefined) {
		parseMac(String(mac), 'network.status');
	}

	return {ips, mac: mac === undefined ? undefined : String(mac)};
};

/** The same networks with the addresses that a container had before. @throws CtnError `ERR_ARGUMENT` for one that is none. */
export const withAddresses = (record: CniRecord, status: unknown): CniRecord => ({
	...record,
	attachments: record.attachments.map(attachment => ({...attachment, addresses: addressesIn(status, attachment.network.name, attachment.ifName)})),
});

/** Asked for in each way that there is: plugins differ in which one they read. */
const argsOf = (args: CniRecord['args'], addresses: CniAddresses | undefined): string => Object.entries({
	IgnoreUnknown: '1',
	...(addresses?.ips[0] !== undefined && {IP: addresses.ips[0]}),
	...(addresses?.mac !== undefined && {MAC: addresses.mac}),
	...args,
}).map(([key, value]) => `${key}=${value}`).join(';');

const configOf = ({capabilities}: CniRecord, {network, addresses}: CniAttachment, plugin: CniPlugin, previous: CniResult | undefined): object => {
	const wanted = addresses && {...(addresses.ips.length > 0 && {ips: addresses.ips}), ...(addresses.mac !== undefined && {mac: addresses.mac})};
	const runtimeConfig = Object.fromEntries(Object.entries({...wanted, ...capabilities}).filter(([name]) => own(plugin['capabilities'], name) === true));
	const args = plugin['args'];
	return {
		...plugin,
		name: network.name,
		cniVersion: network.cniVersion,
		...(wanted && {args: {...args as object, cni: {...own(args, 'cni') as object, ...wanted}}}),
		...(Object.keys(runtimeConfig).length > 0 && {runtimeConfig}),
		...(previous && {prevResult: previous}),
	};
};

/**
 * @param netns Path; empty if it is gone, which a plugin is to take at DEL.
 * @param previous At ADD the result of the plugin before, at DEL that of the last.
 */
export const pluginCall = (command: CniCommand, id: string, record: CniRecord, attachment: CniAttachment, plugin: CniPlugin, netns: string, previous: CniResult | undefined): PluginCall => ({
	type: plugin.type,
	envp: [
		`PATH=${searchPath}`,
		`CNI_COMMAND=${command}`,
		`CNI_CONTAINERID=${id}`,
		`CNI_NETNS=${netns}`,
		`CNI_IFNAME=${attachment.ifName}`,
		`CNI_PATH=${record.binDirs.join(':')}`,
		`CNI_ARGS=${argsOf(record.args, attachment.addresses)}`,
	],
	config: configOf(record, attachment, plugin, previous),
});

const isFilled = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0;

const statusOfOne = ({ifName, result = {}}: CniAttachment): NetworkStatus[string] => {
	const {interfaces = [], ips = [], dns} = result;
	const [servers, domains] = [own(dns, 'nameservers'), own(dns, 'search')];
	const inside = interfaces.map((device, index) => ({...device, index})).filter(({sandbox}) => sandbox !== undefined && sandbox !== '');
	return {interfaces: Object.fromEntries(inside.map(({name, mac, index}) => [name, {
		subnets: ips.filter(ip => ip.interface === undefined ? name === ifName : ip.interface === index)
			.map(({address, gateway}) => ({ipnet: address, ...(gateway !== undefined && {gateway})})),
		...(mac !== undefined && {mac_address: mac}),
	}])), ...(isFilled(servers) && {dns_server_ips: servers.map(String)}), ...(isFilled(domains) && {dns_search_domains: domains.map(String)})};
};

export const statusOf = (attachments: readonly CniAttachment[]): NetworkStatus =>
	Object.fromEntries(attachments.filter(({result}) => result !== undefined).map(attachment => [attachment.network.name, statusOfOne(attachment)]));

/** Part of what a plugin says, and what to do then. */
const cures: ReadonlyArray<readonly [RegExp, string]> = [
	[/requested IP|not available in (?:any )?range|all requested IPs|has been allocated/i, 'another container has that address: restore with cni.newAddresses to take another'],
	[/no IP addresses available/i, 'delete containers of that network, or give its range more addresses'],
	[/duplicate allocation/i, 'a lease of that id is left: delete the container that has it'],
	[/iptables|ip6tables/, 'install iptables, which this plugin starts'],
	[/takes longer than/, 'look at what it waits for, such as a lock or a DHCP server, or set cni.timeoutMs'],
	[/failed to find plugin/, 'install Debian\'s package containernetworking-plugins, or name its directory in cni.binDirs'],
];

/** @param said What the plugin printed, or why it could not be started. */
export const cniError = (command: CniCommand, network: string, type: string, said: {readonly out: string; readonly errors: string; readonly why: string}, details: CtnErrorDetails = {}): CtnError => {
	const {msg, details: more, code} = parseObject(said.out) ?? {} as Record<string, unknown>;
	const text = [msg, more].filter(part => typeof part === 'string' && part !== '').join(': ');
	const reason = text === '' ? said.why : `${text} (code ${String(code)})`;
	const cure = details.cure ?? cures.find(([pattern]) => pattern.test(reason))?.[1];
	const log = said.errors.split('\n').map(line => line.trim()).filter(Boolean);
	return new CtnError('ERR_CNI', `the CNI plugin ${type} of network ${network} failed at ${command}: ${reason}`, {...details, syscall: command, subject: type, cure, log});
};
