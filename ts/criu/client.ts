// What CRIU can be asked for: dump and restore.
import {CtnError} from '../errors.js';
import {O_CLOEXEC, O_RDONLY} from '../linux/constants.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import {keepCgroupOptions} from './cgroup-options.js';
import {Caller, throwIfCalledOff, type CallOff} from './abort.js';
import {encodeOpts, type EncodedOpts} from './encode-opts.js';
import {criuFailure} from './failure.js';
import type {CriuOptsMessage, CriuRequest, CriuResponse} from './message.js';
import type {CriuHandlers} from './notify.js';
import {endSession} from './orphans.js';
import type {CriuOpts} from './opts.js';
import type {Answer} from './session.js';
import {startCriu, type CriuProcess, type StartCriu} from './start.js';

/** A CRIU to talk to: findCriu() knows one. */
export interface Criu {
	readonly native: Native;
	/** Path of the executable. */
	readonly path: string;
}

/** How a request is made, besides its options. */
export interface CriuRun extends Pick<StartCriu, 'stdio' | 'tasks' | 'cgroup' | 'inside'> {
	readonly handlers?: CriuHandlers | undefined;
	/** The directory of the images, open, where CRIU is to find them in another way than by `imagesDir`. It stays the caller's. */
	readonly images?: Fd | undefined;
	/** Calls it off, up to the last moment at which CRIU can be told no. */
	readonly signal?: CallOff | undefined;
	/** Is told CRIU's pid when it has been started, before it is asked for anything. */
	readonly onStart?: ((pid: number) => Promise<void> | void) | undefined;
	/** Ends every task that a CRIU which died has left half made. */
	readonly endTasks?: (() => Promise<void>) | undefined;
}

const mostLog = 1 << 26;

/** The text of a CRIU log, or '' if there is none or it has more than 64 MiB. */
export const readCriuLog = async (native: Native, directory: string, name: string): Promise<string> => {
	const [bytes] = await native.batch([{op: 'read', path: `${directory}/${name}`, max: mostLog, okErrno: 'any'}]);
	return textOf(bytes);
};

/** The slash makes it fail for what is no directory. */
const openDirectory = (path: string): HostOp => ({op: 'open', path: `${path}/`, flags: O_RDONLY | O_CLOEXEC, mode: 0});

/** Opens the directories for as long as the callback takes; that of the log is made where there is none, as clients expect. */
export const withDirectories = async <Result>(native: Native, {imagesDir, workDir, message}: EncodedOpts, use: (message: CriuOptsMessage) => Promise<Result>): Promise<Result> => {
	if (imagesDir === undefined) {
		throw new CtnError('ERR_ARGUMENT', 'imagesDir is required', {subject: 'imagesDir'});
	}

	if (workDir !== undefined) {
		await native.batch([{op: 'mkdir', path: workDir, mode: 0o700, okErrno: 'EEXIST'}]);
	}

	const [images, work] = await native.batch([imagesDir, ...(workDir === undefined ? [] : [workDir])].map(openDirectory)) as [Fd, Fd?];
	try {
		return await use({...message, images_dir_fd: images, ...(work !== undefined && {work_dir_fd: work})});
	} finally {
		native.close(images);
		if (work !== undefined) {
			native.close(work);
		}
	}
};

export interface Task {
	readonly what: string;
	readonly type: CriuRequest['type'];
	/** Set on top of the options. */
	readonly own: Partial<CriuOptsMessage>;
	readonly log: string;
	/** Sees the response of a failure; CRIU has ended then. */
	failed?(response: CriuResponse): Promise<void>;
}

/** An answer that was said before the end is read by then. */
const graceMs = 100;

/**
 * What a dead CRIU leaves behind has its socket: as long as it lives the session does not end.
 */
const endRemains = async (native: Native, process: CriuProcess, isOver: () => boolean, endTasks?: () => Promise<void>): Promise<void> => {
	const {signal} = await process.exited;
	if (signal !== null) {
		await endSession(native, process.pid);
	}

	if (endTasks !== undefined && !isOver()) {
		await native.sleep(graceMs);
		if (!isOver()) {
			await endTasks();
		}
	}
};

/** Follows one request, and the process to its end. The response is one of success. */
const ask = async ({what, failed}: Task, process: CriuProcess, converse: () => Promise<Answer>, log: () => Promise<string>): Promise<CriuResponse> => {
	try {
		const answer = await converse();
		const exit = await process.end();
		if (answer.response?.success && answer.rejected === undefined) {
			return answer.response;
		}

		if (answer.response !== undefined) {
			await failed?.(answer.response);
		}

		throw criuFailure({...answer, what, exit, log: await log(), output: process.output});
	} catch (error) {
		process.kill();
		await process.end();
		throw error;
	}
};

