// An AbortSignal works at every moment: called off at an event of a checkpoint the container runs on, of a restore nothing is left.
import {existsSync, readdirSync} from 'node:fs';
import {dirname} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {CheckpointOptions, CheckpointStage, Container, RestoreStage} from '../../ts/index.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';

/** Aborts at an event of that kind, if there is one. */
const abortAt = async <Event extends {readonly stage: string}>(stage: string, controller: AbortController, operation: AsyncIterable<Event>): Promise<void> => {
	for await (const event of operation) {
		if (event.stage === stage) {
			controller.abort();
		}
	}
};

/** Called off at that event, it has left the container running, and no images. */
const runsOn = async (t: ExecutionContext, stage: CheckpointStage, options: Partial<CheckpointOptions>): Promise<void> => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('memory', ['memory', '16']);
	const controller = new AbortController();
	const imagesDir = world.imagesDir();
	await t.throwsAsync(abortAt(stage, controller, scene.container.checkpoint({
		imagesDir,
		signal: controller.signal,
		onProgress: reached => reached === 'dumped' && stage === 'dumped' && controller.abort(), // The last moment: its event comes too late
		...options,
	})), {code: 'ERR_CRIU_FAILED', message: /called off/}, stage);
	t.deepEqual(existsSync(dirname(imagesDir)) ? readdirSync(dirname(imagesDir)) : [], [], stage);
	t.is(await scene.ask('check'), 'ok', stage);
	t.is(await scene.container.status(), 'running');
};

test('a checkpoint that is called off at any of its events leaves its container running, and no images', async t => {
	for (const stage of ['frozen', 'dumping', 'dumped'] satisfies CheckpointStage[]) {
		await runsOn(t, stage, {leaveRunning: true});
	}
});

test('so does one that is called off while its memory is asked for', async t => {
	await runsOn(t, 'serving', {lazyPages: {listen: '127.0.0.1:0', insecure: true}});
});

test('a restore that is called off at any of its events leaves nothing, and can be done again', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('memory', ['memory', '16']);
	const {bundle} = scene.container;
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	for (const lazyPages of [false, true]) {
		for (const stage of ['checked', 'namespaces', 'restored'] satisfies RestoreStage[]) {
			const controller = new AbortController();
			await t.throwsAsync(abortAt(stage, controller, world.runtime.restore(world.id(), {bundle, imagesDir, lazyPages, stdio: 'ignore', signal: controller.signal})), {code: 'ERR_CRIU_FAILED', message: /called off/}, stage);
			const {state, cgroups, processes, mounts} = await world.leftBehind();
			t.deepEqual({state, cgroups, processes, mounts}, {state: [], cgroups: [], processes: [], mounts: []}, stage);
		}
	}

	const again: Container = await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: ['pipe', 'pipe', 'ignore']});
	scene.become(again);
	t.is(await scene.ask('check'), 'ok');
});
