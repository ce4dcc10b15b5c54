// Two who do something with one container at the same time: each does it, or is told why not, and it is as it was.
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';

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
