// The status of a container: computed from what the kernel says, never stored.
import {Cgroup} from '../cgroups/cgroup.js';
import {CtnError} from '../errors.js';
import {startSocket} from '../launch/build.js';
import {errnos} from '../linux/errno.js';
import {isAlive, parseProcessStat} from '../linux/proc.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp, HostResult, Native} from '../native/native.js';
import type {Status} from '../oci/state.js';
import type {StateRecord} from '../state/record.js';

/** True if this process is there, runs, and is the one that was meant. */
export const isProcess = (stat: HostResult | undefined, startTime: number): boolean => {
	const parsed = stat instanceof Uint8Array ? parseProcessStat(decodeUtf8(stat)) : undefined;
	return isAlive(parsed) && parsed!.startTime === startTime;
};

/**
 * Is init still waiting for start?
 *
 * While it does, it accepts on its socket; a peer that says nothing changes nothing. Once it runs
 * the program nobody listens, even if the one who started it could not remove the socket's name.
 */
const isWaiting = async (native: Native, directory: string): Promise<boolean> => {
	const [socket] = await native.batch([{op: 'connect', directory, name: startSocket, okErrno: 'any'}]);
	if (typeof socket !== 'number' || socket < 0) {
		return socket === -errnos.EAGAIN; // Too many ask: so it listens
	}

	native.close(socket as Fd);
	return true;
};

/** For what cannot be done with a container as it is. */
export const statusError = (verb: string, id: string, wanted: readonly Status[], status: Status): CtnError =>
	new CtnError('ERR_CONTAINER_STATUS', `cannot ${verb} container ${id}: it is ${status}, not ${wanted.join(' or ')}`, {subject: id});

/** Looks at the process, the freezer and the start socket. */
export const computeStatus = async (native: Native, record: StateRecord, directory: string): Promise<Status> =>
	computeStatuses(native, [{record, directory}])[0]!;

/** The same of each of many, which are looked at at once. */
export const computeStatuses = (native: Native, containers: ReadonlyArray<{readonly record: StateRecord; readonly directory: string}>): Array<Promise<Status>> => {
	const started = containers.filter(({record}) => record.pid !== 0);
	const looks = native.batch(started.flatMap(({record, directory}): HostOp[] => [
		{op: 'read', path: `/proc/${record.pid}/stat`, max: 4096, okErrno: 'any'},
		new Cgroup(native, record.cgroup).frozenOp(),
		{op: 'stat', path: `${directory}/${startSocket}`, nofollow: 1, okErrno: 'any'},
	]));
	return containers.map(async container => {
		const {record, directory} = container;
		const index = started.indexOf(container);
		if (index < 0) {
			return 'stopped';
		}

		const [stat, frozen, socket] = (await looks).slice(3 * index, 3 * index + 3);
		if (!isProcess(stat, record.startTime)) {
			return 'stopped';
		}

		if (new Cgroup(native, record.cgroup).isFrozen(frozen)) {
			return 'paused';
		}

		return socket instanceof Uint8Array && await isWaiting(native, directory) ? 'created' : 'running';
	});
};

/** A pidfd of init, the caller's from then on; undefined if it is gone. */
export const openProcess = async (native: Native, {pid, startTime}: Pick<StateRecord, 'pid' | 'startTime'>): Promise<Fd | undefined> => {
	if (pid === 0) {
		return undefined;
	}

	const [pidfd, stat] = await native.batch([
		{op: 'pidfd_open', pid, okErrno: 'ESRCH'},
		{op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'},
	]) as [Fd, HostResult];
	if (pidfd >= 0 && !isProcess(stat, startTime)) {
		native.close(pidfd);
		return undefined;
	}

	return pidfd >= 0 ? pidfd : undefined;
};
