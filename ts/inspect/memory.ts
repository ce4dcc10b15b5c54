// The memory of one process, as it was: what of it is where, and its bytes.
import {CtnError} from '../errors.js';
import {pageSize} from '../linux/page-size.js';
import {ImageReader, withReader} from './reader.js';
import {clip, type PagePlace, type PageSpan} from './pages.js';
import type {MemoryRegion} from './regions.js';
import {searchMemory, type MemoryMatch} from './search.js';

/** Bytes. What was saved is in exactly one of anonymous, file and shared. */
export interface MemoryTotals {
	/** All mappings, used or not. */
	readonly mapped: number;
	/** Saved: memory of the program itself. */
	readonly anonymous: number;
	/** Saved: pages of files that it had changed for itself. */
	readonly file: number;
	/** Saved: memory that it shares; counted for each that has it. */
	readonly shared: number;
	/** Of what was saved: left with the source, and not in any image. */
	readonly lazy: number;
	/** Of what was saved: in the images of a checkpoint before this one. */
	readonly inParent: number;
}

/** Where the bytes of a part of memory are; `zero`: never written; `file`: in the file that is mapped; `none`: nothing is there. */
export type MemoryPlace = PagePlace | 'zero' | 'file' | 'none';

export interface MemoryPart {
	readonly address: bigint;
	/** Bytes. */
	readonly length: number;
	readonly place: MemoryPlace;
	/** What is mapped there. */
	readonly region: MemoryRegion | undefined;
}

/** A part with the pages it is in. */
interface Located extends MemoryPart {
	readonly span: PageSpan | undefined;
}

export interface MemoryImage {
	readonly pid: number;
	readonly regions: readonly MemoryRegion[];
	/** Pages of the process itself, by page number. */
	readonly spans: readonly PageSpan[];
	/** Of each shared segment, by page of the segment. */
	readonly segments: ReadonlyMap<bigint, readonly PageSpan[]>;
}

const size = BigInt(pageSize);

/** The saved pages of a region, by page of the process. */
export const spansIn = ({spans, segments}: MemoryImage, region: MemoryRegion, from = region.start, to = region.end): PageSpan[] => {
	const first = Number(from / size);
	const last = Number((to + size - 1n) / size);
	if (region.segment === undefined) {
		return clip(spans, first, last);
	}

	const shift = Number(region.start / size) - Number(region.offset / size);
	return clip(segments.get(region.segment) ?? [], first - shift, last - shift).map(span => ({...span, page: span.page + shift}));
};

const savedBytes = (spans: readonly PageSpan[], wanted: (place: PagePlace) => boolean = () => true): number =>
	spans.reduce((sum, {count, place}) => sum + (wanted(place) ? count * pageSize : 0), 0);

export const totalsOf = (image: MemoryImage): MemoryTotals => {
	const totals = {mapped: 0, anonymous: 0, file: 0, shared: 0, lazy: 0, inParent: 0};
	for (const region of image.regions) {
		const spans = spansIn(image, region);
		totals.mapped += Number(region.end - region.start);
		totals[region.kind === 'shared' ? 'shared' : region.kind === 'file' ? 'file' : 'anonymous'] += savedBytes(spans);
		totals.lazy += savedBytes(spans, place => place === 'source');
		totals.inParent += savedBytes(spans, place => place === 'parent' || place === 'lost');
	}

	return totals;
};

const unsavedPlace: Readonly<Record<MemoryRegion['kind'], MemoryPlace>> = {
	anonymous: 'zero', shared: 'zero', file: 'file', 'file-shared': 'file', kernel: 'none', other: 'none',
};

/** A range in the order of memory, without gaps. */
const locate = (image: MemoryImage, address: bigint, end: bigint): Located[] => {
	const parts: Located[] = [];
	let next = address;
	const add = (to: bigint, place: MemoryPlace, region?: MemoryRegion, span?: PageSpan): void => {
		if (to > next) {
			parts.push({address: next, length: Number(to - next), place, region, span});
			next = to;
		}
	};

	const least = (a: bigint, b: bigint): bigint => a < b ? a : b;
	for (const region of image.regions.filter(({start, end: last}) => start < end && last > address)) {
		add(least(region.start, end), 'none');
		const until = least(region.end, end);
		for (const span of spansIn(image, region, next, until)) {
			add(BigInt(span.page) * size, unsavedPlace[region.kind], region);
			add(least(BigInt(span.page + span.count) * size, until), span.place, region, span);
		}

		add(until, unsavedPlace[region.kind], region);
	}

	add(end, 'none');
	return parts;
};

