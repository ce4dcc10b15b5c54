// Checkpoints that build upon others: only what has changed since is written.
import type {CriuOpts} from '../criu/opts.js';
import type {CriuProbe} from '../criu/probe.js';
import {CtnError} from '../errors.js';
import type {Native} from '../native/native.js';

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
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if there is nothing to build upon. CRIU would write everything, and say nothing.
 */
export const checkParent = async (native: Native, directory: string, {parentImg, pageServer}: Pick<CriuOpts, 'parentImg' | 'pageServer'>): Promise<void> => {
	if (parentImg === undefined || pageServer !== undefined) {
		return; // With a page server they are with that one
	}

	const [inventory] = await native.batch([{op: 'stat', path: `${parentImg.startsWith('/') ? '' : `${directory}/`}${parentImg}/inventory.img`, nofollow: 0, okErrno: 'any'}]);
	if (!(inventory instanceof Uint8Array)) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `parentImg ${parentImg} holds no images`, {subject: 'parentImg', cure: 'it is a path relative to imagesDir, such as ../first'});
	}
};
