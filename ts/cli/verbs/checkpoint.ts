// checkpoint: a running container as images on disk.
import type {CheckpointOptions} from '../../index.js';
import {CtnError} from '../../errors.js';
import type {Fd} from '../../native/native.js';
import {calledOffBySignals} from '../call-off.js';
import {criuOptions, imagesOf} from '../criu-flags.js';
import {followProgress} from '../progress.js';
import {transferKey} from '../transfer-flags.js';
import type {Call, Run} from '../verb.js';

/** runc takes a relative one only: CRIU keeps it in the images, which may move. */
const parentImg = (path: string): string => {
	if (path.startsWith('/')) {
		throw new CtnError('ERR_ARGUMENT', 'invalid --parent-path: it must be relative to --image-path', {subject: 'parent-path'});
	}

	return path;
};

/** With --lazy-pages where CRIU listens; else where it sends the memory to. */
const pageServerOf = (text: string | undefined): {address: string; port: number} | undefined => {
	const [, address, port] = text === undefined ? [] : /^\[?([^\]]+?)\]?:(\d+)$/.exec(text) ?? [];
	if (text !== undefined && (address === undefined || port === undefined)) {
		throw new CtnError('ERR_ARGUMENT', 'Use --page-server ADDRESS:PORT to specify page server', {subject: 'page-server'});
	}

	return address === undefined ? undefined : {address, port: Number(port)};
};

/** Where memory waits for a restore elsewhere: with --listen our own way, with --page-server that of runc. */
const lazyOptions = async (call: Call): Promise<Pick<CheckpointOptions, 'lazyPages' | 'pageServer'>> => {
	const {flags} = call;
	const [listen, server] = [flags.text('listen'), flags.text('page-server')];
	const isLazy = flags.is('lazy-pages');
	if (isLazy && (listen === undefined) === (server === undefined)) {
		throw new CtnError('ERR_ARGUMENT', '--lazy-pages needs --listen HOST:PORT (or --page-server ADDRESS:PORT, for criu lazy-pages), to say where memory is asked for', {subject: 'lazy-pages'});
	}

	if (!isLazy && listen !== undefined) {
		throw new CtnError('ERR_ARGUMENT', '--listen needs --lazy-pages', {subject: 'listen'});
	}

	const pageServer = pageServerOf(server);
	return {
		...(pageServer && {pageServer}),
		...(isLazy && {lazyPages: listen === undefined || {listen, ...await transferKey(call)}}),
	};
};

export const run: Run = async call => {
	const {runtime, flags, args: [id]} = call;
	const lazy = await lazyOptions(call);
	const container = await runtime.load(id!);
	const parent = flags.text('parent-path');
	const where = {
		imagesDir: imagesOf(call),
		replace: true, // As runc writes over what is there
		...(parent !== undefined && {parentImg: parentImg(parent)}),
	};
	const signal = calledOffBySignals(call.host);
	if (flags.is('pre-dump')) {
		const {workDir, autoDedup} = criuOptions(call);
		await container.preDump({...where, signal, ...(workDir !== undefined && {workDir}), ...(autoDedup && {autoDedup})});
		return 0;
	}

	const statusFd = flags.number('status-fd');
	const checkpoint = container.checkpoint({
		...criuOptions(call),
		...lazy,
		...where,
		signal,
		...(statusFd !== undefined && {statusFd: statusFd as Fd}),
		...(flags.is('rootfs') && {rootfs: true}),
		...(flags.is('leave-running') && {leaveRunning: true}),
		...(flags.is('tcp-skip-in-flight') && {tcpSkipInFlight: true}),
		...(flags.is('link-remap') && {linkRemap: true}),
	});
	await followProgress(call, checkpoint);
	return 0;
};
