// Containers of one bundle, of which only the first are planned and encoded.
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {outputOf, systemTest as test, World} from './world.js';

test('containers of one bundle are each told who they are, and what they left is theirs', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['cat', '/proc/self/cgroup']});
	for (let count = 0; count < 5; count++) {
		const id = world.id();
		const container = await world.runtime.run(id, {bundle, stdio: ['ignore', 'pipe', 'inherit']});
		t.regex((await outputOf(container)).stdout, new RegExp(`:.*/${id}$`, 'm'));
		const state = await container.state();
		t.is(state.id, id);
		t.is((JSON.parse(readFileSync(join(world.root, id, 'state.json'), 'utf8')) as {pid: number}).pid, container.pid);
		await container.delete();
		await t.throwsAsync(world.runtime.load(id), {code: 'ERR_CONTAINER_NOT_FOUND'});
	}
});

test('a config.json that is written anew is the one of the next container', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['echo', 'first']});
	const path = join(bundle, 'config.json');
	const said = async (): Promise<string> => {
		const container = await world.runtime.run(world.id(), {bundle, stdio: ['ignore', 'pipe', 'inherit']});
		return (await outputOf(container)).stdout;
	};

	t.deepEqual([await said(), await said(), await said()], ['first\n', 'first\n', 'first\n']);
	writeFileSync(path, readFileSync(path, 'utf8').replace('first', 'other'));
	t.deepEqual([await said(), await said(), await said()], ['other\n', 'other\n', 'other\n']);
	rmSync(path);
	await t.throwsAsync(said(), {code: 'ERR_CONFIG_NOT_FOUND'});
});
