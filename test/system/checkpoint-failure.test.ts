// A checkpoint that fails leaves the container running; a restore that fails leaves nothing.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {Runtime, type Container} from '../../ts/index.js';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {privateCriu} from '../../ts/criu/find.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, isIntact, pipes, type Scene} from './checkpoint-world.js';
import {cgroupsOf} from './leftovers.js';
import {Meddler, traces} from './meddle.js';
import {until} from './world.js';

const rounds = 50;

/** It runs, is not frozen, answers, and no images are there. */
const runsOn = async (t: ExecutionContext, scene: Scene, imagesDir: string, what: string): Promise<void> => {
	t.is(await scene.container.status(), 'running', what);
	t.is(await scene.ask('echo on'), 'on', what);
	t.false(existsSync(imagesDir) || existsSync(`${imagesDir}.partial`), `${what} leaves images`);
};

const isThere = async (attempt: Promise<unknown>): Promise<boolean> => attempt.then(() => true, () => false);

/** Nothing of a container: state, cgroup, so no process either. */
const isGone = async (t: ExecutionContext, world: CheckpointWorld, id: string, what: string): Promise<void> => {
	t.false(existsSync(join(world.root, id)), `${what} leaves its state`);
	t.deepEqual(cgroupsOf(id), [], `${what} leaves a cgroup`);
};

test('a dump that is refused at any notification leaves the container running', async t => {
	const world = new CheckpointWorld(t);
	const meddler = new Meddler();
	const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
	const scene = await world.shellScene();
	const container = await runtime.load(scene.container.id);
	for (meddler.refuseAt = 1; ; meddler.refuseAt++) {
		const imagesDir = world.imagesDir();
		if (await isThere(container.checkpoint({imagesDir}))) {
			break; // There was none to refuse any more
		}

		await runsOn(t, scene, imagesDir, `a no at ${meddler.refuseAt}`);
	}

	t.true(meddler.refuseAt > 3);
	t.is(meddler.hits, meddler.refuseAt - 1);
});

const workloads = {heartbeat: ['8'], tasks: ['threads']};

for (const [program, args] of Object.entries(workloads)) {
	test(`a dump of ${program} whose CRIU is killed at any moment leaves the container running, with nothing of CRIU in it`, async t => {
		const world = new CheckpointWorld(t);
		const meddler = new Meddler();
		const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
		const scene = await world.scene(program, args);
		const container = await runtime.load(scene.container.id);
		await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true}); // CRIU is probed, too
		const before = traces(container.pid);
		const begun = Date.now();
		await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true, seal: false});
		const most = Date.now() - begun; // CRIU is over soon before that
		for (let round = 0; round < rounds; round++) {
			meddler.killAfter = most * round / rounds;
			const imagesDir = world.imagesDir();
			const isComplete = await isThere(container.checkpoint({imagesDir, leaveRunning: true, seal: false}));
			t.is(existsSync(imagesDir), isComplete, 'complete, or not there');
			t.false(existsSync(`${imagesDir}.partial`));
			t.true(isIntact(await scene.ask()));
			t.is(await container.status(), 'running');
			t.deepEqual(traces(container.pid), before, `killed after ${meddler.killAfter} ms`);
		}

		t.log(`${meddler.hits} of ${rounds} killed`);
		t.true(meddler.hits > rounds / 4);
		meddler.killAfter = undefined;
		await scene.move();
		t.true(isIntact(await scene.ask()), 'and it can be checkpointed after all that');
	});
}

test('a CRIU that was killed when it was asked what it can do is asked again', async t => {
	const world = new CheckpointWorld(t);
	const meddler = new Meddler();
	const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
	const scene = await world.shellScene();
	const container = await runtime.load(scene.container.id);
	meddler.killAfter = 0;
	await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir()}), {code: 'ERR_CRIU_UNUSABLE'});
	meddler.killAfter = undefined;
	await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	t.is(await scene.ask('echo on'), 'on');
});

