// Memory ahead of the checkpoint, and to another place: preDump, parentImg, autoDedup, the page server.
import {once} from 'node:events';
import {copyFileSync, existsSync, readdirSync, readlinkSync, statSync} from 'node:fs';
import {createConnection} from 'node:net';
import {join} from 'node:path';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, Lines, pipes} from './checkpoint-world.js';
import {within} from './network-world.js';
import {hasTracking, whereTracked} from './tracking.js';
import {command, endOf, mainFile, twoHosts} from './two-hosts.js';
import {until} from './world.js';

/** Bytes on the disk. */
const blocksOf = (directory: string): number => readdirSync(directory).filter(name => name.startsWith('pages-')).reduce((sum, name) => sum + statSync(join(directory, name)).blocks, 0);

test('without soft-dirty tracking pre-dumps and parents are refused before anything is touched, with a cure', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['4']);
	if (await hasTracking()) {
		t.pass('this kernel has it: see the next test');
		return;
	}

	const refused = {code: 'ERR_CHECKPOINT_UNSUPPORTED', message: /CONFIG_MEM_SOFT_DIRTY \(take full checkpoints, or use lazyPages\)$/};
	const imagesDir = world.imagesDir();
	await t.throwsAsync(scene.container.preDump({imagesDir}), refused);
	await t.throwsAsync(scene.container.checkpoint({imagesDir, parentImg: '../first'}), refused);
	await t.throwsAsync(scene.container.checkpoint({imagesDir, trackMem: true}), refused);
	t.false(existsSync(imagesDir) || existsSync(`${imagesDir}.partial`));
	await t.throwsAsync(scene.container.migrate({listen: '127.0.0.1:0', insecure: true, preCopy: 3, ready: () => t.fail('it waits')}), refused);
	t.like(JSON.parse(await scene.ask()), {intact: true});
});

test('a migration sends memory ahead in rounds, and what has changed since follows', whereTracked(async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['24']);
	const {container} = scene;
	const {checksum} = JSON.parse(await scene.ask()) as {checksum: string};
	let port = 0;
	const leaving = container.migrate({listen: '127.0.0.1:0', insecure: true, preCopy: 5, ready(address) {
		({port} = address);
	}});
	leaving.catch(() => {});
	await until(() => port !== 0, 'the source to wait');
	const arrived = await world.runtime.receive(world.id(), {from: `127.0.0.1:${port}`, insecure: true, bundle: container.bundle, stdio: pipes});
	const {rounds} = await leaving;
	t.true(rounds.length >= 2 && rounds[0]!.pagesWritten > 24 * 256 && rounds[1]!.pagesWritten < 24 * 256 / 10, 'less and less');
	scene.become(arrived);
	t.like(JSON.parse(await scene.ask()), {intact: true, checksum});
	const {pages} = await arrived.lazyPages!.done;
	t.log(...rounds.map(({pagesWritten}) => pagesWritten), pages);
	t.true(pages < 24 * 256 / 10, 'most of it was there when it stopped');
	t.like(JSON.parse(await scene.ask()), {intact: true, checksum}, 'without its source');
}));

/** At one end of the cable: says how many pages each round had. */
const migrateAhead = `
	const [index, root, id, listen] = process.argv.slice(1);
	const {Runtime} = require(index);
	new Runtime({root}).load(id).then(async container => {
		const {rounds} = await container.migrate({listen, insecure: true, preCopy: 6, ready: () => console.error('ready')});
		console.log(JSON.stringify(rounds.map(({pagesWritten}) => Number(pagesWritten))));
	});
`;

test('between two hosts each round sends fewer pages of a container that goes on writing, and every byte arrives', whereTracked(async t => {
	const world = new CheckpointWorld(t);
	const {source, destination} = await twoHosts(world);
	const mib = 64;
	const scene = await world.scene('memory', ['memory', String(mib)]);
	const {container} = scene;
	t.is(await scene.ask('light load'), 'ok');
	const [there, id, from] = [`${world.root}-there`, `${container.id}-there`, `${source.address}:7000`];
	world.teardown(async () => void await command('--root', there, 'delete', '--force', id));
	const migrating = source.spawn(process.execPath, ['-e', migrateAhead, projectPath('dist/ts/index.js'), world.root, container.id, from]);
	const leaving = endOf(migrating);
	t.regex(String(await once(migrating.stderr!, 'data')), /^ready/);
	// CRIU puts pipes in the place of pipes, and Node would give it sockets
	const receiving = destination.spawn('sh', ['-c', 'cat | "$@" | cat', 'sh', process.execPath, mainFile, '--root', there, 'receive', '--from', from, '--insecure', '--bundle', container.bundle, id]);
	const lines = new Lines(receiving.stdout!);
	const {code, out, err} = await leaving;
	t.is(code, 0, err);
	const rounds = JSON.parse(out) as number[];
	t.log(...rounds);
	t.true(rounds[0]! > mib * 200 && rounds.length >= 3, 'first all of it');
	t.true(rounds[1]! < rounds[0]! / 2 && rounds[2]! < rounds[1]!, `less and less: ${rounds.join(' ')}`);
	const received = Number(/cable:\s*(\d+)/.exec(within(destination.pid, 'cat /proc/net/dev'))![1]);
	t.true(received > rounds.reduce((sum, pages) => sum + pages, 0) * 4096, 'by the cable');
	receiving.stdin!.write('unload\n');
	t.is(await lines.next(), 'ok');
	t.deepEqual(await world.runtime.list(), [], 'nothing is left of it at the source');
	await command('--root', there, 'delete', '--force', id);
}));

