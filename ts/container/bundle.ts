// From a bundle directory to a config that is checked.
import {CtnError} from '../errors.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Native} from '../native/native.js';
import type {Config, ValidConfig} from '../oci/config.js';
import {parseJson} from '../oci/json.js';
import {refuseUnsupported} from '../oci/unsupported.js';
import {validateConfig} from '../oci/validate/index.js';
import type {Machine} from './machine.js';

/**
 * Reads and checks `<bundle>/config.json`, or checks the config that is given instead.
 *
 * @throws CtnError `ERR_CONFIG_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_CONFIG_UNSUPPORTED`.
 */
export const loadBundle = async (native: Native, bundle: string, machine: Machine, config?: Config): Promise<ValidConfig> => {
	let value: unknown = config;
	if (config === undefined) {
		const path = `${bundle}/config.json`;
		const [text] = await native.batch([{op: 'read', path, max: 1 << 24, okErrno: 'ENOENT'}]);
		if (!(text instanceof Uint8Array)) {
			throw new CtnError('ERR_CONFIG_NOT_FOUND', `${path} does not exist`, {errno: 'ENOENT', subject: path, cure: 'name a directory that holds an OCI bundle'});
		}

		value = parseJson(decodeUtf8(text), 'config.json');
	}

	const valid = validateConfig(value, {
		bundle,
		cgroupVersion: machine.cgroups.mode === 'v2' ? 2 : 1,
		namespaces: machine.namespaces,
	});
	refuseUnsupported(valid);
	return valid;
};
