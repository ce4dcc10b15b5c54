// A checkpoint with others before it as one that needs none: each page from where it is.
import {CtnError} from '../errors.js';
import {writeImage} from '../images/codec.js';
import {flagsOf, splitPagemap} from '../images/pagemap.js';
import {encode} from '../images/schema.js';
import {pageSize} from '../linux/page-size.js';
import {ImageDirectory} from './directory.js';
import {readSpans, type PageSpan} from './pages.js';
import {ImageReader} from './reader.js';

/** An image that is not on the disk. */
export interface FlatImage {
	/** Bytes. */
	readonly size: number;
	/** Its bytes, in pieces of up to 1 MiB. */
	content(): AsyncIterable<Uint8Array>;
}

const isPagemap = (name: string): boolean => /^pagemap-(?:shmem-)?\d+\.img$/.test(name);

/** Both counts, so that every CRIU finds its own: 4.2 moved it. Runs are as long as CRIU had made them. */
const pagemapImage = (pagesId: number, spans: readonly PageSpan[]): Uint8Array => writeImage({
	type: 'pagemap',
	entries: [
		encode('pagemap_head', {pages_id: pagesId}),
		...spans.map(({page, count, lazy}) => encode('pagemap_entry', {vaddr: page * pageSize, compat_nr_pages: count, nr_pages: count, flags: flagsOf({present: true, lazy})})),
	],
	payload: new Uint8Array(0),
});

const pieceBytes = 1 << 20;

async function * pagesOf(spans: readonly PageSpan[]): AsyncGenerator<Uint8Array, void, undefined> {
	const reader = new ImageReader();
	try {
		let piece = new Uint8Array(pieceBytes);
		let filled = 0;
		for (const {count, file, position} of spans) {
			for (let done = 0; done < count * pageSize;) {
				const length = Math.min(pieceBytes - filled, (count * pageSize) - done);
				await reader.read(file!, position + done, piece.subarray(filled, filled + length));
				done += length;
				filled += length;
				if (filled === pieceBytes) {
					yield piece;
					piece = new Uint8Array(pieceBytes); // Whoever has the other one may not have written it yet
					filled = 0;
				}
			}
		}

		if (filled > 0) {
			yield piece.subarray(0, filled);
		}
	} finally {
		await reader.close();
	}
}

/**
 * The images of memory as they would be without a checkpoint before this one, to take the place of those of their names;
 * none if there is no other. Pages are read when their content is.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if a checkpoint before it is not there or memory is in none of them.
 */
export const flatten = async (imagesDir: string): Promise<ReadonlyMap<string, FlatImage>> => {
	const directory = await ImageDirectory.open(imagesDir);
	const chain = [directory, ...await directory.parents()];
	const flat = new Map<string, FlatImage>();
	for (const name of chain.length === 1 ? [] : [...(await directory.sizes()).keys()].filter(isPagemap)) {
		const spans = await readSpans(chain, name);
		const missing = spans.find(({file}) => file === undefined);
		const {pagesId} = splitPagemap(await directory.need(name));
		const pages = `pages-${pagesId}.img`;
		if (missing || flat.has(pages)) {
			const why = missing ? `memory at 0x${(missing.page * pageSize).toString(16)} is in none of its images` : `${pages} is of another one, too`;
			throw new CtnError('ERR_CHECKPOINT_IMAGES', `${directory.path}/${name}: ${why}`, {subject: name});
		}

		const pagemap = pagemapImage(pagesId, spans);
		flat.set(name, {size: pagemap.length, async * content() {
			yield pagemap;
		}});
		flat.set(pages, {size: spans.reduce((sum, {count}) => sum + (count * pageSize), 0), content: () => pagesOf(spans)});
	}

	return flat;
};
