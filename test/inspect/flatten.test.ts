// The export of a checkpoint with others before it has all of its memory: chains made by hand, and one that the real CRIU restores.
import {spawnSync} from 'node:child_process';
import {cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import ava, {type ExecutionContext} from 'ava';
import {sealImages} from '../../ts/checkpoint/seal.js';
import {privateCriu} from '../../ts/criu/find.js';
import {Checkpoint, exportCheckpoint, importCheckpoint, type ExportOptions} from '../../ts/index.js';
import {readPagemap} from '../../ts/images/pagemap.js';
import {linuxNative} from '../../ts/native/linux.js';
import {checkpointTest, CheckpointWorld, pipes} from '../system/checkpoint-world.js';
import {whereTracked} from '../system/tracking.js';
import {runcTest, until} from '../system/world.js';
import {noCriu} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {tempDir} from '../support/temp-dir.js';
import {base, ImageMaker, split} from './images.js';

const [parent, lazy, here] = [1, 2, 4] as const;

const options: ExportOptions = {compression: 'none', config: {ociVersion: '1.0.2'} as never, id: '1'.repeat(64), image: {name: 'image:1', id: '2'.repeat(64)}};

/** Through an archive, and where that is. */
const exported = async (t: ExecutionContext, directory: string): Promise<{archive: string; imagesDir: string}> => {
	const [archive, imagesDir] = [join(tempDir(t), 'archive.tar'), join(tempDir(t), 'images')];
	await exportCheckpoint(directory, archive, options);
	await importCheckpoint(archive, imagesDir);
	return {archive, imagesDir};
};

ava('a chain of three becomes one image with each page from where it was', async t => {
	const maker = new ImageMaker(t);
	const first = maker.make({runs: [{page: 0, pages: 6, flags: here | lazy}], pages: [10, 11, 12, 13, 14, 15]});
	const second = maker.make({runs: [{page: 0, pages: 2, flags: parent}, {page: 2, pages: 1, flags: here}, {page: 3, pages: 3, flags: parent}], pages: [22], parent: first});
	const third = maker.make({runs: [{page: 0, pages: 1, flags: here}, {page: 1, pages: 4, flags: parent}, {page: 5, pages: 1, flags: here | lazy}], pages: [30, 35], parent: second});
	writeFileSync(join(third, 'ctnative.json'), JSON.stringify({version: 1, id: 'one', created: '', criu: '4.2.1', mounts: [], stdio: [], parent: '../second'}));
	await sealImages(linuxNative(), third, true);
	t.deepEqual(await (await Checkpoint.open(third)).verify(), {files: 6, checksums: 6}, 'the link to the one before is no file');
	const {archive, imagesDir} = await exported(t, third);
	t.deepEqual([...readFileSync(join(imagesDir, 'pages-1.img'))].filter((_, index) => index % 4096 === 7), [30, 11, 22, 13, 14, 35]);
	const {runs} = readPagemap(readFileSync(join(imagesDir, 'pagemap-1.img')));
	t.deepEqual(runs.map(({address, pages, present, lazy: isLazy, inParent, isCounted42}) => [(Number(address) - base) / 4096, pages, present, isLazy, inParent, isCounted42]), [
		[0, 1, true, false, false, false], [1, 1, true, true, false, false], [2, 1, true, false, false, false], [3, 2, true, true, false, false], [5, 1, true, true, false, false],
	]);
	t.false(existsSync(join(imagesDir, 'parent')));
	for (const path of [archive, imagesDir]) {
		const checkpoint = await Checkpoint.open(path);
		t.deepEqual(await checkpoint.verify(), {files: 6, checksums: 4});
		t.is(checkpoint.manifest!.parent, undefined);
		t.like(await checkpoint.memory(1).totals(), {anonymous: 6 * 4096, inParent: 0, lazy: 0});
		t.deepEqual((await (await Checkpoint.open(third)).diff(checkpoint)).changed, []);
	}
});

ava('one whose memory is not all there is not exported, and nothing is left', async t => {
	const maker = new ImageMaker(t);
	const before = maker.make({runs: [{page: 0, pages: 2, flags: here}], pages: [1, 2]});
	const lacking = maker.make({runs: [{page: 0, pages: 3, flags: parent}], pages: [], parent: before});
	const left = maker.make({runs: [{page: 0, pages: 1, flags: parent}, {page: 4, pages: 1, flags: lazy}], pages: [], parent: before});
	const alone = maker.make({runs: [], pages: [], parent: '../gone'});
	for (const [directory, message] of [[lacking, /pagemap-1.img: memory at 0x102000 is in none of its images/], [left, /0x104000/], [alone, /gone.*ENOENT/]] as const) {
		const into = tempDir(t);
		await t.throwsAsync(exportCheckpoint(directory, join(into, 'archive.tar'), options), {code: 'ERR_CHECKPOINT_IMAGES', message});
		t.deepEqual(readdirSync(into), []);
	}
});

for (const [what, program, args] of [['private', 'heartbeat', ['8']], ['shared', 'tasks', ['shared']]] as const) {
	checkpointTest(`what the real CRIU restores of a chain that became one is what it was: ${what} memory`, async t => {
		const world = new CheckpointWorld(t);
		const scene = await world.scene(program, args);
		const said = await scene.ask();
		const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
		const [whole, before] = [`${imagesDir}-whole`, `${imagesDir}-before`];
		cpSync(imagesDir, whole, {recursive: true});
		const moved = split(imagesDir, before);
		t.true(moved > (program === 'heartbeat' ? 1000 : 3), `${moved} pages`);
		t.is(program === 'tasks', readdirSync(imagesDir).some(name => name.startsWith('pagemap-shmem-') && readFileSync(join(imagesDir, name)).length > 0));
		t.deepEqual((await (await Checkpoint.open(whole)).diff(await Checkpoint.open(imagesDir))).changed, [], 'the chain itself is right');

		const {imagesDir: flat} = await exported(t, imagesDir);
		t.deepEqual((await (await Checkpoint.open(whole)).diff(await Checkpoint.open(flat))).changed, []);
		rmSync(before, {recursive: true});
		rmSync(imagesDir, {recursive: true});
		const {bundle, id} = scene.container;
		scene.become(await world.runtime.restore(id, {bundle, imagesDir: flat, stdio: pipes}));
		const again = await scene.ask();
		if (program === 'heartbeat') {
			t.like(JSON.parse(again), {intact: true, checksum: (JSON.parse(said) as {checksum: string}).checksum});
		} else {
			t.is(again, said);
		}
	});
}

const bothTest = noCriu === undefined ? steady(runcTest) : checkpointTest; // Which is skipped, with that reason

bothTest('runc restores a chain that became one, too', async t => {
	const world = new CheckpointWorld(t);
	const data = tempDir(world);
	const bundle = world.bundle({
		args: ['sh', '-c', 'n=0; while true; do n=$((n + 1)); echo $n > /data/new; mv /data/new /data/n; sleep 0.05; done'],
		writable: true,
		edit(config) {
			config.mounts!.push({destination: '/data', type: 'bind', source: data, options: ['bind', 'rw']});
		},
	});
	const count = (): number => existsSync(join(data, 'n')) ? Number(readFileSync(join(data, 'n'), 'utf8')) : 0;
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await until(() => count() > 3, 'the program');
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const before = `${imagesDir}-before`;
	t.true(split(imagesDir, before) > 3);
	const {imagesDir: flat} = await exported(t, imagesDir);
	[before, imagesDir].forEach(path => rmSync(path, {recursive: true}));

	const id = world.id();
	const runc = (...words: string[]): unknown => spawnSync('runc', ['--criu', privateCriu, '--root', `${world.root}-runc`, ...words], {stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 20_000});
	world.teardown(() => void runc('delete', '--force', id));
	const at = count();
	t.like(runc('restore', '--detach', '--bundle', bundle, '--image-path', flat, '--work-path', tempDir(world), id), {status: 0, stderr: ''});
	await until(() => count() > at + 3, 'the program under runc');
	t.true(count() < at + 300, 'it counts on');
});

checkpointTest('pre-dump, checkpoint and checkpoint of a real kernel that tracks memory become one that needs no other', whereTracked(async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['8']);
	const {checksum} = JSON.parse(await scene.ask()) as {checksum: string};
	const chain: string[] = [];
	for (let turn = 0; turn < 3; turn++) {
		const parentImg = chain.length === 0 ? {} : {parentImg: `../${chain.at(-1)!.split('/').at(-1)!}`};
		const take = {imagesDir: world.imagesDir(), ...parentImg};
		const {imagesDir} = turn === 0 ? await scene.container.preDump(take) : await scene.container.checkpoint({...take, leaveRunning: turn === 1});
		chain.push(imagesDir);
	}

	const {files, checksums} = await (await Checkpoint.open(chain[1]!)).verify();
	t.true(files > 10 && checksums === files, 'one that it runs on after is sealed, with a parent, too');

	const {imagesDir: flat} = await exported(t, chain.at(-1)!);
	t.deepEqual((await (await Checkpoint.open(chain.at(-1)!)).diff(await Checkpoint.open(flat))).changed, []);
	chain.forEach(directory => rmSync(directory, {recursive: true}));
	scene.become(await world.runtime.restore(scene.container.id, {bundle: scene.container.bundle, imagesDir: flat, stdio: pipes}));
	t.like(JSON.parse(await scene.ask()), {intact: true, checksum});
}));
