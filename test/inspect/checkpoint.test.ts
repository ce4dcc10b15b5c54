// Chains, lazy pages and hostile images, made by hand. Those of the real CRIU: test/system/inspect-checkpoint.test.ts.
import {execFileSync} from 'node:child_process';
import {rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {Checkpoint} from '../../ts/inspect/checkpoint.js';
import type {DiffOptions} from '../../ts/inspect/diff.js';
import {base, ImageMaker} from './images.js';

const [parent, lazy, here] = [1, 2, 4] as const;
const at = (page: number): bigint => BigInt(base + (page * 4096));

/** The first byte of each page; undefined where there is none. */
const look = async (checkpoint: Checkpoint, pages: number): Promise<Array<number | undefined>> => Promise.all(Array.from({length: pages}, async (_, page) =>
	checkpoint.memory(1).read(at(page), 1).then(([byte]) => byte, () => undefined)));

test('a page is read from the checkpoint that has it, along the chain', async t => {
	const maker = new ImageMaker(t);
	const first = maker.make({runs: [{page: 0, pages: 6, flags: here}], pages: [10, 11, 12, 13, 14, 15]});
	const second = maker.make({runs: [{page: 0, pages: 2, flags: parent}, {page: 2, pages: 1, flags: here}, {page: 3, pages: 3, flags: parent}], pages: [22], parent: first});
	const third = maker.make({runs: [{page: 0, pages: 1, flags: here}, {page: 1, pages: 4, flags: parent}, {page: 5, pages: 1, flags: here | lazy}], pages: [30, 35], parent: second});
	const checkpoint = await Checkpoint.open(third);
	t.deepEqual(await look(checkpoint, 7), [30, 11, 22, 13, 14, 35, 0]);
	t.deepEqual((await checkpoint.inspect()).parents, [second, first]);
	t.like(await checkpoint.memory(1).totals(), {anonymous: 6 * 4096, inParent: 4 * 4096, lazy: 0, mapped: 64 * 4096});
	t.deepEqual((await checkpoint.memory(1).locate(at(0), 7 * 4096)).map(({place, length}) => [place, length / 4096]), [['here', 1], ['parent', 1], ['parent', 1], ['parent', 2], ['here', 1], ['zero', 1]]);

	const across = await checkpoint.memory(1).read(at(0) + 4095n, 4098);
	t.deepEqual([across[0], across[1], across[4096], across[4097]], [30, 11, 11, 22]);

	const before = await Checkpoint.open(second);
	const {changed: [process]} = await before.diff(checkpoint);
	t.deepEqual(process!.memory, {changed: [{address: at(0), pages: 1}, {address: at(5), pages: 1}], added: [], removed: [], unknown: [], unchangedPages: 4});
	t.deepEqual((await before.diff(before)).changed, []);
});

test('what is lazy, or lost with a parent, is said so and not read as zeros', async t => {
	const maker = new ImageMaker(t);
	const before = maker.make({runs: [{page: 0, pages: 2, flags: here}], pages: [1, 2]});
	const directory = maker.make({runs: [{page: 0, pages: 3, flags: parent}, {page: 3, pages: 2, flags: lazy}], pages: [], parent: before});
	const checkpoint = await Checkpoint.open(directory);
	const memory = checkpoint.memory(1);
	t.deepEqual((await memory.locate(at(0), 6 * 4096)).map(({place}) => place), ['parent', 'lost', 'source', 'zero']);
	await t.throwsAsync(memory.read(at(1), 3 * 4096), {code: 'ERR_CHECKPOINT_MEMORY', message: /0x102000 is in a checkpoint before/});
	await t.throwsAsync(memory.read(at(3), 1), {code: 'ERR_CHECKPOINT_MEMORY', message: /left with the source/});
	t.like(await memory.totals(), {lazy: 2 * 4096, inParent: 3 * 4096});
	const {changed} = await (await Checkpoint.open(before)).diff(checkpoint);
	t.like(changed[0]!.memory, {changed: [], removed: [], unchangedPages: 2, added: [{address: at(2), pages: 3}]});
	const pages: bigint[] = [];
	for await (const {address} of memory.pages()) {
		pages.push(address);
	}

	t.deepEqual(pages, [at(0)]);
});

test('pages that only one of two has are added, or removed; those that nobody can compare unknown', async t => {
	const maker = new ImageMaker(t);
	const first = await Checkpoint.open(maker.make({runs: [{page: 0, pages: 3, flags: here}, {page: 9, pages: 1, flags: lazy}], pages: [1, 2, 3]}));
	const second = await Checkpoint.open(maker.make({runs: [{page: 2, pages: 3, flags: here}, {page: 9, pages: 1, flags: here}], pages: [3, 4, 5, 6]}));
	const {changed: [process]} = await first.diff(second);
	t.deepEqual(process!.memory, {changed: [], removed: [{address: at(0), pages: 2}], added: [{address: at(3), pages: 2}], unknown: [{address: at(9), pages: 1}], unchangedPages: 1});
});

/** Each spoils a good checkpoint, or makes a bad one. */
const hostile: ReadonlyArray<readonly [what: string, make: (maker: ImageMaker) => string, message: RegExp]> = [
	['a fifo in the place of an image', maker => {
		const directory = maker.make({runs: [], pages: []});
		unlinkSync(join(directory, 'pstree.img'));
		execFileSync('mkfifo', [join(directory, 'pstree.img')]);
		return directory;
	}, /pstree.img cannot be read: it is no file/],
	['a link in the place of an image', maker => {
		const directory = maker.make({runs: [], pages: []});
		rmSync(join(directory, 'core-1.img'));
		symlinkSync('/etc/passwd', join(directory, 'core-1.img'));
		return directory;
	}, /core-1.img cannot be read: ELOOP/],
	['checkpoints that go round in a circle', maker => {
		const directory = maker.make({runs: [], pages: []});
		symlinkSync('.', join(directory, 'parent'));
		return directory;
	}, /no end/],
	['a parent that is not there', maker => maker.make({runs: [], pages: [], parent: '/nowhere/at/all'}), /ENOENT/],
	['a page that is there twice', maker => maker.make({runs: [{page: 0, pages: 2, flags: here}, {page: 1, pages: 1, flags: here}], pages: [1, 2, 3]}), /0x101000 is there twice/],
	['more pages than the file has', maker => maker.make({runs: [{page: 0, pages: 2 ** 31, flags: here}], pages: [1]}), /cut off/],
	['pages in a way that is unknown', maker => maker.make({runs: [{page: 0, pages: 1, flags: here | 8}], pages: [1]}), /flags that are unknown: 0xc.*newer version/],
	['processes that are their own parents', maker => maker.make({runs: [], pages: [], tree: [{pid: 1, ppid: 0, pgid: 1, sid: 1}, {pid: 2, ppid: 3, pgid: 1, sid: 1}, {pid: 3, ppid: 2, pgid: 1, sid: 1}]}), /no tree/],
	['no process', maker => maker.make({runs: [], pages: [], tree: []}), /no tree/],
	['a manifest that is none', maker => {
		const directory = maker.make({runs: [], pages: []});
		writeFileSync(join(directory, 'ctnative.json'), '{"version":99}');
		return directory;
	}, /version 99/],
];

for (const [what, make, message] of hostile) {
	test(`${what} is refused`, async t => {
		await t.throwsAsync(async () => {
			await (await Checkpoint.open(make(new ImageMaker(t)))).inspect();
		}, {code: 'ERR_CHECKPOINT_IMAGES', message});
	});
}

test('no checkpoint, and one whose pages were cut off later', async t => {
	const maker = new ImageMaker(t);
	await t.throwsAsync(Checkpoint.open('/nowhere/at/all'), {code: 'ERR_CHECKPOINT_IMAGES', message: /ENOENT/});
	await t.throwsAsync(Checkpoint.open('/tmp'), {code: 'ERR_CHECKPOINT_IMAGES', message: /no inventory.img/});
	const directory = maker.make({runs: [{page: 0, pages: 2, flags: here}], pages: [1, 2]});
	const checkpoint = await Checkpoint.open(directory);
	t.is((await checkpoint.inspect()).root!.comm, 'made');
	truncateSync(join(directory, 'pages-1.img'), 5000);
	await t.throwsAsync(checkpoint.memory(1).read(at(1), 4096), {code: 'ERR_CHECKPOINT_IMAGES', message: /cut off/});
	t.is((await checkpoint.memory(1).read(at(0), 1))[0], 1);
	for (const [address, length] of [[0 as never, 1], [0n, -1], [0n, 1.5], [0n, 2 ** 40]] as const) {
		await t.throwsAsync(checkpoint.memory(1).read(address, length), {code: 'ERR_ARGUMENT'});
	}
});

test('a long line of processes is read', async t => {
	const maker = new ImageMaker(t);
	const tree = Array.from({length: 300}, (_, index) => ({pid: index + 1, ppid: index, pgid: 1, sid: 1, threads: [index + 1]}));
	const {changed, processes} = await (await Checkpoint.open(maker.make({runs: [], pages: [], tree}))).diff(await Checkpoint.open(maker.make({runs: [], pages: []})), {memory: false});
	t.is(processes.removed.length, 299);
	t.deepEqual(changed, []);
});

test('a diff is of what was asked for', async t => {
	const maker = new ImageMaker(t);
	const tree = (...pids: readonly number[]) => pids.map(pid => ({pid, ppid: pid === 1 ? 0 : 1, pgid: pid === 1 ? 1 : pids.length, sid: 1, threads: [pid]}));
	const first = await Checkpoint.open(maker.make({runs: [{page: 0, pages: 1, flags: here}], pages: [1], tree: tree(1, 2)}));
	const second = await Checkpoint.open(maker.make({runs: [{page: 0, pages: 1, flags: here}], pages: [2], tree: tree(1, 2, 3)}));
	const found = async (options: DiffOptions): Promise<unknown> => {
		const {processes, changed} = await first.diff(second, options);
		return [processes.added.map(({pid}) => pid), changed.map(({pid, fields, memory}) => [pid, Object.keys(fields), memory !== undefined])];
	};

	t.deepEqual(await found({}), [[3], [[1, [], true], [2, ['group'], false]]]);
	t.deepEqual(await found({memory: false}), [[3], [[2, ['group'], false]]]);
	t.deepEqual(await found({processes: false}), [[], [[1, [], true]]]);
	t.deepEqual(await found({pid: 2}), [[], [[2, ['group'], false]]]);
	t.deepEqual(await found({pid: 3, memory: false}), [[3], []]);
	await t.throwsAsync(found({pid: 9}), {code: 'ERR_ARGUMENT', message: /neither checkpoint has a process 9/});
});
