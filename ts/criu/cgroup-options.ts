// Options of cgroup2, which are one set for the whole machine: nsdelegate and the like.
import {parseMountInfo} from '../linux/mountinfo.js';
import type {Fd, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {CriuOpts} from './opts.js';

/**
 * Runs a CRIU, and gives cgroup2 its options back after it. One that manages cgroups mounts cgroup2 for itself, without
 * options, and the kernel takes that for the wish of the machine's administrator: containers would be held less.
 */
export const keepCgroupOptions = async <Result>(native: Native, mode: CriuOpts['manageCgroupsMode'], run: () => Promise<Result>): Promise<Result> => {
	if (mode === undefined || mode === 'ignore') {
		return run();
	}

	const [text] = await native.batch([{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24}]);
	const [mount] = parseMountInfo(textOf(text), ['cgroup2']);
	const options = mount?.superOptions.filter(option => option !== 'rw' && option !== 'ro') ?? [];
	try {
		return await run();
	} finally {
		if (options.length > 0) {
			const [tree] = await native.batch([{op: 'new_tree', attributes: 0n, fstype: 'cgroup2', path: 'cgroup2', options, okErrno: 'any'}]) as [number];
			if (tree >= 0) {
				native.close(tree as Fd);
			}
		}
	}
};
