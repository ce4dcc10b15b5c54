// Where the pages of a process are: in these images, in a checkpoint before, still with the source.
import {setImmediate as breathe} from 'node:timers/promises';
import {CtnError} from '../errors.js';
import {readRun, splitPagemap, type PageRun} from '../images/pagemap.js';
import {pageSize} from '../linux/page-size.js';
import type {Images} from './images.js';
import type {ImageFile} from './reader.js';

/**
 * `here`: in the images of this checkpoint; `parent`: in those of one before it; `source`: it was left with
 * the program that was dumped, to be asked for when it is needed; `lost`: in a checkpoint before, which does
 * not have it.
 */
export type PagePlace = 'here' | 'parent' | 'source' | 'lost';

/** Pages that are next to each other in memory, and in the file. */
export interface PageSpan {
	/** Number of the first page: its address divided by 4096, or in a shared segment its offset. */
	readonly page: number;
	readonly count: number;
	readonly place: PagePlace;
	/** For `here` and `parent`. */
	readonly file: ImageFile | undefined;
	/** Of the first page, in the file. */
	readonly position: number;
	/** A restore may bring it back later, as CRIU says. */
	readonly lazy: boolean;
}

const part = (span: PageSpan, from: number, to: number): PageSpan =>
	({...span, page: from, count: to - from, position: span.position + (from - span.page) * pageSize});

/** The part of sorted spans that is in [from, to). */
export const clip = (spans: readonly PageSpan[], from: number, to: number): PageSpan[] => {
	let low = 0;
	for (let high = spans.length; low < high;) {
		const middle = (low + high) >>> 1;
		if (spans[middle]!.page + spans[middle]!.count <= from) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	const found: PageSpan[] = [];
	for (let index = low; index < spans.length && spans[index]!.page < to; index++) {
		const span = spans[index]!;
		found.push(part(span, Math.max(from, span.page), Math.min(to, span.page + span.count)));
	}

	return found;
};

/** The pages of a run that a checkpoint before has to have. */
const fromParent = (parent: readonly PageSpan[], from: number, to: number): PageSpan[] => {
	const spans: PageSpan[] = [];
	let next = from;
	const lose = (until: number): void => {
		if (until > next) {
			spans.push({page: next, count: until - next, place: 'lost', file: undefined, position: 0, lazy: false});
		}
	};

	for (const span of clip(parent, from, to)) {
		lose(span.page);
		spans.push({...span, place: span.place === 'here' ? 'parent' : span.place});
		next = span.page + span.count;
	}

	lose(to);
	return spans;
};

const invalid = (path: string, why: string): CtnError => new CtnError('ERR_CHECKPOINT_IMAGES', `${path}: ${why}`, {subject: path});

/** So many take some milliseconds; then others have their turn. */
const runsAtOnce = 4096;

const readRuns = async (entries: readonly Uint8Array[]): Promise<PageRun[]> => {
	const runs: PageRun[] = [];
	for (const [index, entry] of entries.entries()) {
		runs.push(readRun(entry));
		if (index % runsAtOnce === runsAtOnce - 1) {
			await breathe();
		}
	}

	return runs;
};

/** In the order of memory. CRIU writes them so, more or less. */
const sorted = (path: string, spans: PageSpan[]): PageSpan[] => {
	spans.sort((a, b) => a.page - b.page);
	for (let index = 1; index < spans.length; index++) {
		if (spans[index - 1]!.page + spans[index - 1]!.count > spans[index]!.page) {
			throw invalid(path, `the page at 0x${(spans[index]!.page * pageSize).toString(16)} is there twice`);
		}
	}

	return spans;
};

const spansOfRuns = (path: string, runs: readonly PageRun[], file: ImageFile | undefined, parent: readonly PageSpan[]): PageSpan[] => {
	let position = 0;
	const spans: PageSpan[] = [];
	for (const {address, pages, present, inParent, lazy} of runs) {
		const page = Number(address / BigInt(pageSize));
		if (present) {
			if (file === undefined || position + pages * pageSize > file.size) {
				throw invalid(path, 'the file with its pages is cut off');
			}

			spans.push({page, count: pages, place: 'here', file, position, lazy});
			position += pages * pageSize;
		} else if (inParent) {
			for (const span of fromParent(parent, page, page + pages)) {
				spans.push(span);
			}
		} else {
			spans.push({page, count: pages, place: 'source', file: undefined, position: 0, lazy});
		}
	}

	return sorted(path, spans);
};

/**
 * The saved pages that a pagemap tells of, in the order of memory; empty if there is no such pagemap.
 *
 * @param chain The checkpoint and those before it, nearest first.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES`
 */
export const readSpans = async (chain: readonly Images[], name: string): Promise<PageSpan[]> => {
	let spans: PageSpan[] = [];
	for (const directory of chain.toReversed()) {
		const bytes = await directory.read(name);
		if (bytes === undefined) {
			spans = [];
			continue;
		}

		const {pagesId, entries} = splitPagemap(bytes);
		const runs = await readRuns(entries);
		const file = await directory.file(`pages-${pagesId}.img`);
		spans = spansOfRuns(`${directory.path}/${name}`, runs, file, spans);
	}

	return spans;
};
