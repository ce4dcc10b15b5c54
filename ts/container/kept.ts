// Descriptors of this process that a program keeps, besides stdio.
import {CtnError, isErrno} from '../errors.js';
import type {Launch} from '../launch/launch.js';
import type {Fd} from '../native/native.js';

export interface KeepOptions {
	/** Descriptors of this process that become 3, 4, … of the program, after those of `listenFds`. They stay ours, too. Default: none. */
	readonly fds?: readonly number[];
	/** Sockets for socket activation: they come first, and LISTEN_FDS tells how many (sd_listen_fds(3)). Default: none. */
	readonly listenFds?: readonly number[];
	/** So many descriptors of this process, from 3 on, become the program's, with the same numbers. Not with `fds`. Default: 0. */
	readonly preserveFds?: number;
}

/** What the program has from 3 on, and what it is told of it. */
export interface Kept {
	readonly fds: readonly Fd[];
	readonly environment: readonly string[];
}

/** @throws CtnError `ERR_ARGUMENT` for what is no descriptor. */
export const keptBy = ({fds = [], listenFds = [], preserveFds = 0}: KeepOptions): Kept => {
	const all = [...listenFds, ...fds, ...Array.from({length: preserveFds}, (_, index) => 3 + index)];
	const wrong = all.find(fd => !Number.isInteger(fd) || fd < 0);
	if (wrong !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `fds and listenFds must be descriptors, not ${JSON.stringify(wrong)}`, {subject: 'fds'});
	}

	return {
		fds: all as Fd[],
		environment: listenFds.length === 0 ? [] : [`LISTEN_FDS=${listenFds.length}`, 'LISTEN_PID=1'],
	};
};

/** Descriptors that a program keeps are the last of a launch. */
export const keep = (launch: Launch, {fds, environment}: Kept): Launch => fds.length === 0 ? launch : {
	...launch,
	descriptors: [...launch.descriptors, ...fds.map(fd => ({op: 'duplicate', fd} as const))],
	steps: launch.steps.map(step => {
		const numbers = {skip_fds: launch.descriptors.length, keep_fds: fds.length};
		switch (step.op) {
			case 'close_others': {
				return {...step, ...numbers};
			}

			case 'exec': {
				return {...step, ...numbers, envp: [...step.envp, ...environment]};
			}

			default: {
				return step;
			}
		}
	}),
};

/** One that is not open, in words. */
export const keptError = (error: unknown): unknown => error instanceof CtnError && error.syscall === 'duplicate' && isErrno(error, 'EBADF')
	? new CtnError('ERR_ARGUMENT', 'a descriptor that the program is to keep is not open', {cause: error, errno: 'EBADF', subject: 'fds'})
	: error;