/**
 * A CRIU that restores cgroups mounts them in its working directory, the images, which has to be one of its
 * own mount namespace: a descriptor of ours is not.
 */
const makesYard = ({type}: Task, {manage_cgroups_mode: mode}: CriuOptsMessage, {inside}: CriuRun): boolean =>
	type === 'RESTORE' && inside !== undefined && mode !== undefined && mode !== 'IGNORE';

const requestOnce = async (criu: Criu, task: Task, opts: CriuOpts, run: CriuRun): Promise<CriuResponse> => {
	const encoded = encodeOpts(opts);
	const {native, path} = criu;
	return withDirectories(native, encoded, async message => {
		let isOver = false;
		const logFile = opts.logFile ?? (opts.logToStderr ? undefined : task.log);
		const merged = {...message, ...task.own, ...(logFile !== undefined && {log_file: logFile}), ...(run.images !== undefined && {images_dir_fd: run.images}), ...(makesYard(task, message, run) && {images_dir_fd: -1, images_dir: opts.imagesDir!})};
		const {handlers = {}, endTasks, onStart, signal, images: _, ...start} = run;
		const caller = new Caller(signal, `CRIU could not ${task.what}`);
		throwIfCalledOff(signal, `CRIU could not ${task.what}`);
		const process = await startCriu(native, {path, fds: encoded.fds, ...start});
		const readLog = async () => logFile === undefined ? '' : await readCriuLog(native, opts.workDir ?? opts.imagesDir!, logFile)
			|| readCriuLog(native, `/proc/self/fd/${message.work_dir_fd ?? message.images_dir_fd}`, logFile); // It may have another name by now
		const remains = endRemains(native, process, () => isOver, endTasks).catch(() => {}); // The request fails all the same
		const converse = async (): Promise<Answer> => {
			try {
				await onStart?.(process.pid);
				return await process.session.request({type: task.type, opts: merged}, caller.handlers(handlers));
			} finally {
				isOver = true;
			}
		};
		try {
			return await caller.during(() => process.kill(), () => ask(task, process, converse, readLog));
		} finally {
			await remains; // CRIU has ended by now
		}
	});
};

/** A request about tasks: one CRIU process for it alone. */
export const request = async (criu: Criu, task: Task, opts: CriuOpts, run: CriuRun): Promise<CriuResponse> =>
	keepCgroupOptions(criu.native, opts.manageCgroupsMode, async () => requestOnce(criu, task, opts, run));

const checkPid = (pid: number): void => {
	if (!Number.isInteger(pid) || pid < 1) {
		// Without a pid CRIU would dump its client
		throw new CtnError('ERR_ARGUMENT', `the pid must be a positive integer, not ${pid}`, {subject: 'pid'});
	}
};

/**
 * Dumps the tree of tasks below `pid`, and kills it unless `leaveRunning` or `leaveStopped` says otherwise.
 *
 * When it fails, the tasks run on. Should this process die before `postDump` is answered, too.
 *
 * @throws CtnError `ERR_ARGUMENT` for a bad option, before anything is touched.
 * @throws CtnError `ERR_CRIU_FAILED` with `log`, `cure` and, if a handler called it off, `cause`.
 * @throws CtnError `ERR_NATIVE` if `imagesDir` or `workDir` cannot be opened.
 * @throws CtnError `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`.
 */
export const dump = async (criu: Criu, pid: number, opts: CriuOpts, run: CriuRun = {}): Promise<void> => {
	checkPid(pid);
	await request(criu, {what: `dump process ${pid}`, type: 'DUMP', own: {pid}, log: 'dump.log'}, opts, run);
};

/**
 * Saves the memory of the tasks while they run; a later dump with `parentImg` saves what has changed since.
 *
 * Needs memory tracking (probeCriu().memTrack): CRIU crashes where the kernel has none. There are no notifications.
 *
 * @throws CtnError as dump() does.
 */
export const preDump = async (criu: Criu, pid: number, opts: CriuOpts, run: CriuRun = {}): Promise<void> => {
	checkPid(pid);
	await request(criu, {what: `pre-dump process ${pid}`, type: 'SINGLE_PRE_DUMP', own: {pid, track_mem: true}, log: 'pre-dump.log'}, opts, run);
};
