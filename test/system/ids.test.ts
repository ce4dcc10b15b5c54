// Ids, and the directory and the cgroups that they name.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type CtnError, Runtime} from '../../ts/index.js';
import {systemTest as test, World} from './world.js';

test('an id that is none is refused', async t => {
	const world = new World(t);
	for (const id of ['', '.', '..', 'a/b', '../a', 'a b', 'ä', 'a\0', 'a\n', 7 as unknown as string, undefined as unknown as string, `${'a'.repeat(256)}`]) {
		await t.throwsAsync(world.runtime.create(id, {bundle: world.bundle()}), {code: 'ERR_CONTAINER_ID'}, JSON.stringify(id));
		await t.throwsAsync(world.runtime.load(id), {code: 'ERR_CONTAINER_ID'}, JSON.stringify(id));
	}

	await t.throwsAsync(world.runtime.load('nobody'), {code: 'ERR_CONTAINER_NOT_FOUND', message: 'container nobody does not exist'});
});

test('an id with every character there may be works', async t => {
	const world = new World(t);
	const id = `${world.id()}_A+b.9-`;
	const container = await world.runtime.run(id, {bundle: world.bundle({args: ['true']}), stdio: 'ignore'});
	await container.wait();
	t.is((await world.runtime.list())[0]?.id, id);
});

test('an id in use is refused, and whoever has it is not disturbed', async t => {
	const world = new World(t);
	const container = await world.start();
	await t.throwsAsync(world.runtime.create(container.id, {bundle: world.bundle(), stdio: 'pipe'}), {code: 'ERR_CONTAINER_EXISTS', message: `container ${container.id} exists already`});
	t.is(await container.status(), 'running');
	t.deepEqual(await container.processes(), [container.pid]);
});

test('the cgroup of a container below another root is not taken over', async t => {
	const [other, one] = [new World(t), new World(t)]; // The last one ends first
	const container = await one.start();
	await t.throwsAsync(other.runtime.create(container.id, {bundle: other.bundle(), stdio: 'ignore'}), {code: 'ERR_CGROUP_LAYOUT', message: /is not empty: it has 1 process/});
	t.is(await container.status(), 'running');
});

test('of many that create a container with one id, one does, and the others do not harm it', async t => {
	const world = new World(t);
	for (let round = 0; round < 5; round++) {
		const bundle = world.bundle({args: ['sleep', '1000']});
		const id = world.id();
		const results = await Promise.allSettled(Array.from({length: 6}, async () => world.runtime.create(id, {bundle, stdio: 'pipe'})));
		const made = results.flatMap(result => result.status === 'fulfilled' ? [result.value] : []);
		t.is(made.length, 1);
		t.true(results.every(result => result.status === 'fulfilled' || (result.reason as CtnError).code === 'ERR_CONTAINER_EXISTS'));
		await made[0]!.start();
		t.is(await made[0]!.status(), 'running');
		for (const stream of [made[0]!.stdin, made[0]!.stdout, made[0]!.stderr]) {
			stream!.destroy();
		}
	}
});

test('the state directory is made with all above it, may be deep, and may hold what is no container', async t => {
	const world = new World(t);
	const root = join(world.root, 'd'.repeat(100), 'e'.repeat(100));
	const runtime = new Runtime({root});
	t.deepEqual(await runtime.list(), []);
	const container = await runtime.run(world.id(), {bundle: world.bundle({args: ['sleep', '1000']}), stdio: 'ignore'});
	mkdirSync(join(root, 'not an id'));
	writeFileSync(join(root, 'file'), '');
	t.deepEqual((await runtime.list()).map(({id, status}) => [id, status]), [[container.id, 'running']]);
	await container.delete({force: true});
	rmSync(join(world.root, 'd'.repeat(100)), {recursive: true});
});
