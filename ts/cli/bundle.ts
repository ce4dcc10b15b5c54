// The bundle that a command line names.
import {CtnError} from '../errors.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Native} from '../native/native.js';
import type {Config} from '../oci/config.js';
import {parseJson} from '../oci/json.js';
import type {Call} from './verb.js';

/** @throws CtnError `ERR_NATIVE` in the words of whoever goes there. */
export const enterable = async (native: Native, bundle: string): Promise<void> => {
	try {
		await native.batch([{op: 'stat', path: `${bundle}/.`, nofollow: 0}]);
	} catch (error) {
		throw error instanceof CtnError ? new CtnError('ERR_NATIVE', `chdir ${bundle}: ${error.errno ?? ''}`, {cause: error, errno: error.errno, subject: bundle}) : error;
	}
};

/** Its config.json is read here, too, because what the flags have to be depends on it. */
export const loadConfig = async ({native, flags, path}: Call): Promise<{bundle: string; config: Config}> => {
	const bundle = path(flags.text('bundle') ?? '.');
	const [text] = await native.batch([{op: 'read', path: `${bundle}/config.json`, max: 1 << 24, okErrno: 'any'}]);
	if (!(text instanceof Uint8Array)) {
		await enterable(native, bundle);
		throw new CtnError('ERR_CONFIG_NOT_FOUND', 'JSON specification file config.json not found', {subject: 'config.json'});
	}

	return {bundle, config: parseJson(decodeUtf8(text), 'config.json') as Config};
};

/**
 * @param isDetached Whether nobody here stays to serve its terminal.
 * @throws CtnError `ERR_ARGUMENT`
 */
export const checkConsole = ({flags}: Call, terminal: boolean, isDetached: boolean): void => {
	const hasSocket = flags.text('console-socket') !== undefined;
	if (isDetached && terminal && !hasSocket) {
		throw new CtnError('ERR_ARGUMENT', 'cannot allocate tty if runc will detach without setting console socket', {subject: 'console-socket'});
	}

	if (hasSocket && !(isDetached && terminal)) {
		throw new CtnError('ERR_ARGUMENT', 'cannot use console socket if runc will not detach or allocate tty', {subject: 'console-socket'});
	}
};
