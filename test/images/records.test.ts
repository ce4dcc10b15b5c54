import test from 'ava';
import {writeImage} from '../../ts/images/codec.js';
import {readPagemap} from '../../ts/images/pagemap.js';
import {readRecord, readRecords} from '../../ts/images/records.js';
import {decode, edit} from '../../ts/images/schema.js';
import {readStats} from '../../ts/images/stats.js';
import {dumpByCli, imagesIn, noCriu, startPerl} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {testUnless} from '../support/skip.js';

const none = new Uint8Array(0);

steady(testUnless(noCriu))('a real dump tells what its process was', async t => {
	const {pid} = await startPerl(t, 'open(F, "<", "/etc/passwd"); pipe(A, B); socket(S, PF_INET, SOCK_STREAM, 6); bind(S, sockaddr_in(0, inet_aton("127.0.0.1"))); listen(S, 5); socketpair(U, V, AF_UNIX, SOCK_STREAM, 0); $m = "x" x 5000000');
	const images = imagesIn(dumpByCli(t, pid));
	const image = (name: string): Uint8Array => images.get(name)!;

	const inventory = readRecord('inventory', image('inventory.img'));
	t.true(inventory.img_version >= 1);
	t.is(inventory.root_ids?.files_id, 1);

	t.like(readRecords('pstree', image('pstree.img')), {0: {pid, ppid: 0, sid: pid, threads: [pid]}, length: 1});

	const core = readRecord('core', image(`core-${pid}.img`));
	t.is(core.tc?.comm, 'perl');
	t.is(core.tc?.task_state, 1);
	t.is(core.thread_core?.creds?.uid, 0);
	t.true(core.tc!.rlimits!.rlimits.some(({max}) => max === 2n ** 64n - 1n), 'a limit that is not there is 2^64-1, to the last bit');

	const files = readRecords('files', image('files.img'));
	const descriptors = readRecords('fdinfo', image('fdinfo-2.img'));
	const kinds = new Set(descriptors.map(({type}) => type));
	t.deepEqual([...kinds].sort(), ['INETSK', 'PIPE', 'REG', 'UNIXSK']);
	t.true(files.some(({reg}) => reg?.name === '/etc/passwd'));
	t.true(files.some(({isk}) => isk?.state === 10 && isk.family === 2 && isk.src_addr[0] === 0x0100_007f));
	t.true(descriptors.every(({id}) => files.some(file => file.id === id)));

	const mm = readRecord('mm', image(`mm-${pid}.img`));
	t.regex(files.find(({id}) => id === mm.exe_file_id)!.reg!.name, /perl/);
	t.true(mm.vmas.length > 10 && mm.vmas.every(({start, end}) => end > start));

	const {pagesId, runs} = readPagemap(image(`pagemap-${pid}.img`));
	const present = runs.filter(run => run.present).reduce((sum, {pages}) => sum + pages, 0);
	t.is(image(`pages-${pagesId}.img`).length, present * 4096);
	t.true(present > 5_000_000 / 4096);

	const {dump, restore} = readStats(image('stats-dump'));
	t.is(dump?.pagesWritten, BigInt(present));
	t.true(dump!.frozenTimeUs > 0 && dump!.frozenTimeUs < 60_000_000);
	t.is(restore, undefined);
});

test('pages are counted in both ways that CRIU has had', t => {
	const head = [8, 1];
	const old = [8, 0x80, 0x20, 16, 3]; // vaddr 4096, 3 pages
	const inParent = [8, 0, 16, 2, 24, 1];
	const lazy = [8, 0, 16, 0, 32, 2 | 4, 40, 7];
	const entries = [head, old, inParent, lazy].map(entry => Uint8Array.from(entry));

	t.deepEqual(readPagemap(writeImage({type: 'pagemap', entries, payload: none})), {
		pagesId: 1,
		runs: [
			{address: 4096n, pages: 3, present: true, inParent: false, lazy: false, isCounted42: false},
			{address: 0n, pages: 2, present: false, inParent: true, lazy: false, isCounted42: false},
			{address: 0n, pages: 7, present: true, inParent: false, lazy: true, isCounted42: true},
		],
	});
	t.throws(() => readPagemap(writeImage({type: 'pagemap', entries: [], payload: none})), {message: 'the pagemap image is empty'});
});

test('an image of another kind, and one that lacks a field, are refused', t => {
	const pstree = writeImage({type: 'pstree', entries: [Uint8Array.from([8, 1])], payload: none});

	t.throws(() => readRecords('mm', pstree), {code: 'ERR_CHECKPOINT_IMAGES', message: 'this image is a pstree and no mm'});
	t.throws(() => readRecords('pstree', pstree), {code: 'ERR_CHECKPOINT_IMAGES', message: /^an image holds no pstree_entry where one must be: missing required/});
	t.throws(() => readRecord('mm', writeImage({type: 'mm', entries: [], payload: none})), {message: 'the mm image has 0 records instead of one'});
});

test('fields that the schema does not know survive an edit', t => {
	const limits = Uint8Array.from([8, 1, 16, 2, 0xf8, 0x01, 5]); // cur 1, max 2, and field 31
	const edited = edit('rlimit_entry', limits, {cur: 2n ** 64n - 1n});

	t.deepEqual(decode('rlimit_entry', edited), {cur: 2n ** 64n - 1n, max: 2n});
	t.deepEqual([...edited.slice(-3)], [0xf8, 0x01, 5]);
});
