// Intel RDT of a container that is there: other schemata, or a class of service where it had none.
import {encodeUtf8} from '../linux/utf8.js';
import type {HostOp, Native} from '../native/native.js';
import {namesOf, textOf} from '../native/results.js';
import type {IntelRdt} from '../oci/config.js';
import {invalidRdt, joinRdtOps, makeRdt, planRdt, rdtError, removeRdtOps, schemataOf, type RdtRecord} from './rdt.js';

/** What can be changed of `linux.intelRdt`. */
export type RdtUpdate = Pick<IntelRdt, 'l3CacheSchema' | 'memBwSchema' | 'schemata'>;

export interface RdtRequest {
	readonly id: string;
	/** Where resctrl is mounted; undefined if it is not. */
	readonly root: string | undefined;
	/** What the container has; undefined: nothing. */
	readonly before: RdtRecord | undefined;
	readonly given: RdtUpdate;
	/** The processes of the container. */
	readonly pids: () => Promise<readonly number[]>;
	/** What saves a class of service before it is made, so that delete finds it; undefined: none again. */
	readonly save: (record: RdtRecord | undefined) => readonly HostOp[];
}

export interface RdtChange {
	readonly record: RdtRecord;
	/** Brings back what was. */
	undo(): Promise<void>;
}

/** resctrl counts threads; one that is made meanwhile is where the one that made it was. */
const joinAll = async (native: Native, record: RdtRecord, pids: RdtRequest['pids']): Promise<void> => {
	const moved = new Set<number>();
	for (let rounds = 0; rounds < 100; rounds++) {
		const tasks = await native.batch((await pids()).map(pid => ({op: 'list', path: `/proc/${pid}/task`, directories: 1, okErrno: 'any'})));
		const threads = tasks.flatMap(names => namesOf(names).map(Number)).filter(thread => !moved.has(thread));
		if (threads.length === 0) {
			return;
		}

		await native.batch(threads.flatMap(thread => joinRdtOps(record, thread).map((op): HostOp => ({...op, okErrno: 'ESRCH'}))));
		for (const thread of threads) {
			moved.add(thread);
		}
	}
};

const makeNew = async (native: Native, {id, root, given, pids, save}: RdtRequest): Promise<RdtChange> => {
	const plan = await planRdt(native, root, id, given);
	const {record} = plan;
	const undo = async (): Promise<void> => {
		await native.batch([...removeRdtOps(record), ...save(undefined)]); // Who is in it goes back to the default class
	};

	await native.batch(save(record));
	try {
		await makeRdt(native, plan);
		await joinAll(native, record, pids);
	} catch (error) {
		await undo();
		throw error;
	}

	return {record, undo};
};

/**
 * Writes the schemata.
 *
 * @throws CtnError `ERR_CGROUP_LIMIT` with what resctrl says of them; all is as before, then.
 * `ERR_CONFIG_INVALID` for a class of service that was there before the container;
 * `ERR_CONFIG_UNSUPPORTED` without resctrl.
 */
export const updateRdt = async (native: Native, request: RdtRequest): Promise<RdtChange> => {
	const {before, given} = request;
	if (before === undefined) {
		return makeNew(native, request);
	}

	const {group, isOwn} = before;
	if (!isOwn) {
		throw invalidRdt('schemata', `cannot be changed: others may be in ${group}, which was there before the container`);
	}

	const path = `${group}/schemata`;
	const writeOp = (text: string): HostOp => ({op: 'write', path, data: encodeUtf8(text), flags: 0, mode: 0});
	const [current] = await native.batch([{op: 'read', path, max: 1 << 20}]);
	const undo = async (): Promise<void> => {
		await native.batch([writeOp(textOf(current))]);
	};

	try {
		await native.batch([writeOp(`${schemataOf(given).join('\n')}\n`)]);
	} catch (error) {
		const reason = await rdtError(native, group, error);
		await undo().catch(() => {}); // Lines before the one that was refused hold by now; the first failure is the one to tell
		throw reason;
	}

	return {record: before, undo};
};