const whereElse: Readonly<Record<MemoryPlace, string | undefined>> = {
	here: undefined,
	parent: undefined,
	zero: undefined,
	file: 'is as in the file that is mapped there, and so not in the images',
	source: 'was left with the source of a lazy migration',
	lost: 'is in a checkpoint before this one that is incomplete',
	none: 'is not in the images: nothing of the program is there',
};

const fill = async (reader: ImageReader, {address, span}: Located, into: Uint8Array): Promise<void> => {
	if (span?.file !== undefined) {
		await reader.read(span.file, span.position + Number(address - BigInt(span.page) * size), into);
	}
};

/** Bytes of a read(): enough for anything one looks at, and no way to run out of memory. */
const mostBytes = 1 << 26;

const chunkBytes = 1 << 20;

/** Memory of a process of a checkpoint. Addresses are those of the process. */
export class ProcessMemory {
	readonly pid: number;
	readonly #load: () => Promise<MemoryImage>;
	#image: Promise<MemoryImage> | undefined;

	constructor(pid: number, load: () => Promise<MemoryImage>) {
		this.pid = pid;
		this.#load = load;
	}

	/**
	 * The mappings, by address.
	 *
	 * @throws CtnError `ERR_ARGUMENT` if the checkpoint has no such process; `ERR_CHECKPOINT_IMAGES`.
	 */
	async regions(): Promise<readonly MemoryRegion[]> {
		return (await this.#loaded()).regions;
	}

	/** How much there is, of which kind. Throws as regions(). */
	async totals(): Promise<MemoryTotals> {
		return totalsOf(await this.#loaded());
	}

	/**
	 * Where each part of a range is, in order and without gaps. Throws as regions().
	 *
	 * @param length Bytes.
	 */
	async locate(address: bigint, length: number): Promise<MemoryPart[]> {
		const parts = locate(await this.#loaded(), address, address + BigInt(length));
		return parts.map(({span: _, ...part}) => part);
	}

	/**
	 * The bytes at an address, from these images and those before. What was never written is zeros.
	 *
	 * @param length Bytes, up to 64 MiB: pages() has no limit.
	 * @throws CtnError `ERR_CHECKPOINT_MEMORY` if some of them are in no image: its `subject` is the first such
	 * address. `ERR_ARGUMENT`, `ERR_CHECKPOINT_IMAGES`.
	 */
	async read(address: bigint, length: number): Promise<Uint8Array> {
		if (typeof address !== 'bigint' || address < 0n || !Number.isInteger(length) || length < 0 || length > mostBytes) {
			throw new CtnError('ERR_ARGUMENT', 'memory is read at an address (a bigint), and up to 64 MiB', {subject: 'length'});
		}

		const parts = locate(await this.#loaded(), address, address + BigInt(length));
		const gap = parts.find(({place}) => whereElse[place] !== undefined);
		if (gap !== undefined) {
			const at = `0x${gap.address.toString(16)}`;
			throw new CtnError('ERR_CHECKPOINT_MEMORY', `memory of process ${this.pid} at ${at} ${whereElse[gap.place]!}`, {subject: at});
		}

		const bytes = new Uint8Array(length);
		await withReader(async reader => {
			for (const part of parts) {
				const from = Number(part.address - address);
				await fill(reader, part, bytes.subarray(from, from + part.length));
			}
		});
		return bytes;
	}

	/**
	 * All that was saved, in the order of memory and in pieces of up to 1 MiB. What is in no image is left out.
	 *
	 * The bytes hold until the next piece is asked for. Throws as regions().
	 */
	async * pages(): AsyncGenerator<{readonly address: bigint; readonly bytes: Uint8Array}, void, undefined> {
		const image = await this.#loaded();
		const pages = new ImageReader();
		const buffer = new Uint8Array(chunkBytes);
		try {
			for (const region of image.regions) {
				for (const {page, count, file, position} of spansIn(image, region)) {
					for (let done = 0; file !== undefined && done < count * pageSize; done += chunkBytes) {
						const bytes = buffer.subarray(0, Math.min(chunkBytes, count * pageSize - done));
						await pages.read(file, position + done, bytes);
						yield {address: BigInt(page) * size + BigInt(done), bytes};
					}
				}
			}
		} finally {
			await pages.close();
		}
	}

	/**
	 * Where a text or a regular expression is in what was saved, in the order of memory.
	 *
	 * @param pattern Text is looked for as UTF-8; a regular expression sees bytes as characters 0 to 255, and a match
	 * has up to 4096 of them.
	 * @throws CtnError as regions().
	 */
	search(pattern: string | RegExp): AsyncGenerator<MemoryMatch, void, undefined> {
		return searchMemory(this.pages(), pattern);
	}

	async #loaded(): Promise<MemoryImage> {
		this.#image ??= this.#load();
		return this.#image;
	}
}
