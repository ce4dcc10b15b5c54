// checkpoint: a running container as images on disk.
import {CtnError} from '../../errors.js';
import type {Fd, Native} from '../../native/native.js';
import {criuOptions, imagesOf} from '../criu-flags.js';
import type {Run} from '../verb.js';

/** runc takes a relative one only: CRIU keeps it in the images, which may move. */
const parentImg = (path: string): string => {
	if (path.startsWith('/')) {
		throw new CtnError('ERR_ARGUMENT', 'invalid --parent-path: it must be relative to --image-path', {subject: 'parent-path'});
	}

	return path;
};

/** With --lazy-pages where CRIU listens; else where it sends the memory to. */
const pageServerOf = (text: string | undefined, isLazy: boolean): {address: string; port: number} | undefined => {
	if (text === undefined && isLazy) {
		throw new CtnError('ERR_ARGUMENT', '--lazy-pages needs --page-server ADDRESS:PORT, to say where memory is asked for', {subject: 'page-server'});
	}

	const [, address, port] = text === undefined ? [] : /^\[?([^\]]+?)\]?:(\d+)$/.exec(text) ?? [];
	if (text !== undefined && (address === undefined || port === undefined)) {
		throw new CtnError('ERR_ARGUMENT', 'Use --page-server ADDRESS:PORT to specify page server', {subject: 'page-server'});
	}

	return address === undefined ? undefined : {address, port: Number(port)};
};

/** A NUL byte once pages can be asked for, as CRIU's own --status-fd has it. Whoever has gone meanwhile needs none. */
const tellReady = async (native: Native, fd: Fd, events: AsyncIterable<{readonly stage: string}>): Promise<void> => {
	for await (const {stage} of events) {
		if (stage === 'serving') {
			const [written] = await native.batch([{op: 'write', path: `/proc/self/fd/${fd}`, data: new Uint8Array(1), flags: 0, mode: 0, okErrno: 'any'}]);
			if (written !== 0) {
				try {
					native.send(fd, new Uint8Array(1)); // A socket, which cannot be opened
				} catch {
					// Nobody listens
				}
			}

			native.close(fd);
			return;
		}
	}
};

export const run: Run = async call => {
	const {runtime, flags, args: [id]} = call;
	const pageServer = pageServerOf(flags.text('page-server'), flags.is('lazy-pages'));
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

	const checkpoint = container.checkpoint({
		...criuOptions(call),
		...(pageServer && {pageServer}),
		...where,
		...(flags.is('rootfs') && {rootfs: true}),
		...(flags.is('leave-running') && {leaveRunning: true}),
		...(flags.is('tcp-skip-in-flight') && {tcpSkipInFlight: true}),
		...(flags.is('link-remap') && {linkRemap: true}),
	});
	const statusFd = flags.text('status-fd');
	if (statusFd !== undefined) {
		await tellReady(call.native, Number(statusFd) as Fd, checkpoint);
	}

	await checkpoint;
	return 0;
};
