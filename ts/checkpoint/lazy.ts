// The part of a lazy restore that is not CRIU's: who gives the container its memory.
import {Cgroup} from '../cgroups/cgroup.js';
import type {CgroupRecord} from '../cgroups/plan.js';
import type {CriuOpts} from '../criu/opts.js';
import type {Native} from '../native/native.js';
import {checkLazyRestore, type LazyRestore, type LazyRestoreOptions} from '../pager/options.js';
import {startRelay} from '../pager/start-relay.js';
import {startPager, type LazyPages, type StartPager} from '../pager/pager.js';
import {removeDirectory} from './directory.js';

export interface LazySurroundings {
	readonly imagesDir: string;
	/** CRIU's work directory, if the caller has one. */
	readonly workDir: string | undefined;
	/** What it is otherwise, for the time of the restore: many containers may be restored from the same images. */
	readonly lazyDirectory: string;
	readonly cgroup: CgroupRecord;
}

const socketName = 'lazy-pages.socket';

/** CRIU's own daemon, started by somebody else, as with runc. */
const hasForeignDaemon = async (native: Native, directory: string): Promise<boolean> => {
	const [stat] = await native.batch([{op: 'stat', path: `${directory}/${socketName}`, nofollow: 1, okErrno: 'any'}]);
	return stat instanceof Uint8Array;
};

/** The page daemon, and what leads it to the source. */
const startFor = async (native: Native, lazy: LazyRestore, where: Pick<StartPager, 'imagesDir' | 'workDir' | 'cgroup'>): Promise<LazyPages> => {
	if (lazy.from === undefined) {
		return startPager(native, {...lazy, ...where});
	}

	const source = await startRelay(native, lazy.from, lazy.key);
	try {
		return await startPager(native, {...lazy, ...where, source});
	} finally {
		native.close(source);
	}
};

export interface LazyResult<Result> {
	readonly result: Result;
	readonly lazyPages: LazyPages | undefined;
}

/**
 * Restores with the options that a lazy restore needs, while somebody listens for CRIU. When the
 * restore fails, nobody does any more.
 *
 * @throws CtnError `ERR_ARGUMENT`, `ERR_LAZY_PAGES`, and what the restore throws.
 */
export const withLazyPages = async <Result>(native: Native, wanted: LazyRestoreOptions | boolean | undefined, where: LazySurroundings, restore: (opts: CriuOpts) => Promise<Result>): Promise<LazyResult<Result>> => {
	const lazy = checkLazyRestore(wanted);
	const {imagesDir, workDir, lazyDirectory, cgroup} = where;
	if (lazy === undefined) {
		return {result: await restore({}), lazyPages: undefined};
	}

	if (lazy.from === undefined && await hasForeignDaemon(native, workDir ?? imagesDir)) {
		return {result: await restore({lazyPages: true}), lazyPages: undefined};
	}

	if (workDir === undefined) {
		await native.batch([{op: 'mkdir', path: lazyDirectory, mode: 0o700}]);
	}

	try {
		const directory = workDir ?? lazyDirectory;
		const lazyPages = await startFor(native, lazy, {imagesDir, workDir: directory, cgroup: new Cgroup(native, cgroup).main});
		try {
			const result = await restore({lazyPages: true, workDir: directory});
			lazyPages.follow();
			return {result, lazyPages};
		} catch (error) {
			await lazyPages.stop();
			throw error;
		}
	} finally {
		if (workDir === undefined) {
			await removeDirectory(native, lazyDirectory);
		}
	}
};
