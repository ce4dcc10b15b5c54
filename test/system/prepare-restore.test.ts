// What can be done before the images are there, is done.
import {RuntimeCore} from '../../ts/container/runtime.js';
import {privateCriu} from '../../ts/criu/find.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {Native, SpawnRequest} from '../../ts/native/native.js';
import {instead} from './meddle.js';
import {checkpointTest as test, CheckpointWorld, pipes} from './checkpoint-world.js';

/** Counts the programs that are started, with the time of the restore's own CRIU taken off. */
const counting = (): {native: Native; started: () => number} => {
	let count = 0;
	const real = linuxNative();
	const native = instead(real, {
		spawn: async (request: SpawnRequest) => {
			count++;
			return real.spawn(request);
		},
	});
	return {native, started: () => count};
};

test('a restore that was prepared for asks CRIU nothing any more, and the preparation leaves nothing', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('memory', ['memory', '1']);
	const {id, bundle} = scene.container;
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	const [cold, warm] = [counting(), counting()];
	const options = {root: world.root, criuPath: privateCriu};

	scene.become(await new RuntimeCore(cold.native, options).restore(id, {bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask('check'), 'ok');
	await scene.container.delete({force: true});

	const runtime = new RuntimeCore(warm.native, options);
	await runtime.prepareRestore({bundle});
	t.deepEqual(await runtime.list(), []);
	const asked = warm.started();
	t.true(asked > 0, 'CRIU was asked before');
	scene.become(await runtime.restore(id, {bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask('check'), 'ok');
	t.is(warm.started() - asked, cold.started() - asked, 'and not again');
});

test('what a restore would be refused for, it is refused for before anybody stops', async t => {
	const world = new CheckpointWorld(t);
	await t.throwsAsync(world.runtime.prepareRestore({bundle: '/nonexistent'}), {code: 'ERR_CONFIG_NOT_FOUND'});
	const bundle = world.bundle({args: ['true']});
	await t.throwsAsync(new RuntimeCore(linuxNative(), {root: world.root, criuPath: '/nonexistent'}).prepareRestore({bundle}), {code: 'ERR_CRIU_NOT_FOUND'});
});
