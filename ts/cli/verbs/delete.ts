// delete: nothing of the container stays. With --force also one that runs, and one that is not there.
import {CtnError} from '../../errors.js';
import type {Run} from '../verb.js';

export const run: Run = async ({runtime, flags, args: [id]}) => {
	const force = flags.is('force');
	try {
		const container = await runtime.load(id!);
		await container.delete({force});
	} catch (error) {
		if (force && error instanceof CtnError && error.code === 'ERR_CONTAINER_NOT_FOUND') {
			return 0;
		}

		throw error;
	}

	return 0;
};
