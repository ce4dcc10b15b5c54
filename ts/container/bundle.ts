// From a bundle directory to a config that is checked.
import {CtnError} from '../errors.js';
import {textOf} from '../native/results.js';
import type {Config, ValidConfig} from '../oci/config.js';
import {parseJson} from '../oci/json.js';
import {validateConfig} from '../oci/validate/index.js';
import type {Context} from './context.js';
import type {Machine} from './machine.js';

/** A config that was read and found good, and the bytes of its file. */
export interface Recalled {
	readonly config: ValidConfig;
	readonly bytes: Uint8Array;
}

/** By bundle and text: a program makes many containers of few bundles. */
const known = new Map<string, ValidConfig>();
/** What was last read, by bundle. */
const latest = new Map<string, Recalled>();
const mostKnown = 16;

const remember = <Value>(map: Map<string, Value>, key: string, value: Value): Value => {
	if (map.size >= mostKnown && !map.has(key)) {
		map.delete(map.keys().next().value!);
	}

	map.set(key, value);
	return value;
};

export interface BundleRequest {
	/** In place of the file. */
	readonly config?: Config | undefined;
	/** The root is made without pivot_root. */
	readonly noPivot?: boolean;
}

/**
 * Reads and checks `<bundle>/config.json`, or checks the config that is given instead.
 *
 * @throws CtnError `ERR_CONFIG_NOT_FOUND`, `ERR_CONFIG_INVALID`.
 */
export const loadBundle = async ({native, warn}: Pick<Context, 'native' | 'warn'>, bundle: string, machine: Machine, {config, noPivot = false}: BundleRequest = {}): Promise<ValidConfig> => {
	const check = (value: unknown): ValidConfig => validateConfig(value, {
		bundle,
		cgroupVersion: machine.cgroups.mode === 'v2' ? 2 : 1,
		namespaces: machine.namespaces,
		apparmor: machine.apparmor,
		selinux: machine.selinux,
		rootless: machine.uid !== 0,
		noPivot,
		warn,
	});

	if (config !== undefined) {
		return check(config);
	}

	const path = `${bundle}/config.json`;
	const [bytes] = await native.batch([{op: 'read', path, max: 1 << 24, okErrno: 'ENOENT'}]);
	if (typeof bytes === 'number' && bytes < 0) {
		throw new CtnError('ERR_CONFIG_NOT_FOUND', `${path} does not exist`, {errno: 'ENOENT', subject: path, cure: 'name a directory that holds an OCI bundle'});
	}

	const text = textOf(bytes);
	const key = `${noPivot ? 'no pivot ' : ''}${bundle}\0${text}`;
	const valid = known.get(key) ?? remember(known, key, check(parseJson(text, 'config.json')));
	if (!noPivot) {
		remember(latest, bundle, {config: valid, bytes: bytes as Uint8Array});
	}

	return valid;
};

/** What its config.json was when it was last read; whoever uses that makes sure that it still is. */
export const recallBundle = (bundle: string, {config, noPivot}: BundleRequest): Recalled | undefined =>
	config === undefined && !noPivot ? latest.get(bundle) : undefined;
