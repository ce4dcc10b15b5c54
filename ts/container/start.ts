// start: the byte that a waiting init waits for, and what it says until the program runs.
import {Cgroup} from '../cgroups/cgroup.js';
import {isErrno, type CtnError} from '../errors.js';
import {startSocket} from '../launch/build.js';
import type {Fd, HostResult, Native} from '../native/native.js';
import {stateOf, type Status} from '../oci/state.js';
import {goByte} from '../plan/child.js';
import type {SavedContainer, StateRecord} from '../state/record.js';
import type {Context} from './context.js';
import {runPoststart} from './hooks.js';
import {initDied, initError} from './init-error.js';
import {connectAgent, type Agent} from './notify.js';
import type {Process} from './process.js';
import {untilReady} from './readiness.js';

export interface StartRequest {
	readonly saved: SavedContainer;
	/** The error for a container that cannot be started, being what it is. */
	readonly refusal: (status?: Status) => Promise<CtnError>;
	/** init as a process, if it lives. */
	readonly init: () => Promise<Process | undefined>;
	/** Whom a service manager is told to be the main process. Default: init. */
	readonly mainPid?: number | undefined;
}

/** The first report that is not a notify descriptor; that goes to the agent, and init waits until it is there. */
const reportOf = async (native: Native, socket: Fd, agent: Agent | undefined, {id, pid}: StateRecord): ReturnType<Native['report']> => {
	try {
		const first = await native.report(socket);
		if (!agent || first.report?.kind === 'error') {
			return first;
		}

		if (first.report?.kind !== 'fd') { // Its own filter kept init from telling
			throw initDied(id, {code: null, signal: null});
		}

		agent.handOver(first.fds[0]!, pid);
		native.send(socket, goByte);
		return await native.report(socket);
	} finally {
		agent?.close();
	}
};

/** Follows init from our byte to its program. */
const release = async (native: Native, directory: string, socket: Fd, {saved, refusal}: StartRequest): Promise<void> => {
	const {record, config} = saved;
	const state = stateOf({id: record.id, status: 'created', pid: record.pid, bundle: record.bundle, annotations: config.annotations});
	const agent = await connectAgent(native, config, state);
	native.send(socket, goByte);
	const [{report, unread}] = await Promise.all([
		reportOf(native, socket, agent, record),
		native.batch([{op: 'unlink', path: `${directory}/${startSocket}`, okErrno: 'ENOENT'}]),
	]);
	if (report?.kind === 'error') {
		const list = config.hooks?.startContainer;
		throw initError(report, config.process.args[0]!, list && {name: 'startContainer', list});
	}

	if (unread) { // init listened to another one, or was killed
		throw await refusal();
	}
};

/** A container whose poststart hook fails is not to run. */
const afterStart = async (context: Context, {saved, init}: StartRequest): Promise<void> => {
	const {record, config} = saved;
	if (!config.hooks?.poststart?.length) {
		return;
	}

	const {devNull} = await context.machine();
	try {
		await runPoststart(context.native, {...record, config, devNull});
	} catch (error) {
		const running = await init();
		await new Cgroup(context.native, record.cgroup).kill();
		await running?.wait();
		throw error;
	}
};

/** Whether init is frozen, and a connection to it. It takes one at a time: while many others ask how it is, this waits for its turn. */
const reach = async (native: Native, cgroup: Cgroup, directory: string): Promise<[isFrozen: boolean, socket: Fd]> => {
	for (;;) {
		const [frozen, socket] = await native.batch([cgroup.frozenOp(), {op: 'connect', directory, name: startSocket, okErrno: 'EAGAIN'}]) as [HostResult, Fd];
		const isFrozen = cgroup.isFrozen(frozen);
		if (socket >= 0 || isFrozen) {
			return [isFrozen, socket];
		}

		await native.sleep(1);
	}
};

/** Sends the byte, if there is somebody to take it. */
const begin = async ({native}: Context, directory: string, request: StartRequest): Promise<void> => {
	const {saved, refusal} = request;
	const cgroup = new Cgroup(native, saved.record.cgroup);
	let isFrozen: boolean;
	let socket: Fd;
	try {
		[isFrozen, socket] = await reach(native, cgroup, directory);
	} catch (error) {
		throw isErrno(error, 'ENOENT', 'ECONNREFUSED') ? await refusal() : error;
	}

	try {
		if (isFrozen) { // It would answer when it is resumed
			throw await refusal('paused');
		}

		await release(native, directory, socket, request);
	} catch (error) {
		throw isErrno(error, 'EPIPE', 'ECONNRESET') ? await refusal() : error;
	} finally {
		if (socket >= 0) {
			native.close(socket);
		}
	}
};

/** Lets the program of a created container begin, with the hooks before and after. Throws as Container.start() says. */
export const startContainer = async (context: Context, request: StartRequest): Promise<void> => {
	const {record} = request.saved;
	await untilReady(context, record, request.mainPid, async () => {
		await begin(context, context.store.directory(record.id), request);
		await afterStart(context, request);
	});
};
