// A container that is there gets into a hierarchy that it was made without.
import {CtnError} from '../errors.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {HostOp, HostResult, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import {Cgroup} from './cgroup.js';
import type {CgroupLayout} from './layout.js';
import {makeDirectories, type CgroupRecord} from './plan.js';

const write = (path: string, value: string, okErrno: HostOp['okErrno']): HostOp => ({op: 'write', path, data: encodeUtf8(value), flags: 0, mode: 0, okErrno: okErrno!});

const pidsIn = (result: HostResult | undefined): string[] => textOf(result).split('\n').filter(Boolean);

/** The record with these v1 controllers, too; nothing is made yet. */
export const withControllers = (layout: CgroupLayout, record: CgroupRecord, controllers: readonly string[]): CgroupRecord => {
	const missing = controllers.filter(controller => record.v1[controller] === undefined && layout.v1[controller] !== undefined);
	return record.mode === 'v2' ? record : {...record, v1: {...record.v1, ...Object.fromEntries(missing.map(controller => [controller, layout.v1[controller]! + record.path]))}};
};

/** Moves all processes; a process that forks meanwhile leaves a child behind, so it looks again. */
const moveAll = async (native: Native, cgroup: Cgroup, directory: string): Promise<void> => {
	for (let tries = 0; tries < 20; tries++) {
		const [there] = await native.batch([{op: 'read', path: `${directory}/cgroup.procs`, max: 1 << 24}]);
		const inside = new Set(pidsIn(there));
		const outside = (await cgroup.pids()).filter(pid => !inside.has(String(pid)));
		if (outside.length === 0) {
			return;
		}

		await native.batch(outside.map(pid => write(`${directory}/cgroup.procs`, String(pid), 'ESRCH')));
	}

	throw new CtnError('ERR_CGROUP_BUSY', `the processes of the container fork faster than they can be moved into ${directory}`, {subject: directory});
};

/** Makes the directories that `after` has and `before` has not, and moves the container's processes into them. */
export const joinControllers = async (native: Native, layout: CgroupLayout, before: CgroupRecord, after: CgroupRecord): Promise<void> => {
	for (const [controller, directory] of Object.entries(after.v1)) {
		if (Object.values(before.v1).includes(directory)) {
			continue;
		}

		await native.batch(makeDirectories(layout.v1[controller]!, after.path, controller).map(op => op.op === 'mkdir' ? {...op, okErrno: 'EEXIST'} : op));
		await moveAll(native, new Cgroup(native, before), directory);
	}
};

/** Has cgroup2 hand these controllers down to the container; what it does not hand out is seen when a limit is written. */
export const enableControllers = async (native: Native, layout: CgroupLayout, record: CgroupRecord, controllers: readonly string[]): Promise<void> => {
	const parts = record.path.split('/').slice(0, -1);
	const above = parts.map((_, index) => layout.unified! + parts.slice(0, index + 1).join('/'));
	await native.batch(above.flatMap(directory => controllers
		.filter(controller => layout.v2Controllers.includes(controller))
		.map(controller => write(`${directory}/cgroup.subtree_control`, `+${controller}`, 'any'))));
};
