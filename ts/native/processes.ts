// Processes that are ours: how they end, by themselves or by our hand.
import {signals} from '../linux/signals.js';
import type {Report} from '../plan/report.js';
import type {Exit, Fd, Native, SpawnRequest} from './native.js';

/** How a process ended, keeping the event loop alive until it did. The descriptor stays the caller's. */
export const ended = async (native: Native, pidfd: Fd): Promise<Exit> => {
	const watch = native.watchExit(pidfd);
	watch.ref();
	return watch.exit;
};

/** SIGKILL, which one that has ended already takes, too. */
export const kill = (native: Native, pidfd: Fd): void => {
	try {
		native.pidfdSendSignal(pidfd, signals.SIGKILL);
	} catch {
		// ESRCH: it is over already
	}
};

/** Kills and waits; takes the pidfd. */
export const end = async (native: Native, pidfd: Fd): Promise<void> => {
	kill(native, pidfd);
	try {
		await ended(native, pidfd);
	} finally {
		native.close(pidfd);
	}
};

export interface RunToEnd {
	/** When this resolves the process is killed. */
	readonly calledOff?: Promise<unknown> | undefined;
	/** Called when it has its descriptors. */
	readonly started?: () => void;
}

/** Starts ctn-init with a plan, and waits until it, or the program that it became, has ended. */
export const runToEnd = async (native: Native, request: SpawnRequest, {calledOff, started}: RunToEnd = {}): Promise<{failure: Extract<Report, {kind: 'error'}> | undefined; exit: Exit}> => {
	const {pidfd, sync} = await native.spawn(request);
	let isOver = false;
	void calledOff?.then(() => isOver || kill(native, pidfd), () => {});
	const exit = ended(native, pidfd);
	try {
		started?.();
		const {report} = await native.report(sync);
		return {failure: report?.kind === 'error' ? report : undefined, exit: await exit};
	} catch (error) {
		kill(native, pidfd);
		await exit;
		throw error;
	} finally {
		isOver = true;
		native.close(sync);
		native.close(pidfd);
	}
};
