// What of a restore needs no images: loading this room, and asking CRIU about the kernel.
import {workingCriu} from '../criu/probe.js';
import type {CheckpointContext} from './dump.js';
import './fits.js';
import './foreign-images.js';
import './manifest.js';
import './restore.js';
import './stats.js';

/** @throws CtnError `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`. */
export const prepareCriu = async ({native, criu}: CheckpointContext): Promise<void> => {
	await workingCriu(native, criu);
};
