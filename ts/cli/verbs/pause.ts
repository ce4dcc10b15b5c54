// pause and resume: the freezer of the container's cgroup.
import type {Run} from '../verb.js';

export const pause: Run = async ({runtime, args: [id]}) => {
	const container = await runtime.load(id!);
	await container.pause();
	return 0;
};

export const resume: Run = async ({runtime, args: [id]}) => {
	const container = await runtime.load(id!);
	await container.resume();
	return 0;
};
