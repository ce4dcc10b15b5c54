// Who brings the memory of a restored container back: CRIU, our page daemon, or that and the container runs meanwhile.
import type {CriuOpts} from '../criu/opts.js';
import type {CriuProbe} from '../criu/probe.js';
import {hasNamespace} from '../launch/namespaces.js';
import type {Native} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import type {LazyRestoreOptions} from '../pager/options.js';
import {withFilledPages, withLazyPages, type LazyResult, type LazySurroundings, type Restore} from './lazy.js';
import type {Manifest} from './manifest.js';

/** From here on it takes longer to read memory by one thread than to start a page daemon. */
const leastBytes = 128 << 20;

const isProcess = /^mm-\d+\.img$/;
const isMemory = /^pages-\d+\.img$/;

/**
 * Whether the page daemon brings memory back sooner than CRIU, which reads it by one thread, a fault for each page.
 *
 * Not for several processes: the pages that they share until one of them writes CRIU lets them share again. Not in a
 * user namespace, where a process may have no userfaultfd. Not with a parent, whose pages CRIU finds.
 */
export const isFilledAhead = ({files = {}, parent}: Manifest, config: ValidConfig, {lazyPages}: Pick<CriuProbe, 'lazyPages'>, {autoDedup}: Pick<CriuOpts, 'autoDedup'>): boolean => {
	const bytes = Object.entries(files).reduce((sum, [name, {size}]) => isMemory.test(name) ? sum + size : sum, 0);
	return lazyPages && bytes >= leastBytes && parent === undefined && !autoDedup && !hasNamespace(config, 'user')
		&& Object.keys(files).filter(name => isProcess.test(name)).length === 1;
};

export interface RestoredMemory {
	/** As the caller has it: undefined where he says nothing. */
	readonly lazy: LazyRestoreOptions | boolean | undefined;
	/** What isFilledAhead() says. */
	readonly filledAhead: boolean;
}

/**
 * Restores by one of the three ways.
 *
 * @throws CtnError `ERR_ARGUMENT`, `ERR_LAZY_PAGES`, and what the restore throws.
 */
export const restoreMemory = async <Result>(native: Native, {lazy, filledAhead}: RestoredMemory, where: LazySurroundings, restore: Restore<Result>): Promise<LazyResult<Result>> => {
	if (lazy) {
		return withLazyPages(native, lazy, where, restore);
	}

	return {
		result: lazy === undefined && filledAhead ? await withFilledPages(native, where, restore) : await restore({}, async () => {}),
		lazyPages: undefined,
	};
};
