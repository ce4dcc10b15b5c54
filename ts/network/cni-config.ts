// Networks of the Container Network Interface: what a caller gives, checked, before a plugin is started.
import {CtnError} from '../errors.js';
import {checkKeys, fail} from './networks.js';

/** One plugin of a network, and what it reads. */
export interface CniPlugin {
	/** Name of its program. */
	readonly type: string;
	readonly [key: string]: unknown;
}

/**
 * The JSON of a `.conflist` file.
 *
 * @see CNI specification 1.0.0, section 1
 */
export interface CniNetwork {
	/** 0.3.0, 0.3.1, 0.4.0, 1.0.0 or 1.1.0. */
	readonly cniVersion: string;
	readonly name: string;
	/** In the order in which they are added. */
	readonly plugins: readonly CniPlugin[];
}

export interface CniOptions {
	/**
	 * Each a configuration list, the absolute path of one, or the name of one in `confDir`. The nth has the device
	 * `eth<n>`. Default: the first of `confDir`; nothing without it.
	 */
	readonly networks?: ReadonlyArray<CniNetwork | string>;
	/** Directory of `.conflist` and `.conf` files. Default: none. */
	readonly confDir?: string;
	/** Directories of the plugins. Default: /opt/cni/bin, /usr/lib/cni, /usr/libexec/cni. */
	readonly binDirs?: readonly string[];
	/** CNI_ARGS. Default: none. */
	readonly args?: Readonly<Record<string, string>>;
	/** What plugins with that capability are told as `runtimeConfig`, such as `portMappings`. Default: none. */
	readonly capabilities?: Readonly<Record<string, unknown>>;
	/** At restore: take other addresses than those of the checkpoint. Default: false. */
	readonly newAddresses?: boolean;
	/** How long each plugin may take, in milliseconds; then it is killed, which is a failure (`ERR_CNI`). Default: 30 000. */
	readonly timeoutMs?: number;
}

const optionKeys = ['networks', 'confDir', 'binDirs', 'args', 'capabilities', 'newAddresses', 'timeoutMs'] as const;
const mostTimeoutMs = 86_400_000;
const versions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];
const nameForm = /^[a-z\d][\w.-]*$/i;

export const defaultBinDirs = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isPath = (value: unknown): boolean => typeof value === 'string' && value.startsWith('/') && !/[:\0]/.test(value);

/** Plugins make paths of it: no slash, no dot in front. */
const checkName = (value: unknown, subject: string, what: string): void => {
	if (typeof value !== 'string' || !nameForm.test(value)) {
		fail(subject, `${what}: letters, digits and _.-, beginning with a letter or digit`, value);
	}
};

const checkArgs = (args: unknown, subject: string): void => {
	if (!isObject(args)) {
		return fail(subject, 'an object', args);
	}

	for (const [key, value] of Object.entries(args)) {
		if (!/^\w+$/.test(key) || typeof value !== 'string' || /[;\0]/.test(value)) {
			fail(`${subject}.${key}`, 'a name of letters and digits, and a text without ;', value);
		}
	}
};

/** @throws CtnError `ERR_ARGUMENT`; `subject` is the option. */
export const checkCniOptions = (cni: CniOptions): void => {
	checkKeys(cni, 'cni', optionKeys);
	const {networks = [], confDir, binDirs = [], args = {}, capabilities = {}, newAddresses = false, timeoutMs} = cni;
	if (!Array.isArray(networks)) {
		fail('cni.networks', 'an array', networks);
	}

	if (confDir !== undefined && !isPath(confDir)) {
		fail('cni.confDir', 'an absolute path', confDir);
	}

	if (!Array.isArray(binDirs) || !binDirs.every(path => isPath(path))) {
		fail('cni.binDirs', 'an array of absolute paths without :', binDirs);
	}

	checkArgs(args, 'cni.args');
	if (!isObject(capabilities)) {
		fail('cni.capabilities', 'an object', capabilities);
	}

	if (timeoutMs !== undefined && (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > mostTimeoutMs)) {
		fail('cni.timeoutMs', `an integer from 1 to ${mostTimeoutMs}`, timeoutMs);
	}

	if (typeof newAddresses !== 'boolean') {
		fail('cni.newAddresses', 'a boolean', newAddresses);
	}
};

const checkPlugin = (plugin: unknown, subject: string): void => {
	if (!isObject(plugin)) {
		return fail(subject, 'an object', plugin);
	}

	checkName(plugin['type'], `${subject}.type`, 'the name of a plugin');
	const {ipam} = plugin;
	if (isObject(ipam) && ipam['type'] !== undefined) {
		checkName(ipam['type'], `${subject}.ipam.type`, 'the name of a plugin'); // It is started by that plugin
	}
};

/**
 * A configuration list; the older form of a single plugin becomes one.
 *
 * @param subject Option or path that it is from.
 * @throws CtnError `ERR_ARGUMENT`.
 */
export const checkNetwork = (value: unknown, subject: string): CniNetwork => {
	if (!isObject(value)) {
		return fail(subject, 'a network configuration list', value);
	}

	const {cniVersion, name, plugins, ...rest} = value;
	if (!versions.includes(cniVersion as string)) {
		fail(`${subject}.cniVersion`, `one of ${versions.join(', ')}`, cniVersion);
	}

	checkName(name, `${subject}.name`, 'the name of a network');
	const list = plugins ?? [rest];
	if (!Array.isArray(list) || list.length === 0) {
		return fail(`${subject}.plugins`, 'an array of at least one plugin', plugins);
	}

	list.forEach((plugin, index) => checkPlugin(plugin, `${subject}.plugins[${index}]`));
	return {cniVersion: cniVersion as string, name: name as string, plugins: list as CniPlugin[]};
};

/** The same from the text of a file. */
export const parseNetwork = (text: string, path: string): CniNetwork => {
	try {
		return checkNetwork(JSON.parse(text), path);
	} catch (error) {
		throw error instanceof CtnError ? error : new CtnError('ERR_ARGUMENT', `${path} is not JSON: ${(error as Error).message}`, {cause: error, subject: path});
	}
};

/** @throws CtnError `ERR_ARGUMENT` for an id that plugins refuse, or a network that is named twice. */
export const checkAttachments = (id: string, networks: readonly CniNetwork[]): void => {
	checkName(id, 'id', 'one that CNI takes');
	const names = networks.map(({name}) => name);
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `cni.networks has ${twice} twice`, {subject: 'cni.networks'});
	}
};