test('a process that a killed CRIU takes along is named', async t => {
	const world = new CheckpointWorld(t);
	const meddler = new Meddler();
	const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
	let scene = await world.scene('tasks', ['tree']);
	const first = await runtime.load(scene.container.id);
	await first.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true}); // CRIU is probed, too
	const begun = Date.now();
	await first.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true, seal: false});
	const most = Date.now() - begun;
	let lost = 0;
	for (let round = 0; round < rounds; round++) {
		meddler.killAfter = most * (0.1 + (0.6 * round / rounds));
		const container = await runtime.load(scene.container.id);
		const attempt = container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true, seal: false});
		const error = await attempt.then(() => undefined, (reason: unknown) => reason as Error);
		t.is(await container.status(), 'running', 'its init lives on');
		if (!isIntact(await scene.ask())) {
			// Only an init outlives a breakpoint of which its tracer has not heard before it died
			t.regex(error?.message ?? '', /its code ran in process \d+.*, which ended by it/);
			lost++;
			scene = await world.scene('tasks', ['tree']);
		}
	}

	t.log(`${meddler.hits} of ${rounds} killed, ${lost} took a process along`);
	t.true(lost < rounds / 4);
});

test('a restore that is refused at any notification leaves nothing', async t => {
	const world = new CheckpointWorld(t);
	const meddler = new Meddler();
	const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
	const scene = await world.shellScene();
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const options = {bundle: container.bundle, imagesDir, stdio: pipes};
	const good = await runtime.restore(world.id(), options);
	const {notifications} = meddler;
	await good.delete({force: true});
	for (meddler.refuseAt = 1; meddler.refuseAt <= notifications; meddler.refuseAt++) {
		const id = world.id();
		let restored: Container | undefined;
		try {
			restored = await runtime.restore(id, options);
		} catch (error) {
			t.is((error as {code?: string}).code, 'ERR_CRIU_FAILED', `at notification ${meddler.refuseAt}`);
			await isGone(t, world, id, `a no at ${meddler.refuseAt}`);
		}

		// CRIU takes no notice of a no once the program runs
		await restored?.delete({force: true});
	}

	t.true(meddler.hits >= notifications);
});

test('a restore whose CRIU is killed at any moment leaves nothing, or a container', async t => {
	const world = new CheckpointWorld(t);
	const meddler = new Meddler();
	const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
	const scene = await world.scene('heartbeat', ['8']);
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const options = {bundle: container.bundle, imagesDir, stdio: pipes};
	await (await runtime.restore(world.id(), options)).delete({force: true});
	const begun = Date.now();
	await (await runtime.restore(world.id(), options)).delete({force: true});
	const most = Date.now() - begun;
	for (let round = 0; round < rounds; round++) {
		meddler.killAfter = most * round / rounds;
		const id = world.id();
		try {
			const restored = await runtime.restore(id, options);
			t.is(await restored.status(), 'running');
			await restored.delete({force: true});
		} catch {
			await isGone(t, world, id, `a kill after ${meddler.killAfter} ms`);
		}
	}

	t.true(meddler.hits > rounds / 4);
	meddler.killAfter = undefined;
	scene.become(await world.runtime.restore(container.id, options));
	t.like(JSON.parse(await scene.ask()), {intact: true}, 'and the images are as they were');
});

for (const [where, isOwn] of [['a /tmp of its own, which goes away with it', true], ['that of the host where it is told of files there, and what it made is removed', false]] as const) {
	test(`CRIU restores in ${where}`, async t => {
		const world = new CheckpointWorld(t);
		const meddler = new Meddler();
		const place = mkdtempSync('/var/tmp/ctnative-');
		world.teardown(() => {
			rmSync(place, {recursive: true});
		});
		const scene = await world.shellScene();
		const imagesDir = join(place, 'images');
		await scene.container.checkpoint({imagesDir, leaveRunning: true});
		const runtime = new RuntimeCore(meddler.native, {root: isOwn ? join(place, 'state') : world.root, criuPath: privateCriu});
		meddler.killAtYardIn = join(imagesDir, 'restore.log');
		await t.throwsAsync(runtime.restore(world.id(), {bundle: scene.container.bundle, imagesDir, stdio: 'ignore'}), {code: 'ERR_CRIU_FAILED'});
		t.is(meddler.hasOwnTmp, isOwn);
		t.is(meddler.yards.length, 1);
		t.false(existsSync(join('/tmp', meddler.yards[0]!)));
	});
}

