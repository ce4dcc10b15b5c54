// Starts the relay (relay.ts): from the page daemon to the source, with the key.
import {join} from 'node:path';
import {O_CLOEXEC, O_RDWR} from '../linux/constants.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, Native} from '../native/native.js';
import {CtnError} from '../errors.js';
import type {Address} from './options.js';
import type {RelayOrder} from './relay.js';

/**
 * A relay that lives as long as somebody has the other end of the socket, which is the caller's.
 *
 * The key goes over that socket: whoever lists processes sees neither it nor an address.
 */
export const startRelay = async (native: Native, address: Address, key: Uint8Array | undefined): Promise<Fd> => {
	const [none] = await native.batch([{op: 'open', path: '/dev/null', flags: O_RDWR | O_CLOEXEC, mode: 0}]) as [Fd];
	const [ours, theirs] = native.socketpair();
	try {
		const order: RelayOrder = {...address, key: key && Buffer.from(key).toString('hex')};
		native.send(ours, encodeUtf8(JSON.stringify(order)));
		const program = process.execPath;
		const {pidfd, sync} = await native.spawn({
			flags: 0n,
			stdio: [none, none, none],
			fds: [theirs],
			plan: [
				{op: 'setsid'},
				{op: 'find_program', name: program, path: []},
				{op: 'exec', argv: [program, join(__dirname, 'relay.js')], envp: [], skip_fds: 0, keep_fds: 1},
			],
		});
		const {report} = await native.report(sync);
		native.close(sync);
		native.watchExit(pidfd).exit.catch(() => {}).finally(() => {
			native.close(pidfd);
		});
		if (report?.kind === 'error') {
			throw new CtnError('ERR_LAZY_PAGES', `the relay to the source cannot be started: ${report.errno}`, {subject: program});
		}

		return ours;
	} catch (error) {
		native.close(ours);
		throw error;
	} finally {
		native.close(theirs);
		native.close(none);
	}
};
