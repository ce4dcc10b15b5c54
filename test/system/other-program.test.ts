import {descriptors} from './leftovers.js';
import {elsewhere, execOutput, systemTest as test, until, World} from './world.js';

const load = (id: string): string => `const container = await runtime.load('${id}');`;

test('a container outlives the program that made it', async t => {
	const world = new World(t);
	const id = world.id();
	const bundle = world.bundle({args: ['sleep', '1000']});
	const pid = await elsewhere(world, `const container = await runtime.run('${id}', {bundle: '${bundle}', stdio: 'ignore'}); return container.pid`) as number;

	const container = await world.runtime.load(id);
	t.is(container.pid, pid);
	t.is(container.bundle, bundle);
	t.is(await container.status(), 'running');
	t.like(await execOutput(container, ['echo', 'still here']), {code: 0, stdout: 'still here\n'});
	t.deepEqual((await world.runtime.list()).map(state => [state.id, state.status]), [[id, 'running']]);

	const ended = container.wait();
	await container.kill('SIGKILL');
	t.deepEqual(await ended, {code: null, signal: null}, 'only the parent is told how it ended');
	t.is(await container.status(), 'stopped');
	await container.delete();
});

test('one program creates, another starts, a third one waits and deletes', async t => {
	const world = new World(t);
	const id = world.id();
	const bundle = world.bundle({args: ['sh', '-c', 'until [ -e /dev/shm/end ]; do usleep 1000; done']});
	t.is(await elsewhere(world, `return (await runtime.create('${id}', {bundle: '${bundle}', stdio: 'ignore'})).status()`), 'created');
	t.is(await elsewhere(world, `${load(id)} await container.start(); return container.status()`), 'running');
	t.deepEqual(await elsewhere(world, `${load(id)} const end = container.wait(); await container.exec({args: ['touch', '/dev/shm/end']}); const status = await end; await container.delete(); return status`), {code: null, signal: null});
	t.deepEqual(await world.runtime.list(), []);
});

test('what another program does with a container is seen by the one that made it', async t => {
	const world = new World(t);
	const container = await world.create({args: ['sleep', '1000']});
	await elsewhere(world, `${load(container.id)} await container.start()`);
	t.is(await container.status(), 'running');
	t.deepEqual(
		await elsewhere(world, `${load(container.id)} const process = await container.exec({args: ['sh', '-c', 'exit 7']}); return process.wait()`),
		{code: 7, signal: null},
	);
	t.like(await elsewhere(world, `${load(container.id)} return container.state()`), {id: container.id, status: 'running', pid: container.pid});

	await elsewhere(world, `${load(container.id)} await container.kill('KILL')`);
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGKILL'});
	await elsewhere(world, `${load(container.id)} await container.delete()`);
	await t.throwsAsync(world.runtime.load(container.id), {code: 'ERR_CONTAINER_NOT_FOUND'});
});

test('a container that was deleted and made anew is another one', async t => {
	const world = new World(t);
	const container = await world.start();
	const id = container.id;
	await elsewhere(world, `${load(id)} await container.delete({force: true})`);
	await container.wait();
	t.is(await container.status(), 'stopped');
	await world.runtime.create(id, {bundle: container.bundle, stdio: 'ignore'});

	t.is(await container.status(), 'stopped');
	await t.throwsAsync(container.kill('SIGKILL'), {code: 'ERR_CONTAINER_NOT_RUNNING'});
});

test('of two programs that start a container at once, exactly one does', async t => {
	const world = new World(t);
	for (let round = 0; round < 12; round++) {
		const {id} = await world.create({args: ['sleep', '1000']});
		// Both wait for the same moment
		const at = Date.now() + 250;
		const body = `${load(id)} await container.status(); while (Date.now() < ${at}); await container.start(); return 'started'`;
		const results = await Promise.all([elsewhere(world, body), elsewhere(world, body)]);
		const failed = results.filter(result => result !== 'started');
		t.deepEqual(failed, [{error: 'ERR_CONTAINER_STATUS'}], `round ${round}`);
	}
});

test('of many starts within one program, exactly one does', async t => {
	const world = new World(t);
	for (let round = 0; round < 20; round++) {
		const container = await world.create({args: ['sleep', '1000']});
		const results = await Promise.allSettled(Array.from({length: 4}, async () => container.start()));
		t.is(results.filter(({status}) => status === 'fulfilled').length, 1, `round ${round}`);
		for (const result of results) {
			if (result.status === 'rejected') {
				t.like(result.reason, {code: 'ERR_CONTAINER_STATUS', message: `cannot start container ${container.id}: it is running, not created`});
			}
		}

		await container.delete({force: true});
	}
});

test('a program that only asks how it is does not start a container, and does not disturb its start', async t => {
	const world = new World(t);
	const container = await world.create({args: ['sleep', '1000']});
	const states = await Promise.all(Array.from({length: 20}, async () => container.status()));
	t.deepEqual(new Set(states), new Set(['created']));

	const [, ...during] = await Promise.all([container.start(), ...Array.from({length: 20}, async () => container.status())]);
	t.true(during.every(status => status === 'created' || status === 'running'), during.join());
	await until(async () => await container.status() === 'running', 'the program');
});

test('a container that is loaded again and again to be signalled leaves no descriptor open', async t => {
	const world = new World(t);
	const {id} = await world.start();
	const before = descriptors();
	for (let count = 0; count < 20; count++) {
		const container = await world.runtime.load(id);
		await container.kill('SIGCONT');
		await container.state();
	}

	t.deepEqual(descriptors(), before);
	const loaded = await world.runtime.load(id);
	await Promise.all([loaded.kill('SIGKILL'), loaded.wait(), loaded.wait()]);
	await t.throwsAsync(loaded.kill('SIGTERM'), {code: 'ERR_CONTAINER_NOT_RUNNING'});
	await t.throwsAsync((await world.runtime.load(id)).kill('SIGTERM'), {code: 'ERR_CONTAINER_NOT_RUNNING'});
});
