// checkpoint: a running container as images on disk.
import {CtnError} from '../../errors.js';
import {criuOptions, imagesOf} from '../criu-flags.js';
import type {Run} from '../verb.js';

const unsupported = ['page-server', 'lazy-pages', 'status-fd'];

/** runc takes a relative one only: CRIU keeps it in the images, which may move. */
const parentImg = (path: string): string => {
	if (path.startsWith('/')) {
		throw new CtnError('ERR_ARGUMENT', 'invalid --parent-path: it must be relative to --image-path', {subject: 'parent-path'});
	}

	return path;
};

export const run: Run = async call => {
	const {runtime, flags, args: [id]} = call;
	const asked = unsupported.find(name => flags.text(name) !== undefined);
	if (asked !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `--${asked} is not implemented`, {subject: asked});
	}

	const container = await runtime.load(id!);
	const parent = flags.text('parent-path');
	const where = {
		imagesDir: imagesOf(call),
		replace: true, // As runc writes over what is there
		...(parent !== undefined && {parentImg: parentImg(parent)}),
	};
	if (flags.is('pre-dump')) {
		const {workDir, autoDedup} = criuOptions(call);
		await container.preDump({...where, ...(workDir !== undefined && {workDir}), ...(autoDedup && {autoDedup})});
		return 0;
	}

	await container.checkpoint({
		...criuOptions(call),
		...where,
		...(flags.is('rootfs') && {rootfs: true}),
		...(flags.is('leave-running') && {leaveRunning: true}),
		...(flags.is('tcp-skip-in-flight') && {tcpSkipInFlight: true}),
		...(flags.is('link-remap') && {linkRemap: true}),
	});
	return 0;
};
