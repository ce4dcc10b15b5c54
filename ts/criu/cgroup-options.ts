// Options of cgroup2, which are one set for the whole machine: nsdelegate and the like.
import {parseMountInfo} from '../linux/mountinfo.js';
import type {Fd, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {CriuOpts} from './opts.js';

/** Options of before, while CRIUs that may take them away are running; how many these are. */
interface Kept {
	readonly options: Promise<readonly string[]>;
	runs: number;
}

const kept = new WeakMap<Native, Kept>();

const readOptions = async (native: Native): Promise<readonly string[]> => {
	const [text] = await native.batch([{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24}]);
	const [mount] = parseMountInfo(textOf(text), ['cgroup2']);
	return mount?.superOptions.filter(option => option !== 'rw' && option !== 'ro') ?? [];
};

/** Where several run at once, those that there were before the first of them count for all. */
const begin = (native: Native): Kept => {
	const state = kept.get(native) ?? {options: readOptions(native), runs: 0};
	state.runs++;
	kept.set(native, state);
	return state;
};

/**
 * Runs a CRIU, and gives cgroup2 its options back after it. One that manages cgroups mounts cgroup2 for itself, without
 * options, and the kernel takes that for the wish of the machine's administrator: containers would be held less.
 */
export const keepCgroupOptions = async <Result>(native: Native, mode: CriuOpts['manageCgroupsMode'], run: () => Promise<Result>): Promise<Result> => {
	if (mode === undefined || mode === 'ignore') {
		return run();
	}

	const state = begin(native);
	let options: readonly string[] = [];
	try {
		options = await state.options;
		return await run();
	} finally {
		if (--state.runs === 0) {
			kept.delete(native);
		}

		if (options.length > 0) {
			const [tree] = await native.batch([{op: 'new_tree', attributes: 0n, fstype: 'cgroup2', path: 'cgroup2', options, okErrno: 'any'}]) as [number];
			if (tree >= 0) {
				native.close(tree as Fd);
			}
		}
	}
};
