import {readdirSync, readFileSync} from 'node:fs';
import {type CtnError, Runtime} from '../../ts/index.js';
import {descriptors} from './leftovers.js';
import {execOutput, outputOf, systemTest as test, until, World} from './world.js';

test('eight containers at a time, ten times over, each with its own output', async t => {
	const world = new World(t);
	const bundles = Array.from({length: 8}, (_, n) => world.bundle({args: ['sh', '-c', `echo ${n}; exit ${n}`]}));
	for (let round = 0; round < 10; round++) {
		const outputs = await Promise.all(bundles.map(async bundle => {
			const container = await world.runtime.run(world.id(), {bundle, stdio: ['ignore', 'pipe', 'pipe']});
			const output = await outputOf(container);
			await container.delete();
			return output;
		}));
		t.deepEqual(outputs, bundles.map((_, n) => ({code: n, signal: null, stdout: `${n}\n`, stderr: ''})), `round ${round}`);
	}

	t.deepEqual(await world.runtime.list(), []);
});

test('fifty containers one after the other leave no descriptor behind', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['true']});
	const once = async (): Promise<void> => {
		const container = await world.runtime.create(world.id(), {bundle, stdio: 'ignore'});
		await container.start();
		await container.wait();
		await container.delete();
	};

	await once();
	const before = descriptors();
	for (let round = 0; round < 50; round++) {
		await once();
		t.true(descriptors().length <= before.length, `round ${round}`);
	}

	t.deepEqual(descriptors(), before);
});

test('fifty programs in a container, and fifty failures, leave no descriptor behind', async t => {
	const world = new World(t);
	const container = await world.start();
	const missing = world.bundle({args: ['nonesuch']});
	const once = async (): Promise<void> => {
		await execOutput(container, ['true']);
		await container.exec({args: ['nonesuch'], stdio: 'pipe'}).catch(() => {});
		await world.runtime.create(world.id(), {bundle: missing, stdio: 'pipe'}).catch(() => {});
	};

	await once();
	await world.leftBehind();
	const before = descriptors().length;
	for (let round = 0; round < 50; round++) {
		await once();
	}

	await until(() => descriptors().length <= before, `no more than ${before} descriptors`); // Streams close in their own time
	t.pass();
});

test('many runtimes share what one needs of the machine', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['nonesuch']});
	const use = async (): Promise<unknown> => new Runtime({root: world.root}).create(world.id(), {bundle, stdio: 'ignore'}).catch(() => {});
	await use();
	const before = readdirSync('/proc/self/fd').length;
	for (let round = 0; round < 20; round++) {
		await use();
	}

	t.true(readdirSync('/proc/self/fd').length <= before, `${before} before, ${readdirSync('/proc/self/fd').length} now`);
});

test('containers of one pid namespace and one volume can be made and deleted at once', async t => {
	const world = new World(t);
	const first = await world.start();
	const bundle = world.bundle({args: ['sleep', '1000'], edit(config) {
		config.linux.namespaces = config.linux.namespaces!.map(namespace => namespace.type === 'pid' ? {type: 'pid', path: `/proc/${first.pid}/ns/pid`} : namespace);
	}});
	const others = await Promise.all(Array.from({length: 6}, async () => world.runtime.run(world.id(), {bundle, stdio: 'ignore'})));
	await Promise.all(others.map(async other => other.delete({force: true})));
	t.is(await first.status(), 'running');
	t.deepEqual(await first.processes(), [first.pid]);
});

test('a program of exec that fails at once leaves no zombie, however the processes take turns', async t => {
	const world = new World(t);
	const container = await world.start();
	for (let round = 0; round < 12; round++) {
		const results = await Promise.allSettled(Array.from({length: 16}, async () => container.exec({args: ['nonesuch']})));
		t.true(results.every(result => result.status === 'rejected' && (result.reason as CtnError).code === 'ERR_COMMAND_NOT_FOUND'));
	}

	t.deepEqual(await container.processes(), [container.pid]);
	// Of whichever thread had started them
	const children = readdirSync('/proc/self/task').flatMap(thread => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean));
	t.deepEqual(children, [String(container.pid)]);
});
