// The moments at which CRIU waits for its caller.
import type {Fd} from '../native/native.js';

type Handler = () => void | Promise<void>;

/**
 * What is called at each moment; CRIU waits until it is done, without limit.
 *
 * If a handler throws, CRIU is told no: a dump is called off and the tasks run on, a restore is called
 * off and they are killed. At `networkUnlock`, `preResume`, `postResume` and `statusReady` it is too
 * late for a no; the error is reported all the same when CRIU is done.
 */
export interface CriuHandlers {
	/** Dump: nothing is frozen yet. */
	readonly preDump?: Handler;
	/** Dump, with a network namespace of its own: packets are to be held back. CRIU does so itself. */
	readonly networkLock?: Handler;
	/** Dump that failed or leaves the tasks running; restore: packets may flow again. */
	readonly networkUnlock?: Handler;
	/** Dump: the tasks are stopped, their files are about to be written. */
	readonly queryExtFiles?: Handler;
	/** Dump: all images are written and the tasks are still frozen. The last moment to call it off. With `lazyPages` the memory is not yet moved. */
	readonly postDump?: Handler;
	/** Dump with `lazyPages`: the page server listens. */
	readonly statusReady?: Handler;
	/** Restore: before anything. */
	readonly preRestore?: Handler;
	/** Restore: the namespaces of process `pid` are there, and nothing in them. */
	readonly setupNamespaces?: (pid: number) => void | Promise<void>;
	/** Restore: the namespaces have their mounts and network devices. */
	readonly postSetupNamespaces?: Handler;
	/** Restore with `orphanPtsMaster`: the master of the restored terminal, which is the handler's from here on. */
	readonly orphanPtsMaster?: (terminal: Fd) => void | Promise<void>;
	/** Restore: process `pid` is all there, but stopped. The last moment to call it off. */
	readonly postRestore?: (pid: number) => void | Promise<void>;
	/** Restore: the tasks are about to run. */
	readonly preResume?: Handler;
	/** Restore: the tasks run. */
	readonly postResume?: Handler;
}

/** A notification as it came. */
export interface Notification {
	/** CRIU's name for it, such as `post-dump`. */
	readonly script: string;
	/** Of the root task, where CRIU says it; else 0. */
	readonly pid: number;
	readonly fds: readonly Fd[];
}

/** A notification that somebody waits for, and how it is passed on. What is not here is answered with yes. */
const calls: {readonly [script: string]: (handlers: CriuHandlers, notification: Notification) => void | Promise<void>} = {
	'pre-dump': handlers => handlers.preDump?.(),
	'network-lock': handlers => handlers.networkLock?.(),
	'network-unlock': handlers => handlers.networkUnlock?.(),
	'query-ext-files': handlers => handlers.queryExtFiles?.(),
	'post-dump': handlers => handlers.postDump?.(),
	'status-ready': handlers => handlers.statusReady?.(),
	'pre-restore': handlers => handlers.preRestore?.(),
	'setup-namespaces': (handlers, {pid}) => handlers.setupNamespaces?.(pid),
	'post-setup-namespaces': handlers => handlers.postSetupNamespaces?.(),
	'post-restore': (handlers, {pid}) => handlers.postRestore?.(pid),
	'pre-resume': handlers => handlers.preResume?.(),
	'post-resume': handlers => handlers.postResume?.(),
};

/**
 * Calls the handler of a notification. Descriptors that no handler takes are closed by `close`.
 */
export const notify = async (handlers: CriuHandlers, notification: Notification, close: (fd: Fd) => void): Promise<void> => {
	const {script, fds} = notification;
	const takes = script === 'orphan-pts-master' && handlers.orphanPtsMaster !== undefined ? 1 : 0;
	fds.slice(takes).forEach(close);
	if (takes === 1 && fds[0] !== undefined) {
		await handlers.orphanPtsMaster?.(fds[0]);
	} else if (Object.hasOwn(calls, script)) {
		await calls[script]!(handlers, notification);
	}
};
