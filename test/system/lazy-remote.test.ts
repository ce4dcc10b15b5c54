// Post-copy between two sides: the container runs at the destination while its memory is still at the source.
import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {connect, createServer, type AddressInfo, type Socket} from 'node:net';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {privateCriu} from '../../ts/criu/find.js';
import type {CheckpointResult, Container, LazyCheckpointOptions, LazyReady, LazyRestoreOptions} from '../../ts/index.js';
import {checkpointTest as test, CheckpointWorld, pipes, type Scene} from './checkpoint-world.js';
import {workerOf} from './lazy-world.js';
import {Meddler, traces} from './meddle.js';
import {until} from './world.js';

const mib = 64;
const allPages = mib * 256;

interface Source {
	readonly where: LazyReady;
	/** Of the checkpoint. */
	readonly ended: Promise<CheckpointResult>;
}

/** Resolves when pages of the scene can be asked for. */
const offer = async (world: CheckpointWorld, container: Container, options: Partial<LazyCheckpointOptions>): Promise<Source> => {
	let ended: Promise<CheckpointResult> | undefined;
	const where = await new Promise<LazyReady>((resolve, reject) => {
		ended = container.checkpoint({imagesDir: world.imagesDir(), lazyPages: {listen: '127.0.0.1:0', ready: resolve, ...options}});
		ended.catch(reject);
	});
	return {where, ended: ended!};
};

const take = async (world: CheckpointWorld, {bundle}: Container, {host, port, imagesDir}: LazyReady, options: LazyRestoreOptions): Promise<Container> =>
	world.runtime.restore(world.id(), {bundle, imagesDir, stdio: pipes, lazyPages: {from: `${host}:${port}`, ...options}});

const memoryScene = async (world: CheckpointWorld): Promise<Scene> => world.scene('memory', ['memory', String(mib)]);

for (const [name, options] of [['with a key', {key: randomBytes(32)}], ['in the clear, if asked to', {insecure: true}]] as const) {
	test(`memory follows its container from the source, ${name}`, async t => {
		const world = new CheckpointWorld(t);
		const scene = await memoryScene(world);
		const {container} = scene;
		const {where, ended} = await offer(world, container, options);
		scene.become(await take(world, container, where, options));
		t.is(await scene.ask('ping'), 'ok');
		t.is(await scene.ask('load'), 'ok');
		const {pages} = await scene.container.lazyPages!.done;
		t.true(pages >= allPages * 6 / 7, `${pages} pages came`);
		t.is(await scene.ask('unload'), 'ok');
		const {sizeBytes, stats, imagesDir} = await ended;
		t.true(sizeBytes < 1 << 20, 'the images hold no memory');
		t.is(stats, undefined);
		t.false(existsSync(`${imagesDir}/stats-dump`), 'CRIU counts anew when it serves pages');
		t.deepEqual((await world.runtime.list()).map(({id}) => id), [scene.container.id]);
	});
}

test('strangers and wrong keys change nothing, and a restore that fails can be tried again', async t => {
	const world = new CheckpointWorld(t);
	const scene = await memoryScene(world);
	const {container} = scene;
	const key = randomBytes(32);
	const {where, ended} = await offer(world, container, {key});
	for (const words of ['', 'GET / HTTP/1.0\r\n\r\n', '\u0001\0\0\0'.repeat(100)]) {
		await new Promise(resolve => {
			connect(where.port, where.host).on('error', () => {}).on('close', resolve).end(words).resume();
		});
	}

	for (const wrong of [{key: randomBytes(32)}, {insecure: true}]) {
		await t.throwsAsync(take(world, container, where, {...wrong, reconnectMs: 1000}), {code: 'ERR_LAZY_PAGES'});
	}

	scene.become(await take(world, container, where, {key}));
	await Promise.all([scene.container.lazyPages!.done, ended]);
	t.is(await scene.ask('check'), 'ok');
});

test('as long as it runs nowhere else it can be called off, and goes on at the source', async t => {
	const world = new CheckpointWorld(t);
	const scene = await memoryScene(world);
	const calledOff = new AbortController();
	const imagesDir = world.imagesDir();
	await t.throwsAsync(scene.container.checkpoint({
		imagesDir,
		signal: calledOff.signal,
		lazyPages: {listen: '127.0.0.1:0', insecure: true, ready: () => setTimeout(() => {
			calledOff.abort();
		}, 50)},
	}), {code: 'ERR_CRIU_FAILED'});
	t.is(await scene.ask('check'), 'ok');
	t.is(await scene.container.status(), 'running');
	await scene.container.checkpoint({imagesDir, leaveRunning: true}); // Nothing was left there
});

