// Since which images the kernel tracks what changes: those of the last run that began to track, whether it came to
// its end or not. Kept in the state of the container.
import {readRecord} from '../images/records.js';
import {O_CREAT, O_TRUNC} from '../linux/constants.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Native} from '../native/native.js';
import {textOf} from '../native/results.js';

const fileIn = (state: string): string => `${state}/tracked`;

const write = async (native: Native, state: string, run: string): Promise<void> => {
	await native.batch([{op: 'write', path: fileIn(state), data: encodeUtf8(`${run}\n`), flags: O_CREAT | O_TRUNC, mode: 0o600}]);
};

/** What tells the images of one run from those of another; undefined if there are none. */
export const runOf = async (native: Native, images: string): Promise<string | undefined> => {
	const [inventory] = await native.batch([{op: 'read', path: `${images}/inventory.img`, max: 1 << 20, okErrno: 'any'}]);
	if (!(inventory instanceof Uint8Array)) {
		return undefined;
	}

	const {dump_criu_run_id: run, dump_uptime: uptime} = readRecord('inventory', inventory);
	return run ?? String(uptime);
};

/** The run whose images have all that had changed; empty if none has; undefined if nobody has tracked. */
export const lastTracked = async (native: Native, state: string): Promise<string | undefined> => {
	const [last] = await native.batch([{op: 'read', path: fileIn(state), max: 4096, okErrno: 'ENOENT'}]);
	return last instanceof Uint8Array ? textOf(last).trim() : undefined;
};

/**
 * For a run that has CRIU track anew: as long as it is under way, and if it fails, what had changed is in no images.
 *
 * @param images Where they are when it is done; undefined if there is nobody then whose memory could change.
 */
export const tracking = async <Result>(native: Native, state: string, images: (() => string) | undefined, run: () => Promise<Result>): Promise<Result> => {
	await write(native, state, '');
	const result = await run();
	if (images !== undefined) {
		await write(native, state, await runOf(native, images()) ?? '');
	}

	return result;
};