test('each pre-dump writes less, and the restore has every byte', whereTracked(async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['24']);
	const {container} = scene;
	const before = JSON.parse(await scene.ask()) as {beats: number; checksum: string};
	const written: number[] = [];
	let parent: string | undefined;
	const chain: string[] = [];
	for (let turn = 0; turn < 3; turn++) {
		const imagesDir = world.imagesDir();
		const {stats} = await container.preDump({imagesDir, ...(parent !== undefined && {parentImg: parent})});
		written.push(Number(stats!.pagesWritten));
		chain.push(imagesDir);
		parent = `../${imagesDir.split('/').at(-1)!}`;
		t.is(await container.status(), 'running');
	}

	const older = {code: 'ERR_CHECKPOINT_IMAGES', message: /does not have the last of the memory/};
	await t.throwsAsync(container.preDump({imagesDir: world.imagesDir(), parentImg: `../${chain[0]!.split('/').at(-1)!}`}), older);

	const imagesDir = world.imagesDir();
	await t.throwsAsync(container.checkpoint({imagesDir, parentImg: '../nothing'}), {code: 'ERR_CHECKPOINT_IMAGES', message: /parentImg .* holds no images/});
	const {stats} = await container.checkpoint({imagesDir, parentImg: parent!});
	t.is(readlinkSync(join(imagesDir, 'parent')), parent!);
	t.true(written[0]! > 24 * 256, `${written.join(' ')}`);
	t.true(written[1]! < written[0]! / 10 && written[2]! < written[0]! / 10, `${written.join(' ')}`);
	t.true(Number(stats!.pagesWritten) < written[0]! / 10 && Number(stats!.pagesSkippedParent) > 24 * 256);
	scene.become(await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: pipes}));
	t.like(JSON.parse(await scene.ask()), {intact: true, checksum: before.checksum});

	// What was counted for one that failed is in no images
	await scene.container.preDump({imagesDir: `${imagesDir}-sound`});
	const nobody = {address: '127.0.0.1', port: 1};
	await t.throwsAsync(scene.container.preDump({imagesDir: world.imagesDir(), parentImg: `../${imagesDir.split('/').at(-1)!}-sound`, pageServer: nobody}), {code: 'ERR_CRIU_FAILED'});
	await t.throwsAsync(scene.container.checkpoint({imagesDir: world.imagesDir(), parentImg: `../${imagesDir.split('/').at(-1)!}-sound`}), older);

	// What a later one has, the earlier ones need not keep
	const blocks = blocksOf(chain[0]!);
	await scene.container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true, trackMem: true});
	const last = world.imagesDir();
	await scene.container.preDump({imagesDir: last});
	const all = blocksOf(last);
	await scene.ask();
	const {imagesDir: final} = await scene.container.checkpoint({imagesDir: world.imagesDir(), parentImg: `../${last.split('/').at(-1)!}`, autoDedup: true});
	t.true(blocksOf(last) < all, 'pages that were written again are free in the parent');
	scene.become(await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir: final, stdio: pipes, autoDedup: true}));
	t.like(JSON.parse(await scene.ask()), {intact: true, checksum: before.checksum});
	t.true(blocksOf(last) < blocks / 4, 'and after the restore nearly all');
}));

test('the memory goes to a page server, and with the other images beside it the container comes back', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['8']);
	const {container} = scene;
	const {checksum} = JSON.parse(await scene.ask()) as {checksum: string};
	const there = world.imagesDir();
	const server = await world.runtime.pageServer({imagesDir: there});
	t.is(server.address, '127.0.0.1');
	const {imagesDir, sizeBytes} = await container.checkpoint({imagesDir: world.imagesDir(), pageServer: {address: server.address, port: server.port}});
	await server.done;
	t.true(sizeBytes < 1 << 20, 'the memory is not here');
	for (const name of readdirSync(imagesDir)) {
		copyFileSync(join(imagesDir, name), join(there, name));
	}

	scene.become(await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir: there, stdio: pipes}));
	t.like(JSON.parse(await scene.ask()), {intact: true, checksum});
});

test('a page server that is gone, or goes away, fails the checkpoint, and the container runs on', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['8']);
	const {container} = scene;
	const server = await world.runtime.pageServer({imagesDir: tempDir(world)});
	const pageServer = {address: server.address, port: server.port};
	server.stop();
	await t.throwsAsync(server.done, {code: 'ERR_CRIU_FAILED'});
	await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir(), pageServer}), {code: 'ERR_CRIU_FAILED', message: /start it first/});
	const other = await world.runtime.pageServer({imagesDir: tempDir(world)});
	await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir(), pageServer: {address: other.address, port: other.port}, onProgress(stage) {
		if (stage === 'frozen') {
			other.stop();
		}
	}}), {code: 'ERR_CRIU_FAILED'});
	t.like(JSON.parse(await scene.ask()), {intact: true});
	t.is(await container.status(), 'running');

	// It serves one connection, and says when that was not a checkpoint
	const third = await world.runtime.pageServer({imagesDir: tempDir(world)});
	const stranger = createConnection(third.port, third.address);
	stranger.end('GET / HTTP/1.0\r\n\r\n');
	await third.done.catch(() => {});
	stranger.destroy();
	await until(() => !existsSync(`/proc/${third.pid}`), 'its end');
	t.like(JSON.parse(await scene.ask()), {intact: true});
});
