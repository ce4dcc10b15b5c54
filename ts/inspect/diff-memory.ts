// The memory of one process in two checkpoints, page by page.
import {pageSize} from '../linux/page-size.js';
import type {ImageReader} from './reader.js';
import {spansIn, type MemoryImage} from './memory.js';
import {clip, type PageSpan} from './pages.js';

/** Pages that are next to each other. */
export interface PageRange {
	readonly address: bigint;
	/** Of 4096 bytes. */
	readonly pages: number;
}

export interface MemoryDiff {
	/** In both, with other bytes. */
	readonly changed: readonly PageRange[];
	/** Saved only in the later one. */
	readonly added: readonly PageRange[];
	/** Saved only in the earlier one. */
	readonly removed: readonly PageRange[];
	/** In both, but of at least one the bytes are in no image: of a lazy migration, or an incomplete chain. */
	readonly unknown: readonly PageRange[];
	/** Number of pages that are the same. */
	readonly unchangedPages: number;
}

type Verdict = 'changed' | 'added' | 'removed' | 'unknown';

/** Pages that are compared at once: 1 MiB of each. */
const pagesAtOnce = 256;

class Ranges {
	readonly #ranges: Record<Verdict, PageRange[]> = {changed: [], added: [], removed: [], unknown: []};
	#unchanged = 0;

	/** In the order of memory. */
	add(verdict: Verdict | 'unchanged', page: number, pages: number): void {
		if (verdict === 'unchanged') {
			this.#unchanged += pages;
			return;
		}

		const ranges = this.#ranges[verdict];
		const last = ranges.at(-1);
		const address = BigInt(page) * BigInt(pageSize);
		if (last && last.address + BigInt(last.pages * pageSize) === address) {
			ranges[ranges.length - 1] = {address: last.address, pages: last.pages + pages};
		} else {
			ranges.push({address, pages});
		}
	}

	/** Undefined if nothing is different, or may be. */
	result(): MemoryDiff | undefined {
		return Object.values(this.#ranges).every(ranges => ranges.length === 0) ? undefined : {...this.#ranges, unchangedPages: this.#unchanged};
	}
}

/** All saved pages, of shared memory, too, by page of the process. */
const savedSpans = (image: MemoryImage): PageSpan[] => image.regions.flatMap(region => spansIn(image, region));

const isSame = (a: Uint8Array, b: Uint8Array, page: number): boolean => {
	const [from, to] = [page * pageSize, (page + 1) * pageSize];
	return Buffer.compare(a.subarray(from, to), b.subarray(from, to)) === 0;
};

class Comparison {
	readonly #reader: ImageReader;
	readonly #ranges: Ranges;
	readonly #before = Buffer.alloc(pagesAtOnce * pageSize);
	readonly #after = Buffer.alloc(pagesAtOnce * pageSize);

	constructor(reader: ImageReader, ranges: Ranges) {
		this.#reader = reader;
		this.#ranges = ranges;
	}

	/** Two spans of the same pages. */
	async pair(before: PageSpan, after: PageSpan): Promise<void> {
		const {page, count} = before;
		if (before.file === undefined || after.file === undefined) {
			this.#ranges.add('unknown', page, count);
		} else if (before.file.identity === after.file.identity && before.position === after.position) {
			this.#ranges.add('unchanged', page, count);
		} else {
			for (let done = 0; done < count; done += pagesAtOnce) {
				const pages = Math.min(pagesAtOnce, count - done);
				const [a, b] = [this.#before.subarray(0, pages * pageSize), this.#after.subarray(0, pages * pageSize)];
				await this.#reader.read(before.file, before.position + done * pageSize, a);
				await this.#reader.read(after.file, after.position + done * pageSize, b);
				for (let index = 0; index < pages; index++) {
					this.#ranges.add(isSame(a, b, index) ? 'unchanged' : 'changed', page + done + index, 1);
				}
			}
		}
	}
}

/** Every page number at which a span of either begins or ends, ascending. */
const bordersOf = (spans: readonly PageSpan[]): number[] =>
	[...new Set(spans.flatMap(({page, count}) => [page, page + count]))].sort((a, b) => a - b);

/**
 * What is different; undefined if nothing is.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if a file of pages is cut off.
 */
export const diffMemory = async (reader: ImageReader, before: MemoryImage, after: MemoryImage): Promise<MemoryDiff | undefined> => {
	const ranges = new Ranges();
	const comparison = new Comparison(reader, ranges);
	const [old, now] = [savedSpans(before), savedSpans(after)];
	const borders = bordersOf([...old, ...now]);
	for (const [index, from] of borders.slice(0, -1).entries()) {
		const to = borders[index + 1]!;
		const [was] = clip(old, from, to);
		const [is] = clip(now, from, to);
		if (was && is) {
			await comparison.pair(was, is);
		} else if (was ?? is) {
			ranges.add(is ? 'added' : 'removed', from, to - from);
		}
	}

	return ranges.result();
};
