// The master of a container's pty: a stream here, or somebody else's.
import type {Launch} from '../launch/launch.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, Native} from '../native/native.js';
import type {ProcessStreams} from './process.js';

/** Where it goes is said by a descriptor of a unix socket; who listens there need not have accepted yet. */
export const takeTerminal = (native: Native, terminal: Fd | undefined, consoleSocket: number | undefined): Pick<ProcessStreams, 'terminal' | 'terminalFd'> => {
	if (terminal === undefined || consoleSocket === undefined) {
		return {terminal: terminal === undefined ? null : native.terminalStream(terminal), terminalFd: terminal};
	}

	try {
		native.send(consoleSocket as Fd, encodeUtf8('/dev/ptmx'), [terminal]);
	} finally {
		native.close(terminal);
	}

	return {terminal: null, terminalFd: undefined};
};

/** Descriptors from 3 on that a program keeps are the last of a launch. */
export const preserve = (launch: Launch, count: number): Launch => count === 0 ? launch : {
	...launch,
	descriptors: [
		...launch.descriptors,
		...Array.from({length: count}, (_, index) => ({op: 'duplicate', fd: 3 + index as Fd} as const)),
	],
	steps: launch.steps.map(step => step.op === 'exec' || step.op === 'close_others' ? {...step, skip_fds: launch.descriptors.length, keep_fds: count} : step),
};
