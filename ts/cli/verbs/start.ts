// start: the program of a created container begins.
import type {Run} from '../verb.js';

export const run: Run = async ({runtime, args: [id]}) => {
	const container = await runtime.load(id!);
	await container.start();
	return 0;
};