/** A way to the source that can be cut: each connection after so many bytes from there, the last one never. */
const wayTo = async (world: CheckpointWorld, {host, port, imagesDir}: LazyReady, cuts: readonly number[]): Promise<LazyReady> => {
	const left = [...cuts];
	const sockets = new Set<Socket>();
	const server = createServer(near => {
		const most = left.shift() ?? Number.POSITIVE_INFINITY;
		let passed = 0;
		const far = connect(port, host);
		const cut = (): void => {
			near.destroy();
			far.destroy();
		};

		[near, far].forEach(socket => sockets.add(socket.on('error', cut).on('close', cut)));
		near.pipe(far);
		far.on('data', bytes => {
			passed += bytes.length;
			if (passed >= most) {
				cut();
			} else {
				near.write(bytes);
			}
		});
	});
	world.teardown(() => {
		server.close();
		sockets.forEach(socket => socket.destroy());
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	return {host: '127.0.0.1', port: (server.address() as AddressInfo).port, imagesDir};
};

test('a connection that breaks is made again, and so is a daemon that is killed: every byte is right', async t => {
	const world = new CheckpointWorld(t);
	const scene = await memoryScene(world);
	const {container} = scene;
	const key = randomBytes(32);
	const {where, ended} = await offer(world, container, {key});
	scene.become(await take(world, container, await wayTo(world, where, [2_000_000, 5_000_000, 10_000_000]), {key}));
	const {pid, done} = scene.container.lazyPages!;
	t.is(await scene.ask('load'), 'ok');
	const worker = workerOf(pid);
	if (worker !== undefined) {
		process.kill(worker, 'SIGKILL');
	}

	await Promise.all([done, ended]);
	t.is(await scene.ask('unload'), 'ok');
	t.is(await scene.ask('fork'), 'ok');
});

test('without its source the container is ended, and never reads zeros', async t => {
	const world = new CheckpointWorld(t);
	const scene = await memoryScene(world);
	const {container} = scene;
	const key = randomBytes(32);
	const {where, ended} = await offer(world, container, {key, reconnectMs: 300});
	const way = await wayTo(world, where, [4_000_000, ...Array.from({length: 1000}, () => 0)]);
	scene.become(await take(world, container, way, {key, reconnectMs: 1000}));
	scene.container.stdin!.write('check\n');
	await t.throwsAsync(scene.container.lazyPages!.done, {code: 'ERR_LAZY_PAGES', message: /memory is lost/});
	await t.throwsAsync(ended, {code: 'ERR_LAZY_PAGES', message: /the destination/});
	await until(async () => await scene.container.status() === 'stopped', 'the end of the container');
	t.deepEqual(await scene.container.wait(), {code: null, signal: 'SIGKILL'});
	await t.throwsAsync(scene.next(), {message: /ended without an answer/});
	await until(async () => await container.status() === 'stopped', 'the end at the source');
});

/** Resolves when pages can be asked for, or when it has come to nothing before. */
const offerOrFail = async (world: CheckpointWorld, container: Container): Promise<{where?: LazyReady; ended: Promise<CheckpointResult>}> => new Promise(resolve => {
	const ended: Promise<CheckpointResult> = Promise.resolve(container.checkpoint({imagesDir: world.imagesDir(), lazyPages: {listen: '127.0.0.1:0', insecure: true, ready(where) {
		resolve({where, ended});
	}}}));
	ended.catch(() => {
		resolve({ended});
	});
});

test('a CRIU that is killed before the container runs elsewhere leaves it as it was', async t => {
	const world = new CheckpointWorld(t);
	const meddler = new Meddler();
	const scene = await world.scene('memory', ['memory', '16']);
	const container = await new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu}).load(scene.container.id);
	await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true}); // CRIU is probed, too
	const before = traces(container.pid);
	for (let round = 0; round < 25; round++) {
		const isServing = round % 2 === 1;
		meddler.killAfter = isServing ? undefined : round * 4;
		const {where, ended} = await offerOrFail(world, container);
		if (isServing && where) {
			setTimeout(() => process.kill(meddler.criu!, 'SIGKILL'), round);
		}

		await t.throwsAsync(ended, undefined, `killed in round ${round}`);
		t.is(await container.status(), 'running');
		t.deepEqual(traces(container.pid), before, `killed in round ${round}`);
		t.is(await scene.ask('check'), 'ok', `killed in round ${round}`);
	}

	await scene.move();
	t.is(await scene.ask('check'), 'ok');
});

test('one that is killed when the container runs at the destination is not missed, and nothing runs on at the source', async t => {
	const world = new CheckpointWorld(t);
	const meddler = new Meddler();
	const scene = await memoryScene(world);
	const {container: {id, pid}} = scene;
	const container = await new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu}).load(id);
	const {where, ended} = await offer(world, container, {insecure: true});
	const {criu} = meddler;
	scene.become(await take(world, container, where, {insecure: true}));
	process.kill(criu!, 'SIGKILL');
	const {pages} = await scene.container.lazyPages!.done;
	t.true(pages >= allPages * 6 / 7, `${pages} pages came`);
	await ended;
	t.is(await scene.ask('check'), 'ok');
	t.false((await world.runtime.list()).some(container => container.id === id));
	t.false(existsSync(`/proc/${pid}`));
});
