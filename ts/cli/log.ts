// Messages for people and engines: a line on standard error, and one in the log that was asked for.
import {O_APPEND, O_CREAT} from '../linux/constants.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Flags} from './verb.js';
import type {Host} from './host.js';

/** RFC 3339 without fractions, which containerd reads back. */
const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

const textLine = (level: string, message: string): string =>
	`time="${now()}" level=${level} msg=${JSON.stringify(message)}\n`;

const jsonLine = (level: string, message: string): string =>
	`${JSON.stringify({level, msg: message, time: now()})}\n`;

/** A log that cannot be written takes nothing away from what standard error says. */
export const report = async (host: Host, global: Flags, message: string, level: 'error' | 'warning' = 'error'): Promise<void> => {
	const isJson = global.text('log-format') === 'json';
	const line = isJson ? jsonLine(level, message) : textLine(level, message);
	const file = global.text('log');
	if (file === undefined) {
		host.print(2, line);
		return;
	}

	if (level === 'error') {
		host.print(2, `${message}\n`);
	}

	try {
		await host.native.batch([{
			op: 'write', path: file.startsWith('/') ? file : `${host.cwd}/${file}`, data: encodeUtf8(line), flags: O_CREAT | O_APPEND, mode: 0o644,
		}]);
	} catch {
		// It was said above
	}
};
