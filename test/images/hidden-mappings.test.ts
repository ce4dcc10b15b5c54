import test from 'ava';
import {writeImage} from '../../ts/images/codec.js';
import {addLazyRuns, revealMappings} from '../../ts/images/hidden-mappings.js';
import {readPagemap} from '../../ts/images/pagemap.js';
import {readRecord} from '../../ts/images/records.js';
import {encode} from '../../ts/images/schema.js';

const page = 4096;
const anonymous = 0x20;

/** A message as a field of the one around it. */
const field = (number: number, bytes: Uint8Array): number[] => [(number << 3) | 2, bytes.length, ...bytes];

const vma = (start: number, end: number, flags: number): Uint8Array => encode('vma_entry', {start, end, pgoff: 0, shmid: 0, prot: 3, flags, status: 0x201, fd: -1});

const mm = (...vmas: Uint8Array[]): Uint8Array => {
	const rest = encode('mm_entry', {mm_start_code: 1, mm_end_code: 2, mm_start_data: 3, mm_end_data: 4, mm_start_stack: 5, mm_start_brk: 6, mm_brk: 7, mm_arg_start: 8, mm_arg_end: 9, mm_env_start: 10, mm_env_end: 11, exe_file_id: 12});
	return writeImage({type: 'mm', entries: [Uint8Array.from([...rest, ...vmas.flatMap(bytes => field(14, bytes))])], payload: new Uint8Array()});
};

const [first, second] = [{start: 0x1000_0000n, end: 0x1010_0000n}, {start: 0x2000_0000n, end: 0x2020_0000n}];
const small = vma(0x400_000, 0x401_000, anonymous | 2);
const asShown = (flags: number): Uint8Array => mm(small, vma(0x1000_0000, 0x1010_0000, flags), vma(0x2000_0000, 0x2020_0000, flags));

test('droppable mappings that are none are private ones, to the byte', t => {
	t.deepEqual(revealMappings(asShown(anonymous | 8), [first, second]), asShown(anonymous | 2));
	t.deepEqual(readRecord('mm', revealMappings(asShown(anonymous | 8), [first, second])!).vmas!.map(({flags}) => flags), [anonymous | 2, anonymous | 2, anonymous | 2]);
});

test('a CRIU that knows nothing of droppable mappings has dumped them', t => {
	t.is(revealMappings(asShown(anonymous | 2), [first, second]), undefined);
});

test('images of something else are refused', t => {
	for (const [what, bytes] of [
		['one is not there', mm(small, vma(0x1000_0000, 0x1010_0000, anonymous | 8))],
		['one has another end', mm(small, vma(0x1000_0000, 0x1010_0000, anonymous | 8), vma(0x2000_0000, 0x2010_0000, anonymous | 8))],
		['one is of another kind', mm(vma(0x1000_0000, 0x1010_0000, anonymous | 8), vma(0x2000_0000, 0x2020_0000, anonymous | 2))],
		['there are none', mm()],
	] as const) {
		t.throws(() => revealMappings(bytes, [first, second]), {code: 'ERR_CHECKPOINT_IMAGES'}, what);
	}

	t.throws(() => revealMappings(mm(), []), {code: 'ERR_CHECKPOINT_IMAGES'}, 'CRIU saw nothing at all');
});

test('pages that CRIU was not shown stand among its own, by their address', t => {
	const entry = (vaddr: number, pages: number, flags: number): Uint8Array => encode('pagemap_entry', {vaddr, compat_nr_pages: 0, flags, nr_pages: pages});
	const theirs = [entry(0x400_000, 1, 4), entry(0x1800_0000, 2, 2), entry(0x7fff_ffff_0000, 3, 2)];
	const image = writeImage({type: 'pagemap', entries: [encode('pagemap_head', {pages_id: 7}), ...theirs], payload: new Uint8Array()});
	const runs = [{start: 0x1000_0000n, end: 0x1000_3000n}, {start: 0x7f12_3456_7000n, end: 0x7f12_7456_7000n}];
	const expected = [...theirs.slice(0, 1), entry(0x1000_0000, 3, 2), ...theirs.slice(1, 2), entry(0x7f12_3456_7000, 0x4000_0000 / page, 2), ...theirs.slice(2)];
	const result = addLazyRuns(image, runs, page);
	t.deepEqual(result, writeImage({type: 'pagemap', entries: [encode('pagemap_head', {pages_id: 7}), ...expected], payload: new Uint8Array()}));
	t.deepEqual(readPagemap(result).runs.map(({address, lazy, present}) => [address, lazy, present]), [
		[0x40_0000n, false, true], [0x1000_0000n, true, false], [0x1800_0000n, true, false], [0x7f12_3456_7000n, true, false], [0x7fff_ffff_0000n, true, false],
	]);
});
