import {createInterface} from 'node:readline';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {elsewhere, systemTest as test, until, World} from './world.js';

const counter = 'i=0; while :; do i=$((i+1)); echo $i > /count; done';

const sleep = async (milliseconds: number): Promise<void> => new Promise(resolve => {
	setTimeout(resolve, milliseconds);
});

const counting = async (world: World) => {
	const bundle = world.bundle({writable: true, args: ['sh', '-c', counter]});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	const count = (): number => Number(readFileSync(join(bundle, 'rootfs/count'), 'utf8'));
	await until(() => {
		try {
			return count() > 0;
		} catch {
			return false; // Not written yet
		}
	}, 'the first count');
	return {container, count};
};

test('a paused container stands still, and goes on where it was', async t => {
	const world = new World(t);
	const {container, count} = await counting(world);

	await container.pause();
	t.is(await container.status(), 'paused');
	const paused = count();
	await sleep(100);
	t.is(count(), paused);

	await container.resume();
	t.is(await container.status(), 'running');
	await until(() => count() > paused, 'the count to go on');
});

test('pause and resume fit the status, or are refused', async t => {
	const world = new World(t);
	const container = await world.start();
	await t.throwsAsync(container.resume(), {code: 'ERR_CONTAINER_STATUS', message: `cannot resume container ${container.id}: it is running, not paused`});
	await container.pause();
	await t.throwsAsync(container.pause(), {code: 'ERR_CONTAINER_STATUS', message: /it is paused/});
	await t.throwsAsync(container.exec({args: ['true']}), {code: 'ERR_CONTAINER_STATUS', message: /it is paused/});
	await container.resume();
	await container.kill('SIGKILL');
	await container.wait();
	await t.throwsAsync(container.pause(), {code: 'ERR_CONTAINER_STATUS', message: /it is stopped/});
	await t.throwsAsync(container.resume(), {code: 'ERR_CONTAINER_STATUS', message: /it is stopped/});
});

test('a container that was paused before its start cannot be started until it is resumed', async t => {
	const world = new World(t);
	const container = await world.create({args: ['sleep', '1000']});
	await container.pause();
	t.is(await container.status(), 'paused');
	await t.throwsAsync(container.start(), {code: 'ERR_CONTAINER_STATUS', message: `cannot start container ${container.id}: it is paused, not created`});

	await container.resume();
	t.is(await container.status(), 'created');
	await container.start();
	t.is(await container.status(), 'running');
});

test('a paused container can be killed', async t => {
	const world = new World(t);
	const container = await world.start();
	await container.pause();
	await container.kill('SIGKILL');
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGKILL'});
});

test('another program sees that a container is paused, and resumes it', async t => {
	const world = new World(t);
	const {container, count} = await counting(world);
	const load = `const container = await runtime.load('${container.id}');`;

	t.is(await elsewhere(world, `${load} await container.pause(); return container.status()`), 'paused');
	t.is(await container.status(), 'paused');
	const paused = count();
	t.is(await elsewhere(world, `${load} await container.resume(); return container.status()`), 'running');
	await until(() => count() > paused, 'the count to go on');
});

test('a signal to a paused container wakes nobody, and leaves it paused', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'trap "echo heard" USR1; echo ready; while :; do sleep 0.01; done']}, {stdio: ['ignore', 'pipe', 'ignore']});
	const lines = createInterface({input: container.stdout!})[Symbol.asyncIterator]();
	await lines.next();
	await container.pause();
	for (let count = 0; count < 50; count++) {
		await container.kill('SIGUSR1');
		t.is(await container.status(), 'paused');
	}

	await container.resume();
	t.is((await lines.next()).value, 'heard');
});
