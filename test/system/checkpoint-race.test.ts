// Two who do something with one container at the same time: each does it, or is told why not, and it is as it was.
import {Container, type CtnError} from '../../ts/index.js';
import {checkpointTest as test, CheckpointWorld, pipes} from './checkpoint-world.js';

test('of two checkpoints at once one is refused, and the container runs on', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('memory', ['memory', '16']);
	const other = await world.runtime.load(scene.container.id);
	let refused: Promise<unknown> | undefined;
	const checkpoint = scene.container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	for await (const {stage} of checkpoint) {
		if (stage === 'frozen') {
			refused = t.throwsAsync(other.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true}), {code: 'ERR_CONTAINER_STATUS', message: /is being checkpointed already/});
		}
	}

	await refused;
	t.is(await scene.container.status(), 'running');
	t.is(await scene.ask('check'), 'ok');
	await other.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	t.is(await scene.container.status(), 'running');
});

test('one that is deleted while it is dumped is gone, and whoever dumped it is told what failed', async t => {
	const world = new CheckpointWorld(t);
	for (const stage of ['frozen', 'dumping'] as const) {
		const {container} = await world.scene('memory', ['memory', '16']);
		const other = await world.runtime.load(container.id);
		let deleted: Promise<void> | undefined;
		await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true, onProgress(reached) {
			deleted ??= reached === stage ? other.delete({force: true}) : undefined;
		}}), {code: 'ERR_CRIU_FAILED'}, stage);
		await deleted;
		const {state, cgroups, processes, mounts} = await world.leftBehind();
		t.deepEqual({state, cgroups, processes, mounts}, {state: [], cgroups: [], processes: [], mounts: []}, stage);
	}
});

test('one that is killed or deleted while it is restored is gone, and nobody waits for it', async t => {
	const world = new CheckpointWorld(t);
	const {container: {bundle, id}, container} = await world.scene('memory', ['memory', '16']);
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	for (const end of [async (it: Container) => it.kill('SIGKILL'), async (it: Container) => it.delete({force: true})]) {
		const restoring = world.runtime.restore(id, {bundle, imagesDir, stdio: 'ignore'});
		let ended: Promise<void> | undefined;
		const restored = restoring.catch((error: unknown) => error);
		try {
			for await (const {stage} of restoring) {
				ended = stage === 'restored' ? world.runtime.load(id).then(end) : ended;
			}
		} catch (error) {
			t.like(error, {code: 'ERR_CRIU_FAILED'}); // Unless it was done with before
		}

		await ended;
		const container = await restored;
		await (container instanceof Container && container.delete({force: true}).catch(() => {})); // It may be deleted already
		const {state, cgroups, processes, mounts} = await world.leftBehind();
		t.deepEqual({state, cgroups, processes, mounts}, {state: [], cgroups: [], processes: [], mounts: []});
	}
});

test('of several restores of one id one is done', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('memory', ['memory', '16']);
	const {bundle, id} = scene.container;
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	const results = await Promise.allSettled([1, 2, 3].map(async () => world.runtime.restore(id, {bundle, imagesDir, stdio: pipes})));
	const [restored, ...more] = results.flatMap(result => result.status === 'fulfilled' ? [result.value] : []);
	t.is(more.length, 0);
	t.deepEqual(results.flatMap(result => result.status === 'rejected' ? [(result.reason as CtnError).code] : []), ['ERR_CONTAINER_EXISTS', 'ERR_CONTAINER_EXISTS']);
	t.is(await scene.become(restored!).ask('check'), 'ok');
});

test('a checkpoint that cannot begin leaves no descriptors', async t => {
	const world = new CheckpointWorld(t);
	const {container} = await world.scene('memory', ['memory', '1']);
	await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true}); // From here on CRIU is given a /run
	await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir(), lazyPages: {listen: 'nowhere', insecure: true}}), {code: 'ERR_ARGUMENT'});
});
