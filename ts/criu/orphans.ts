// What a CRIU that was killed leaves: children of its own, stopped in the middle of something, for good.
import {isAlive, parseProcessStat} from '../linux/proc.js';
import {signals} from '../linux/signals.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {ended} from '../native/processes.js';
import {namesOf, textOf} from '../native/results.js';

/** False if nobody was left. */
const endOnce = async (native: Native, session: number): Promise<boolean> => {
	const [names] = await native.batch([{op: 'list', path: '/proc', directories: 1}]);
	const pids = namesOf(names).filter(name => /^\d+$/.test(name)).map(Number);
	const results = await native.batch(pids.flatMap((pid): HostOp[] => [
		{op: 'pidfd_open', pid, okErrno: 'any'},
		{op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'},
	]));
	const children: Fd[] = [];
	let isAnybodyLeft = false;
	await native.batch(pids.flatMap((_, index): HostOp[] => {
		const [pidfd, stat] = results.slice(2 * index);
		if (typeof pidfd !== 'number' || pidfd < 0) {
			return [];
		}

		const close = {op: 'close', fd: pidfd as Fd} as const;
		const family = parseProcessStat(textOf(stat));
		if (family?.session !== session) {
			return [close];
		}

		isAnybodyLeft ||= isAlive(family);
		const kill = {op: 'pidfd_signal', pidfd: pidfd as Fd, signal: signals.SIGKILL, okErrno: 'any'} as const;
		if (family.parent !== process.pid) {
			return [kill, close];
		}

		children.push(pidfd as Fd); // A task that was just being restored: nobody else waits for it
		return [kill];
	}));
	for (const pidfd of children) {
		await ended(native, pidfd);
		native.close(pidfd);
	}

	return isAnybodyLeft;
};

const mostTries = 1000;

/**
 * Kills all processes of a session. CRIU leads one, and its children stay in it; restored tasks get
 * their own sooner or later, and those that are dumped have one. One that was just being forked is found the next time.
 *
 * @param session Pid of a CRIU that has just ended by a signal.
 */
export const endSession = async (native: Native, session: number): Promise<void> => {
	for (let tries = 0; tries < mostTries && await endOnce(native, session); tries++) {
		await native.sleep(1);
	}
};
