// The command line in Node: slower to begin than the native command, and there wherever the library is.
import {writeSync} from 'node:fs';
import {constants} from 'node:os';
import {isatty} from 'node:tty';
import {linuxNative} from '../native/linux.js';
import type {Native} from '../native/native.js';
import type {Host} from './host.js';
import {version} from './version.js';

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]));

/** Ends as any program whose reader is gone. Node ignores the signal until nobody listens for it any more. */
const endBySigpipe = (): void => {
	const nothing = (): void => {};
	process.on('SIGPIPE', nothing).off('SIGPIPE', nothing);
	process.kill(process.pid, 'SIGPIPE');
};

const isReaderGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EPIPE';

/** For what is printed by the streams of Node. */
export const endWithReader = (): void => {
	process.stdout.on('error', error => {
		if (isReaderGone(error)) {
			endBySigpipe();
		}
	});
	process.stderr.on('error', () => {}); // What goes wrong is told by the exit code, too
};

/** Node tells of EAGAIN, for a pipe that is full and not to be waited for: it is, here. */
const printAll = (fd: number, text: string): void => {
	for (let bytes = Buffer.from(text); bytes.length > 0;) {
		try {
			bytes = bytes.subarray(writeSync(fd, bytes));
		} catch (error) {
			if (fd === 1 && isReaderGone(error)) {
				endBySigpipe();
			}

			if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
				return;
			}
		}
	}
};

/** Of a terminal that does not know. */
const usualColumns = 80;

export const nodeHost = (): Host => ({
	get native(): Native {
		return linuxNative(); // Loads the addon: not for what needs none
	},
	version: version(),
	args: process.argv.slice(2),
	env: process.env,
	cwd: process.cwd(),
	uid: process.geteuid!(),
	print: printAll,
	columns: fd => isatty(fd) ? (fd === 1 ? process.stdout : process.stderr).columns || usualColumns : undefined,
	onSignals(signals, handler) {
		for (const signal of signals) {
			const name = signalNames.get(signal);
			if (name !== undefined) {
				process.on(name, () => {
					handler(signal);
				});
			}
		}
	},
	systemd: async () => (await import('../systemd/connection.js')).connectSystemd(),
	filterVersion: undefined,
	handOver: undefined,
});
