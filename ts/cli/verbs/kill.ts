// kill: a signal to the first process of a container, or to all.
import {CtnError} from '../../errors.js';
import {parseSignal} from '../../linux/signals.js';
import type {Run} from '../verb.js';

const signalOf = (text: string): number => {
	try {
		return parseSignal(text);
	} catch (cause) {
		throw new CtnError('ERR_ARGUMENT', `unknown signal "${text}"`, {cause, subject: text});
	}
};

export const run: Run = async ({runtime, flags, args: [id, signal]}) => {
	const number = signalOf(signal ?? 'SIGTERM');
	const container = await runtime.load(id!);
	await container.kill(number, {all: flags.is('all')});
	return 0;
};
