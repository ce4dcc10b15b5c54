// What a CRIU that was killed leaves: children of its own, stopped in the middle of something, for good.
import type {Fd, HostOp, Native} from '../native/native.js';
import {ended} from '../native/results.js';

const sigkill = 9;

/** From /proc/<pid>/stat: `pid (comm) state ppid pgrp session …`. */
const familyOf = (stat: string): {parent: number; session: number} => {
	const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
	return {parent: parent!, session: session!};
};

/**
 * Kills all processes of a session. CRIU leads one, and its children stay in it; restored tasks get
 * their own sooner or later, and those that are dumped have one.
 *
 * @param session Pid of a CRIU that has just ended by a signal.
 */
export const endSession = async (native: Native, session: number): Promise<void> => {
	const [names] = await native.batch([{op: 'list', path: '/proc', directories: 1}]);
	const pids = new TextDecoder().decode(names as Uint8Array).split('\0').filter(name => /^\d+$/.test(name)).map(Number);
	const results = await native.batch(pids.flatMap((pid): HostOp[] => [
		{op: 'pidfd_open', pid, okErrno: 'any'},
		{op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'},
	]));
	const children: Fd[] = [];
	await native.batch(pids.flatMap((_, index): HostOp[] => {
		const [pidfd, stat] = results.slice(2 * index);
		if (typeof pidfd !== 'number' || pidfd < 0) {
			return [];
		}

		const close = {op: 'close', fd: pidfd as Fd} as const;
		const family = stat instanceof Uint8Array ? familyOf(new TextDecoder().decode(stat)) : undefined;
		if (family?.session !== session) {
			return [close];
		}

		const kill = {op: 'pidfd_signal', pidfd: pidfd as Fd, signal: sigkill, okErrno: 'any'} as const;
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
};
