// pagemap-<id>.img and pagemap-shmem-<id>.img: which pages were saved, and where they are.
import {CtnError} from '../errors.js';
import {readImageOf} from './records.js';
import {decode} from './schema.js';

/** A run of pages that are next to each other. */
export interface PageRun {
	/** Address of the first page; in a shared memory segment its offset. */
	readonly address: bigint;
	/** Pages of the machine that made the images: 4096 bytes on x86-64. */
	readonly pages: number;
	/** Their bytes are the next ones of `pages-<pagesId>.img`. */
	readonly present: boolean;
	/** Look for them in the parent checkpoint. */
	readonly inParent: boolean;
	/** They stayed with the source, to be asked for when they are needed. */
	readonly lazy: boolean;
	/** Counted as CRIU does since 4.2: an older one takes the run for empty. */
	readonly isCounted42: boolean;
}

export interface Pagemap {
	/** Number in the name of the file with the bytes. */
	readonly pagesId: number;
	readonly runs: readonly PageRun[];
}

const parentFlag = 1;
const lazyFlag = 2;
const presentFlag = 4;

const known = parentFlag | lazyFlag | presentFlag;

/** As CRIU has them since there are flags. */
export const flagsOf = ({present = false, inParent = false, lazy = false}: Partial<Pick<PageRun, 'present' | 'inParent' | 'lazy'>>): number =>
	(present ? presentFlag : 0) | (inParent ? parentFlag : 0) | (lazy ? lazyFlag : 0);

/** A pagemap whose runs are not looked into yet: there can be a million. */
export interface RawPagemap {
	readonly pagesId: number;
	/** A message for each run, for readRun(). */
	readonly entries: readonly Uint8Array[];
}

/** @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no pagemap. */
export const splitPagemap = (bytes: Uint8Array): RawPagemap => {
	const [head, ...entries] = readImageOf('pagemap', bytes).entries;
	if (head === undefined) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', 'the pagemap image is empty');
	}

	return {pagesId: decode('pagemap_head', head).pages_id, entries};
};

/** @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is none, or its pages are kept in a way that is new to us. */
export const readRun = (entry: Uint8Array): PageRun => {
	const {vaddr, compat_nr_pages: compatible, nr_pages: count, in_parent: inParent, flags} = decode('pagemap_entry', entry);
	// Before there were flags a page was in the parent, or here
	const bits = flags ?? (inParent ? parentFlag : presentFlag);
	if ((bits & ~known) !== 0) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `the pages at 0x${vaddr.toString(16)} have flags that are unknown: 0x${bits.toString(16)}`, {cure: 'they may be compressed: use a newer version of ctnative'});
	}

	return {
		address: vaddr,
		pages: count === undefined ? compatible : Number(count),
		present: (bits & presentFlag) !== 0,
		inParent: (bits & parentFlag) !== 0 || inParent === true,
		lazy: (bits & lazyFlag) !== 0,
		isCounted42: count !== undefined && compatible === 0,
	};
};

/**
 * Reads a pagemap of any CRIU: 4.2 moved the count of pages to another field.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is none.
 */
export const readPagemap = (bytes: Uint8Array): Pagemap => {
	const {pagesId, entries} = splitPagemap(bytes);
	return {pagesId, runs: entries.map(readRun)};
};
