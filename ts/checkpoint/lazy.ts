// The part of a lazy restore that is not CRIU's: who gives the container its memory.
import {Cgroup} from '../cgroups/cgroup.js';
import type {CgroupRecord} from '../cgroups/plan.js';
import type {CriuOpts} from '../criu/opts.js';
import {O_CREAT, O_TRUNC} from '../linux/constants.js';
import type {HostOp, Native} from '../native/native.js';
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
	/** Name of CRIU's log. */
	readonly logFile: string;
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

	const source = lazy.relay ?? await startRelay(native, lazy.from, lazy.key);
	try {
		return await startPager(native, {...lazy, ...where, source});
	} finally {
		if (lazy.relay === undefined) {
			native.close(source);
		}
	}
};

export interface LazyResult<Result> {
	readonly result: Result;
	readonly lazyPages: LazyPages | undefined;
}

/**
 * A restore with some options of CRIU's. It has to call the callback when every mapping was made, and must let nothing
 * run before that resolves.
 */
export type Restore<Result> = (opts: CriuOpts, beforeRun: () => Promise<void>) => Promise<Result>;

const mostLog = 1 << 26;

/** CRIU works in a directory of ours: what it leaves elsewhere otherwise goes there. */
const moveFiles = async (native: Native, names: readonly string[], from: string, to: string): Promise<void> => {
	const files = await native.batch(names.map((name): HostOp => ({op: 'read', path: `${from}/${name}`, max: mostLog, okErrno: 'any'})));
	await native.batch(files.flatMap((data, index): HostOp[] => data instanceof Uint8Array
		? [{op: 'write', path: `${to}/${names[index]!}`, data, flags: O_CREAT | O_TRUNC, mode: 0o600, okErrno: 'any'}]
		: []));
};

/** What the page daemon has to say comes first, when CRIU has found nobody there any more. */
const graceMs = 100;

/** Restores while a page daemon listens in `directory`, which ends with a restore that fails. */
const withPager = async <Result>(native: Native, lazy: LazyRestore, {imagesDir, cgroup}: LazySurroundings, directory: string, restore: (lazyPages: LazyPages) => Promise<Result>): Promise<LazyResult<Result> & {lazyPages: LazyPages}> => {
	const lazyPages = await startFor(native, lazy, {imagesDir, workDir: directory, cgroup: new Cgroup(native, cgroup).main});
	try {
		const result = await restore(lazyPages);
		lazyPages.follow();
		return {result, lazyPages};
	} catch (error) {
		await Promise.race([lazyPages.ready().catch(() => {}), native.sleep(graceMs)]);
		const {refusal} = lazyPages;
		await lazyPages.stop();
		throw refusal ?? error;
	}
};

/** With a new directory of ours, until the restore is over. */
const withDirectory = async <Result>(native: Native, directory: string, use: () => Promise<Result>): Promise<Result> => {
	await native.batch([{op: 'mkdir', path: directory, mode: 0o700}]);
	try {
		return await use();
	} finally {
		await removeDirectory(native, directory);
	}
};

/**
 * Restores with the options that a lazy restore needs, while somebody listens for CRIU. When the
 * restore fails, nobody does any more.
 *
 * @throws CtnError `ERR_ARGUMENT`, `ERR_LAZY_PAGES`, and what the restore throws.
 */
export const withLazyPages = async <Result>(native: Native, wanted: LazyRestoreOptions | true, where: LazySurroundings, restore: Restore<Result>): Promise<LazyResult<Result>> => {
	const lazy = checkLazyRestore(wanted)!;
	const {imagesDir, workDir, lazyDirectory} = where;
	if (lazy.from === undefined && await hasForeignDaemon(native, workDir ?? imagesDir)) {
		return {result: await restore({lazyPages: true}, async () => {}), lazyPages: undefined};
	}

	const directory = workDir ?? lazyDirectory;
	const work = async (): Promise<LazyResult<Result>> => withPager(native, lazy, where, directory, async pager =>
		restore({lazyPages: true, workDir: directory}, async () => pager.ready()));
	return workDir === undefined ? withDirectory(native, directory, work) : work();
};

/**
 * Restores with the memory brought back by the page daemon, by several threads, in place of CRIU's one: all of it,
 * before anything runs.
 *
 * @throws CtnError `ERR_LAZY_PAGES`, and what the restore throws.
 */
export const withFilledPages = async <Result>(native: Native, where: LazySurroundings, restore: Restore<Result>): Promise<Result> => {
	const {imagesDir, workDir, lazyDirectory, logFile} = where;
	return withDirectory(native, lazyDirectory, async () => {
		try {
			const {result, lazyPages} = await withPager(native, checkLazyRestore(true)!, where, lazyDirectory, async pager =>
				restore({lazyPages: true, workDir: lazyDirectory}, async () => pager.filled()));
			await lazyPages.done.catch(() => {}); // It has done its work, and ends
			return result;
		} finally {
			await moveFiles(native, [logFile, 'stats-restore'], lazyDirectory, workDir ?? imagesDir);
		}
	});
};
