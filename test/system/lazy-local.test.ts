// Lazy restore from images here: it runs before its memory is read, and every byte is right in the end.
import {setTimeout as sleep} from 'node:timers/promises';
import type {LazyRestoreOptions} from '../../ts/index.js';
import {LOCK_EX, LOCK_NB} from '../../ts/linux/constants.js';
import {linuxNative} from '../../ts/native/linux.js';
import {checkpointTest as test, CheckpointWorld, type Scene} from './checkpoint-world.js';
import {workerOf} from './lazy-world.js';
import {until} from './world.js';

const mib = 64;
const allPages = mib * 256;

/** A container with memory, taken to disk and brought back with that memory still there. */
const lazyScene = async (world: CheckpointWorld, lazyPages: LazyRestoreOptions | true = true): Promise<Scene> => {
	const scene = await world.scene('memory', ['memory', String(mib)]);
	await scene.move({restore: {lazyPages}});
	return scene;
};

test('a container has every byte in the end', async t => {
	const world = new CheckpointWorld(t);
	const scene = await lazyScene(world);
	const {pages} = await scene.container.lazyPages!.done;
	t.true(pages >= allPages * 6 / 7, `${pages} pages came back`);
	t.is(await scene.ask('check'), 'ok');
	t.is(await scene.ask('fork'), 'ok');
});

test('a container runs before its memory is read, and without fill only what it touches is', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('memory', ['memory', String(mib)]);
	const imagesDir = await scene.move({restore: {lazyPages: {fill: false}}});
	t.is(await scene.ask('ping'), 'ok');
	for (const page of [0, 1, 5000, allPages - 1]) {
		t.is(await scene.ask(`page ${page}`), 'ok');
	}

	const {done} = scene.container.lazyPages!;
	await t.throwsAsync(linuxNative().batch([{op: 'lock', path: imagesDir, operation: LOCK_EX | LOCK_NB}]), {code: 'ERR_NATIVE'}, 'the daemon holds its images');
	await scene.container.delete({force: true});
	const {pages, faults} = await done;
	t.true(pages < allPages / 16, `${pages} pages came back`);
	t.true(faults > 2, `${faults} faults`);
});

for (const fill of [false, true]) {
	test(`what a process does to its memory is followed, ${fill ? 'while it is filled' : 'before it is there'}`, async t => {
		const world = new CheckpointWorld(t);
		const scene = await lazyScene(world, {fill});
		for (const act of ['drop', 'fork', 'move', 'fork', 'drop', 'check', 'load', 'unload']) {
			t.is(await scene.ask(act), 'ok', act);
		}

		if (fill) {
			await scene.container.lazyPages!.done;
			t.is(await scene.ask('check'), 'ok');
		}
	});
}

test('the page daemon can be killed at any moment: another one goes on', async t => {
	const world = new CheckpointWorld(t);
	const scene = await lazyScene(world, {fill: false}); // So that there is always something to fetch
	const {pid} = scene.container.lazyPages!;
	t.is(await scene.ask('drop'), 'ok');
	t.is(await scene.ask('move'), 'ok');
	t.is(await scene.ask('load'), 'ok');
	for (let kills = 0; kills < 20; kills++) {
		await until(() => workerOf(pid) !== undefined, 'another worker');
		process.kill(workerOf(pid)!, 'SIGKILL');
		await sleep(kills);
	}

	t.is(await scene.ask('unload'), 'ok');
	t.is(await scene.ask('fork'), 'ok');
	t.is(await scene.ask('check'), 'ok');
});

test('the supervisor can be killed: the worker makes itself another one', async t => {
	const world = new CheckpointWorld(t);
	const scene = await lazyScene(world, {fill: false});
	const {pid} = scene.container.lazyPages!;
	const worker = workerOf(pid)!;
	process.kill(pid, 'SIGKILL');
	await until(() => workerOf(worker) !== undefined, 'another supervisor');
	t.is(await scene.ask('load'), 'ok');
	process.kill(worker, 'SIGKILL');
	t.is(await scene.ask('unload'), 'ok');
	t.is(await scene.ask('check'), 'ok');
});
