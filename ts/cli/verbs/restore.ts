// restore: a container from a checkpoint, in the place of create and start.
import type {RestoreOptions} from '../../container/runtime.js';
import {CtnError} from '../../errors.js';
import {calledOffBySignals} from '../call-off.js';
import {criuOptions, imagesOf} from '../criu-flags.js';
import {Foreground} from '../foreground.js';
import {loadConfig} from '../bundle.js';
import {connectConsole, notifySocket, writePidFile} from '../process-files.js';
import {followProgress} from '../progress.js';
import {transferKey} from '../transfer-flags.js';
import type {Call, Run} from '../verb.js';

/** With --from the memory comes from the host of the checkpoint. */
const lazyOptions = async (call: Call): Promise<Pick<RestoreOptions, 'lazyPages'>> => {
	const from = call.flags.text('from');
	if (from === undefined) {
		return {};
	}

	if (!call.flags.is('lazy-pages')) {
		throw new CtnError('ERR_ARGUMENT', '--from needs --lazy-pages', {subject: 'from'});
	}

	return {lazyPages: {from, ...await transferKey(call)}};
};

export const run: Run = async call => {
	const {host, native, runtime, flags, args: [id]} = call;
	const {bundle, config} = await loadConfig(call);
	const isDetached = flags.is('detach');
	const foreground = isDetached ? undefined : new Foreground(host, config.process?.terminal === true);
	if (foreground && !flags.is('no-subreaper')) {
		await native.batch([{op: 'subreaper', on: 1}]);
	}

	const consoleSocket = foreground ? foreground.console?.socket : await connectConsole(call);
	const lsmProfile = flags.text('lsm-profile');
	const lsmMountContext = flags.text('lsm-mount-context');
	const hostname = flags.text('hostname');
	const layer = flags.text('layer');
	const lazy = await lazyOptions(call);
	const restore = runtime.restore(id!, {
		...criuOptions(call),
		...lazy,
		bundle,
		config,
		imagesDir: imagesOf(call),
		...notifySocket(call),
		...(isDetached && {signal: calledOffBySignals(host)}), // In the foreground they are for the program
		...(flags.is('tcp-close') && {tcpClose: true}),
		...(lsmProfile !== undefined && {lsmProfile}),
		...(lsmMountContext !== undefined && {lsmMountContext}),
		...(flags.is('rootfs') && {rootfs: true}),
		...(hostname !== undefined && {hostname}),
		...(layer !== undefined && {layer: {directory: call.path(layer)}}),
		...(consoleSocket !== undefined && {consoleSocket}),
	});
	await followProgress(call, restore);
	const container = await restore;
	await writePidFile(call, container.pid);
	if (!foreground) {
		return 0;
	}

	const code = await foreground.follow(container);
	await container.delete({force: true});
	return code;
};
