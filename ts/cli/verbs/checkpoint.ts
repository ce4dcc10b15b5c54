// checkpoint: a running container as images on disk.
import {CtnError} from '../../errors.js';
import {criuOptions, imagesOf} from '../criu-flags.js';
import type {Run} from '../verb.js';

const unsupported = ['pre-dump', 'parent-path', 'page-server', 'lazy-pages', 'status-fd'];

export const run: Run = async call => {
	const {runtime, flags, args: [id]} = call;
	const asked = unsupported.find(name => flags.text(name) !== undefined);
	if (asked !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `--${asked} is not implemented`, {subject: asked});
	}

	const container = await runtime.load(id!);
	await container.checkpoint({
		...criuOptions(call),
		imagesDir: imagesOf(call),
		replace: true, // As runc writes over what is there
		...(flags.is('leave-running') && {leaveRunning: true}),
		...(flags.is('tcp-skip-in-flight') && {tcpSkipInFlight: true}),
		...(flags.is('link-remap') && {linkRemap: true}),
	});
	return 0;
};
