// The Node program is killed in the middle of something: what it leaves can be listed, and deleted by another.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chownSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Status} from '../../ts/index.js';
import {projectPath} from '../support/paths.js';
import {stateIn} from './leftovers.js';
import {systemTest as test, World} from './world.js';

/** A container with a user namespace has more steps, and a fork in between. */
const inUserNamespace = (world: World): string => world.bundle({args: ['sleep', '1000'], writable: true, prepare(rootfs) {
	for (const name of ['.', ...readdirSync(rootfs)]) {
		chownSync(join(rootfs, name), 100_000, 100_000);
	}
}, edit(config) {
	config.linux.namespaces!.push({type: 'user'});
	config.linux.uidMappings = [{containerID: 0, hostID: 100_000, size: 65_536}];
	config.linux.gidMappings = [{containerID: 0, hostID: 100_000, size: 65_536}];
}});

/** What a program does until it is killed; it says when it begins. */
const life = (root: string, id: string, bundle: string): string => `
	const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
	const runtime = new Runtime({root: ${JSON.stringify(root)}});
	(async () => {
		const options = {bundle: ${JSON.stringify(bundle)}, stdio: 'pipe'};
		for (let round = 0; ; round++) {
			const begin = performance.now();
			const container = await runtime.create('${id}', options);
			await container.start();
			await container.exec({args: ['sleep', '1000'], stdio: 'pipe'});
			await container.pause();
			await container.delete({force: true});
			if (round === 1) process.stdout.write(String(performance.now() - begin)); // Warm, from here on
		}
	})();
`;

/** Kills the program in the course of a life, at this part of it. Returns what was left of the container. */
const killAt = async (t: ExecutionContext, world: World, bundle: string, part: number): Promise<Status | 'nothing'> => {
	const id = world.id();
	const child = spawn(process.execPath, ['-e', life(world.root, id, bundle)], {stdio: ['ignore', 'pipe', 'inherit']});
	const ended = once(child, 'exit');
	const [lifeMs] = await once(child.stdout, 'data') as [Buffer];
	const milliseconds = part * Number(lifeMs);
	const end = performance.now() + milliseconds;
	while (performance.now() < end) {
		// A timer is not that exact
	}

	child.kill('SIGKILL');
	t.deepEqual(await ended, [null, 'SIGKILL']);

	const states = await world.runtime.list();
	t.deepEqual(states.map(state => state.id), stateIn(world.root));
	for (const state of states) {
		await (await world.runtime.load(state.id)).delete({force: true});
	}

	t.deepEqual(await world.leftBehind(), {descriptors: [], state: [], cgroups: [], processes: [], mounts: []}, `killed after ${milliseconds} ms`);
	return states[0]?.status ?? 'nothing';
};

const rounds = Number(process.env['CTNATIVE_KILLS'] ?? 30);

for (const [what, bundleOf] of [['a container', (world: World) => world.bundle({args: ['sleep', '1000']})], ['a container with a user namespace', inUserNamespace]] as const) {
	test(`whenever a program is killed that makes, runs and deletes ${what}, nothing is left after delete with force`, async t => {
		const world = new World(t);
		const bundle = bundleOf(world);
		const seen = new Map<string, number>();
		for (let round = 0; round < rounds; round++) {
			const status = await killAt(t, world, bundle, round / rounds);
			seen.set(status, (seen.get(status) ?? 0) + 1);
		}

		t.log(Object.fromEntries(seen));
		t.true(seen.size >= 2, 'it was hit at more than one point');
	});
}

test('a state directory that is empty, or holds half a state, is a stopped container that can be deleted', async t => {
	const world = new World(t);
	const ids = [world.id(), world.id(), world.id()];
	for (const [index, files] of [[], ['state.json'], ['state.json', 'config.json']].entries()) {
		mkdirSync(join(world.root, ids[index]!), {recursive: true});
		for (const file of files) {
			writeFileSync(join(world.root, ids[index]!, file), '{"version": 1, "id');
		}
	}

	t.deepEqual((await world.runtime.list()).map(({id, status}) => [id, status]), ids.map(id => [id, 'stopped']));
	for (const id of ids) {
		const container = await world.runtime.load(id);
		await t.throwsAsync(container.kill(), {code: 'ERR_CONTAINER_NOT_RUNNING'});
		await t.throwsAsync(container.start(), {code: 'ERR_CONTAINER_STATUS'});
		await container.delete({force: true});
	}

	t.deepEqual(stateIn(world.root), []);
});