test('a disk that is full fails the dump with a cure, wherever it is, and nothing is left on it', async t => {
	const world = new CheckpointWorld(t);
	const disk = tempDir(world);
	const scene = await world.scene('heartbeat', ['8']);
	let failures = 0;
	for (const size of ['32k', '64k', '128k', '200k', '2m', '8m', '8400k', '8500k', '8600k']) {
		execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'small', disk]);
		try {
			const attempt = scene.container.checkpoint({imagesDir: join(disk, 'images'), leaveRunning: true});
			const error = await attempt.then(() => undefined, (reason: unknown) => reason as Error);
			t.is(existsSync(join(disk, 'images')), error === undefined, 'complete, or not there');
			if (error) {
				failures++;
				t.regex(error.message, /no room for the images|ENOSPC/, size);
				t.deepEqual(readdirSync(disk), [], size);
			}

			t.like(JSON.parse(await scene.ask()), {intact: true});
			t.is(await scene.container.status(), 'running');
		} finally {
			execFileSync('umount', [disk]);
		}
	}

	t.true(failures >= 5);
});

test('an images directory that cannot be used is said before anything is touched', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const {container} = scene;
	const full = tempDir(world);
	writeFileSync(join(full, 'file'), '');
	await t.throwsAsync(container.checkpoint({imagesDir: full}), {code: 'ERR_CHECKPOINT_IMAGES', message: /is not empty/});
	await t.throwsAsync(container.checkpoint({imagesDir: '/nowhere/at/all'}), {code: 'ERR_CHECKPOINT_IMAGES', message: /ENOENT/});
	await t.throwsAsync(container.checkpoint({imagesDir: 'relative'}), {code: 'ERR_ARGUMENT', message: /absolute path/});
	await t.throwsAsync(container.checkpoint({} as never), {code: 'ERR_ARGUMENT'});
	await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir(), nonsense: 1} as never), {code: 'ERR_ARGUMENT', message: /no CRIU option nonsense/});
	t.is(await scene.ask('echo on'), 'on');
	const empty = tempDir(world);
	await container.checkpoint({imagesDir: empty, leaveRunning: true});
	t.true(existsSync(join(empty, 'inventory.img')), 'an empty one is taken');
});

test('only a container that runs can be checkpointed', async t => {
	const world = new CheckpointWorld(t);
	const imagesDir = world.imagesDir();
	const created = await world.create({args: ['true']});
	await t.throwsAsync(created.checkpoint({imagesDir}), {code: 'ERR_CONTAINER_STATUS'});
	await created.start();
	await created.wait();
	await t.throwsAsync(created.checkpoint({imagesDir}), {code: 'ERR_CONTAINER_STATUS', message: /it is stopped/});
	await created.delete();
});

test('a process of exec would be lost: it is named, and the checkpoint refused', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const process = await scene.container.exec({args: ['sleep', '1000']});
	const imagesDir = world.imagesDir();
	await t.throwsAsync(scene.container.checkpoint({imagesDir}), {code: 'ERR_CHECKPOINT_UNSUPPORTED', message: new RegExp(`${process.pid} \\(sleep\\)`)});
	await process.kill('SIGKILL');
	await process.wait();
	await scene.move();
	t.is(await scene.ask('echo on'), 'on');
});

test('another uid or gid needs CAP_SYS_RESOURCE, or a user namespace', async t => {
	const world = new CheckpointWorld(t);
	for (const user of [{uid: 1000, gid: 0}, {uid: 0, gid: 5}]) {
		const container = await world.start({edit: config => {
			config.process.user = user;
		}});
		const attempt = container.checkpoint({imagesDir: world.imagesDir()});
		const error = await attempt.then(() => undefined, (reason: unknown) => reason as {code: string; cure: string});
		if (error) { // On this machine root has no CAP_SYS_RESOURCE; elsewhere it works
			t.is(error.code, 'ERR_CHECKPOINT_UNSUPPORTED');
			t.regex(error.cure, /user namespace/);
			t.is(await container.status(), 'running');
		} else {
			t.false((await world.runtime.list()).some(({id}) => id === container.id));
		}
	}
});

test('a directory without a checkpoint, and an id that is in use', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const {bundle, id} = scene.container;
	const empty = tempDir(world);
	const restore = async (options: {imagesDir: string}, as = world.id()): Promise<unknown> => world.runtime.restore(as, {bundle, stdio: 'ignore', ...options});
	await t.throwsAsync(restore({imagesDir: empty}), {code: 'ERR_CHECKPOINT_IMAGES', message: /no inventory.img/});
	await t.throwsAsync(restore({imagesDir: '/nowhere/at/all'}), {code: 'ERR_CHECKPOINT_IMAGES'});
	await t.throwsAsync(restore({imagesDir: 'relative'}), {code: 'ERR_ARGUMENT'});
	writeFileSync(join(empty, 'inventory.img'), 'nonsense');
	writeFileSync(join(empty, 'ctnative.json'), '{');
	await t.throwsAsync(restore({imagesDir: empty}), {code: 'ERR_CHECKPOINT_IMAGES'});
	const imagesDir = world.imagesDir();
	await scene.container.checkpoint({imagesDir, leaveRunning: true});
	await t.throwsAsync(restore({imagesDir}, id), {code: 'ERR_CONTAINER_EXISTS'});
	t.is(await scene.ask('echo on'), 'on');
});

