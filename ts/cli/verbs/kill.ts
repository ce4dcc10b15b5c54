// kill: a signal to the first process of a container, or to all.
import {CtnError} from '../../errors.js';
import {parseSignal} from '../../linux/signals.js';
import type {Call, Run} from '../verb.js';

const signalOf = (text: string): number => {
	try {
		return parseSignal(text);
	} catch (cause) {
		throw new CtnError('ERR_ARGUMENT', `unknown signal "${text}"`, {cause, subject: text});
	}
};

/** For containers that share the pid namespace of the host: init may be gone and others live on. */
const killAll = async ({native}: Call, pids: readonly number[], signal: number): Promise<void> => {
	for (const pid of pids) {
		const [pidfd] = await native.batch([{op: 'pidfd_open', pid, okErrno: 'any'}]);
		if (typeof pidfd === 'number' && pidfd >= 0) {
			await native.batch([
				{op: 'pidfd_signal', pidfd: pidfd as never, signal, okErrno: 'ESRCH'},
				{op: 'close', fd: pidfd as never},
			]);
		}
	}
};

export const run: Run = async call => {
	const {runtime, flags, args: [id, signal]} = call;
	const number = signalOf(signal ?? 'SIGTERM');
	const container = await runtime.load(id!);
	if (flags.is('all')) {
		await killAll(call, await container.processes(), number);
	} else {
		await container.kill(number);
	}

	return 0;
};
