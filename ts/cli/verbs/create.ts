// create and run: a container from a bundle, with what its starter wants to be told.
import type {Container} from '../../container/container.js';
import type {CreateOptions, RunOptions} from '../../container/runtime.js';
import {decodeUtf8} from '../../linux/utf8.js';
import type {Fd, Native} from '../../native/native.js';
import {checkConsole, loadConfig} from '../bundle.js';
import {Foreground} from '../foreground.js';
import {connectConsole, keptDescriptors, notifySocket, sendPidfd, writePidFile} from '../process-files.js';
import type {Call, Run} from '../verb.js';

const createOptions = (call: Call, loaded: Awaited<ReturnType<typeof loadConfig>>, consoleSocket: Fd | undefined): CreateOptions => ({
	...loaded,
	...keptDescriptors(call),
	...notifySocket(call),
	noPivot: call.flags.is('no-pivot'),
	noNewKeyring: call.flags.is('no-new-keyring'),
	...(consoleSocket !== undefined && {consoleSocket}),
});

/** Whoever hears of a failure finds no container. */
const orDelete = async (container: Container, steps: () => Promise<void>): Promise<void> => {
	try {
		await steps();
	} catch (error) {
		await container.delete({force: true});
		throw error;
	}
};

export const create: Run = async call => {
	call.runtime.prepare();
	const loaded = await loadConfig(call);
	checkConsole(call, loaded.config.process?.terminal === true, true);
	const container = await call.runtime.create(call.args[0]!, createOptions(call, loaded, await connectConsole(call)));
	await orDelete(container, async () => {
		await sendPidfd(call, container.pid, 'standard');
		await writePidFile(call, container.pid);
	});
	return 0;
};

const ownPid = async (native: Native): Promise<number> => {
	const [pid] = await native.batch([{op: 'readlink', path: '/proc/self'}]);
	return Number(decodeUtf8(pid as Uint8Array));
};

const runWith = async (call: Call, options: RunOptions): Promise<Container> => {
	const {runtime, flags, args: [id]} = call;
	if (flags.text('pidfd-socket') === undefined) {
		return runtime.run(id!, options);
	}

	const container = await runtime.create(id!, options); // Which lives for sure while its pidfd is sent
	await orDelete(container, async () => {
		await sendPidfd(call, container.pid, 'standard');
		await container.start(options);
	});
	return container;
};

export const run: Run = async call => {
	const {host, native, flags} = call;
	call.runtime.prepare();
	const loaded = await loadConfig(call);
	const isDetached = flags.is('detach');
	const terminal = loaded.config.process?.terminal === true;
	checkConsole(call, terminal, isDetached);
	if (!isDetached && !flags.is('no-subreaper')) {
		await native.batch([{op: 'subreaper', on: 1}]);
	}

	const foreground = isDetached ? undefined : new Foreground(host, terminal);
	const options = createOptions(call, loaded, foreground ? foreground.console?.socket : await connectConsole(call));
	// In the foreground it is we who are waited for
	const container = await runWith(call, isDetached || options.notifySocket === undefined ? options : {...options, mainPid: await ownPid(native)});
	await orDelete(container, async () => writePidFile(call, container.pid));
	if (!foreground) {
		return 0;
	}

	const code = await foreground.follow(container);
	if (!flags.is('keep')) {
		await container.delete({force: true});
	}

	return code;
};