test('without a CRIU, or with one that does not work, the container runs on', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const directory = join(tempDir(world), 'bin');
	mkdirSync(directory);
	const broken = join(directory, 'criu');
	writeFileSync(broken, '#!/bin/sh\necho "no such kernel" >&2\nexit 1\n', {mode: 0o755});
	for (const [criuPath, code] of [['/nowhere/criu', 'ERR_CRIU_NOT_FOUND'], [broken, 'ERR_CRIU_UNUSABLE']] as const) {
		const runtime = new Runtime({root: world.root, criuPath});
		const container = await runtime.load(scene.container.id);
		const imagesDir = world.imagesDir();
		const error = await t.throwsAsync(container.checkpoint({imagesDir}), {code});
		t.regex((error as unknown as {cure: string}).cure, /setup-criu/);
		await runsOn(t, scene, imagesDir, code);
	}

	const imagesDir = world.imagesDir();
	await scene.container.checkpoint({imagesDir, leaveRunning: true});
	const id = world.id();
	const without = new Runtime({root: world.root, criuPath: '/nowhere/criu'});
	await t.throwsAsync(without.restore(id, {bundle: scene.container.bundle, imagesDir, stdio: 'ignore'}), {code: 'ERR_CRIU_NOT_FOUND'});
	await isGone(t, world, id, 'a restore without CRIU');
	await until(() => cgroupsOf(id).length === 0, 'the end of the cgroup');
});

test('an AbortSignal calls a checkpoint off at any moment', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['8']);
	const {container} = scene;
	const stages: string[] = [];
	const imagesDir = world.imagesDir();
	const {sizeBytes} = await container.checkpoint({imagesDir, leaveRunning: true, onProgress: stage => void stages.push(stage)});
	t.deepEqual(stages, ['frozen', 'dumping', 'dumped']);
	t.true(sizeBytes > 8 << 20);
	const files = readdirSync(imagesDir).map(name => statSync(join(imagesDir, name)).size);
	t.is(sizeBytes, files.reduce((sum, size) => sum + size, 0));

	const moments: Array<(abort: () => void) => {onProgress?: (stage: string) => void}> = [
		abort => {
			abort();
			return {};
		},
		...['frozen', 'dumping', 'dumped'].map(wanted => (abort: () => void) => ({onProgress(stage: string) {
			if (stage === wanted) {
				abort();
			}
		}})),
		...[5, 15, 25, 35, 45].map(ms => (abort: () => void) => {
			setTimeout(abort, ms);
			return {};
		}),
	];
	for (const [index, moment] of moments.entries()) {
		const controller = new AbortController();
		const reason = new Error(`moment ${index}`);
		const target = world.imagesDir();
		const error = await t.throwsAsync(container.checkpoint({imagesDir: target, signal: controller.signal, ...moment(() => controller.abort(reason))}), {code: 'ERR_CRIU_FAILED', message: /called off/});
		t.is(error?.cause, reason, error?.message);
		t.is(await container.status(), 'running');
		t.false(existsSync(target) || existsSync(`${target}.partial`));
		t.like(JSON.parse(await scene.ask()), {intact: true});
	}
});

test('an AbortSignal calls a restore off, and nothing is left', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['8']);
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	for (const ms of [0, 10, 20, 30]) {
		const id = world.id();
		const signal = AbortSignal.timeout(ms);
		await t.throwsAsync(world.runtime.restore(id, {bundle: container.bundle, imagesDir, stdio: 'ignore', signal}), {code: 'ERR_CRIU_FAILED', message: /called off/});
		await isGone(t, world, id, `a call-off after ${ms} ms`);
	}

	scene.become(await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: pipes, signal: new AbortController().signal}));
	t.like(JSON.parse(await scene.ask()), {intact: true});
});
