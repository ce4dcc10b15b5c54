// Checkpoints that build upon others: only what has changed since is written.
import type {CriuOpts} from '../criu/opts.js';
import type {CriuProbe} from '../criu/probe.js';
import {CtnError} from '../errors.js';
import type {Native} from '../native/native.js';
import {lastTracked, runOf} from './tracked.js';

/**
 * @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED` if the kernel cannot tell what has changed: CRIU would
 * refuse it in the middle, or crash.
 */
export const requireTracking = (id: string, {memTrack, findings}: CriuProbe): void => {
	if (!memTrack) {
		const finding = findings.find(({feature}) => feature === 'memTrack');
		throw new CtnError('ERR_CHECKPOINT_UNSUPPORTED', `container ${id} cannot be checkpointed step by step: ${finding?.reason ?? 'CRIU cannot track memory'}`, {subject: id, cure: finding?.cure});
	}
};

/** What a dump with a parent needs besides: CRIU writes everything otherwise. */
export const parentOpts = ({parentImg}: Pick<CriuOpts, 'parentImg'>): CriuOpts => parentImg === undefined ? {} : {trackMem: true};

/**
 * @param directory Where the images are being written: `parentImg` is relative to it.
 * @param state The directory of the container's state.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if there is nothing to build upon: CRIU would write everything, and say nothing. Or
 * if others were begun since: CRIU would leave out what is in those alone, and say nothing.
 */
export const checkParent = async (native: Native, directory: string, {parentImg, pageServer}: Pick<CriuOpts, 'parentImg' | 'pageServer'>, state: string): Promise<void> => {
	if (parentImg === undefined) {
		return;
	}

	const run = await runOf(native, parentImg.startsWith('/') ? parentImg : `${directory}/${parentImg}`);
	if (run === undefined && pageServer === undefined) { // With a page server they may be with that one
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `parentImg ${parentImg} holds no images`, {subject: 'parentImg', cure: 'it is a path relative to imagesDir, such as ../first'});
	}

	const last = await lastTracked(native, state);
	if (last === '' || (last !== undefined && run !== undefined && last !== run)) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `parentImg ${parentImg} does not have the last of the memory: other images were begun since, and what had changed by then is not in these`, {
			subject: 'parentImg',
			cure: 'name the last images that were written of the container; none after a preDump() or checkpoint() that failed',
		});
	}
};
