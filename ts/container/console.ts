// The master of a container's pty: a stream here, or somebody else's.
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
