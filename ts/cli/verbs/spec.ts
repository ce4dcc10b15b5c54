// spec: a config.json to start from, in the bundle.
import {detectLayout} from '../../cgroups/layout.js';
import {CtnError, isErrno} from '../../errors.js';
import {O_CREAT, O_EXCL} from '../../linux/constants.js';
import {encodeUtf8} from '../../linux/utf8.js';
import {defaultConfig} from '../../oci/spec.js';
import {enterable} from '../bundle.js';
import type {Run} from '../verb.js';

export const run: Run = async ({native, host, flags, path}) => {
	const {mode} = await detectLayout(native);
	const config = defaultConfig({
		cgroupVersion: mode === 'v2' ? 2 : 1,
		rootless: flags.is('rootless') ? {uid: host.uid, gid: host.uid} : undefined,
	});
	const bundle = path(flags.text('bundle') ?? '.');
	await enterable(native, bundle);
	const file = `${bundle}/config.json`;
	try {
		await native.batch([{op: 'write', path: file, data: encodeUtf8(JSON.stringify(config, undefined, '\t')), flags: O_CREAT | O_EXCL, mode: 0o666}]);
	} catch (error) {
		throw isErrno(error, 'EEXIST')
			? new CtnError('ERR_ARGUMENT', 'file config.json exists. Remove it first', {cause: error, subject: file})
			: error;
	}

	return 0;
};
