// state: JSON, without a newline at the end, as runc prints it.
import {stateJson} from '../state-json.js';
import type {Run} from '../verb.js';

export const run: Run = async ({runtime, say, args: [id]}) => {
	const container = await runtime.load(id!);
	say(JSON.stringify(stateJson(await container.state(), ''), undefined, 2));
	return 0;
};
