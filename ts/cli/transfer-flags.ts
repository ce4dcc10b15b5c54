// The flags by which two hosts find and know each other.
import {CtnError} from '../errors.js';
import type {TransferKey} from '../pager/options.js';
import {statOf} from '../native/results.js';
import type {Flag} from './flags.js';
import type {Call} from './verb.js';

export const transferFlags: readonly Flag[] = [
	{name: 'key-file', type: 'string', value: 'FILE', help: 'the key that both hosts have, of 16 bytes or more'},
	{name: 'insecure', help: 'send memory in the clear, to anybody who asks'},
];

const mostKeyBytes = 4096;
const othersBits = 0o077;

/** @throws CtnError `ERR_ARGUMENT` */
export const transferKey = async ({native, flags, path}: Call): Promise<TransferKey> => {
	const given = flags.text('key-file');
	if (given === undefined) {
		if (!flags.is('insecure')) {
			throw new CtnError('ERR_ARGUMENT', 'there is no --key-file', {subject: 'key-file', cure: 'make one with "head -c 32 /dev/urandom", for both hosts; --insecure sends memory in the clear'});
		}

		return {insecure: true};
	}

	const file = path(given);
	const [stat, key] = await native.batch([{op: 'stat', path: file, nofollow: 0}, {op: 'read', path: file, max: mostKeyBytes}]);
	if ((statOf(stat)!.mode & othersBits) !== 0) {
		throw new CtnError('ERR_ARGUMENT', `others may read or write ${file}`, {subject: 'key-file', cure: `chmod 600 ${file}`});
	}

	return {key: key as Uint8Array, ...(flags.is('insecure') && {insecure: true})};
};
