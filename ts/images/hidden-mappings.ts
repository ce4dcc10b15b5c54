// Mappings that CRIU took for droppable, and so left without their pages: what they are in truth.
import {CtnError} from '../errors.js';
import type {Span} from '../linux/smaps.js';
import {writeImage} from './codec.js';
import {flagsOf} from './pagemap.js';
import {readImageOf} from './records.js';
import {decode, edit, encode, type Edits} from './schema.js';
import type {Messages} from './images.gen.js';

/** Of mmap(2), as CRIU writes them down. */
const mapPrivate = 0x02;
const mapDroppable = 0x08;

/**
 * `mm-<pid>.img` with these mappings as private ones; undefined if CRIU knows nothing of droppable ones, and so has dumped them as they are.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if one of them is not there, or is of two kinds.
 */
export const revealMappings = (bytes: Uint8Array, hidden: readonly Span[]): Uint8Array | undefined => {
	const image = readImageOf('mm', bytes);
	const [entry = new Uint8Array()] = image.entries;
	const {vmas = []} = decode('mm_entry', entry);
	const ends = new Map(hidden.map(({start, end}) => [start, end]));
	const edits: {[index: number]: {flags: number}} = {};
	let found = 0;
	for (const [index, {start, end, flags}] of vmas.entries()) {
		if (ends.get(start) === end) {
			found++;
			if ((flags & mapDroppable) !== 0) {
				edits[index] = {flags: (flags & ~mapDroppable) | mapPrivate};
			}
		}
	}

	const revealed = Object.keys(edits).length;
	if (vmas.length === 0 || found !== hidden.length || (revealed !== 0 && revealed !== found)) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `${hidden.length} mappings of a process are not in its images as they were shown to CRIU`, {subject: 'mm'});
	}

	return revealed === 0 ? undefined : writeImage({...image, entries: [edit('mm_entry', entry, {vmas: edits} as unknown as Edits<Messages['mm_entry']>)]});
};

/** `pagemap-<pid>.img` of CRIU 4.2 or newer with these runs besides, as pages that stayed with the source. No run is in it already. */
export const addLazyRuns = (bytes: Uint8Array, runs: readonly Span[], pageSize: number): Uint8Array => {
	const image = readImageOf('pagemap', bytes);
	const [head, ...theirs] = image.entries;
	const flags = flagsOf({lazy: true});
	const entries = [
		...theirs.map(entry => ({at: Number(decode('pagemap_entry', entry).vaddr), entry})),
		...runs.map(({start, end}) => ({
			at: Number(start),
			entry: encode('pagemap_entry', {vaddr: Number(start), compat_nr_pages: 0, flags, nr_pages: Number(end - start) / pageSize}),
		})),
	].sort((one, other) => one.at - other.at); // CRIU reads them in the order of its mappings
	return writeImage({...image, entries: [head!, ...entries.map(({entry}) => entry)]});
};
