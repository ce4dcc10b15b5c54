import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Container, ContainerEvent, EventsOptions, Resources} from '../../ts/index.js';
import {behind, onlyCgroup2} from './private-mounts.js';
import {execOutput, systemTest as test, until, World} from './world.js';

const withResources = (resources: Resources) => ({
	edit(config: {linux: {resources?: unknown}}) {
		config.linux.resources = resources;
	},
});

/** Needs more memory than 16 MiB: the shell's own, as it doubles a string. */
const eat = ['sh', '-c', 'a=0123456789abcdef; while :; do a=$a$a; done'];

const collect = async (container: Container, options: EventsOptions = {}): Promise<ContainerEvent[]> => {
	const events: ContainerEvent[] = [];
	for await (const event of container.events(options)) {
		events.push(event);
	}

	return events;
};

/** Descriptors of the kinds that events() opens. */
const watching = (): number => readdirSync('/proc/self/fd').filter(fd => {
	try {
		return /eventfd|inotify|timerfd|memory\.pressure/.test(readlinkSync(`/proc/self/fd/${fd}`));
	} catch {
		return false;
	}
}).length;

test('a process that is killed for want of memory is told, and the end of the container is the end', async t => {
	const world = new World(t);
	const before = watching();
	const container = await world.start(withResources({memory: {limit: 16 << 20, swap: 16 << 20}}));
	const events = collect(container);
	t.is((await execOutput(container, eat)).signal, 'SIGKILL');
	await sleep(50);
	await container.kill('SIGKILL');
	const found = await events;
	t.true(found.length > 0);
	t.true(found.every(({type, id}) => type === 'oom' && id === container.id), JSON.stringify(found));
	t.is(watching(), before);
});

test('an init that is killed for want of memory is told before the end', async t => {
	const world = new World(t);
	const container = await world.create({args: eat, ...withResources({memory: {limit: 16 << 20, swap: 16 << 20}})});
	const events = collect(container);
	await container.start();
	t.deepEqual((await events).at(-1), {type: 'oom', id: container.id});
});

test('a container that ends without a shortage, or is deleted, tells of none', async t => {
	const world = new World(t);
	const container = await world.start();
	const events = collect(container);
	await sleep(20);
	await container.delete({force: true});
	t.deepEqual(await events, []);
	t.deepEqual(await collect(container), [], 'nor does one that is gone');
});

test('statistics come in time, until the signal', async t => {
	const world = new World(t);
	const before = watching();
	const container = await world.start();
	const abort = new AbortController();
	const types: string[] = [];
	for await (const event of container.events({intervalMs: 20, signal: abort.signal})) {
		types.push(event.type);
		if (event.type === 'stats') {
			t.true(event.data.pids.current >= 1);
		}

		if (types.length === 3) {
			abort.abort();
		}
	}

	t.deepEqual(types, ['stats', 'stats', 'stats']);
	t.is(watching(), before);
});

test('a wait for events can be given up at any time, and leaves nothing open', async t => {
	const world = new World(t);
	const before = watching();
	const container = await world.start();
	const iterator = container.events({intervalMs: 100_000, memoryPressure: 'low'});
	const pending = iterator.next();
	await until(() => watching() > before, 'the descriptors');
	await iterator.return!();
	t.deepEqual(await pending, {done: true, value: undefined});
	t.is(watching(), before);

	const abort = new AbortController();
	const events = collect(container, {signal: abort.signal, intervalMs: 100_000});
	await sleep(20);
	abort.abort();
	t.deepEqual(await events, []);
	t.deepEqual(await collect(container, {signal: AbortSignal.abort()}), []);
	for await (const {type} of container.events({intervalMs: 5})) {
		t.is(type, 'stats');
		break;
	}

	t.is(watching(), before);
});

test('memory that runs short is told', async t => {
	const world = new World(t);
	const container = await world.start({writable: true, ...withResources({memory: {limit: 24 << 20}})});
	const events = container.events({memoryPressure: 'low'});
	const first = events.next();
	await execOutput(container, ['sh', '-c', 'for i in 1 2 3; do dd if=/dev/zero of=/file bs=1M count=64 2>/dev/null; cat /file > /dev/null; done']);
	const event = await Promise.race([first, sleep(5000, undefined)]);
	t.deepEqual(event?.value, {type: 'pressure', id: container.id, level: 'low'});
	await events.return!();
});

test('wrong options are refused', async t => {
	const world = new World(t);
	const container = await world.start();
	t.throws(() => container.events({intervalMs: 0}), {code: 'ERR_ARGUMENT', message: /^intervalMs must be an integer/});
	t.throws(() => container.events({memoryPressure: 'much' as 'low'}), {code: 'ERR_ARGUMENT', message: /^memoryPressure must be one of low, medium, critical/});
});

test('on cgroup2 the pressure is watched by triggers, even without the memory controller', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000']});
	const id = world.id();
	t.deepEqual(await behind(world, onlyCgroup2, `
		const container = await runtime.run('${id}', {bundle: '${bundle}', stdio: 'ignore'});
		const one = async options => {
			const events = container.events(options);
			let type = 'pressure'; // Which a slow machine may be under
			while (type === 'pressure') {
				type = (await events.next()).value.type;
			}
			await events.return();
			return type;
		};
		const open = fs.readdirSync('/proc/self/fd').length;
		const found = [];
		for (const memoryPressure of ['low', 'medium', 'critical']) {
			found.push(await one({memoryPressure, intervalMs: 10}));
		}
		found.push(fs.readdirSync('/proc/self/fd').length - open);
		await container.delete({force: true});
		return found;
	`), ['stats', 'stats', 'stats', 0]);
});

const withoutPidNamespace = {
	args: ['sh', '-c', 'sleep 1000 & sleep 1000 & exec sleep 1000'],
	edit(config: {linux: {namespaces: Array<{type: string}>}; mounts?: unknown}) {
		config.linux.namespaces = config.linux.namespaces.filter(({type}) => type !== 'pid');
	},
};

const isAlive = (pid: number): boolean => {
	try {
		return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
};

test('SIGKILL to init ends everything, without a pid namespace, too', async t => {
	const world = new World(t);
	const container = await world.start(withoutPidNamespace as never);
	await until(async () => (await container.processes()).length === 3, 'the processes');
	const pids = await container.processes();
	await container.kill('SIGKILL');
	await container.wait();
	await until(() => !pids.some(isAlive), 'their end');
	t.is(await container.status(), 'stopped');
});

test('a signal to all reaches each process once, and a paused container stays paused', async t => {
	const world = new World(t);
	const script = 'trap "echo $0" USR1; echo ready; while :; do sleep 0.01; done';
	const container = await world.start({args: ['sh', '-c', `sh -c '${script}' one & sh -c '${script}' two & trap : USR1; while :; do wait; done`]}, {stdio: ['ignore', 'pipe', 'ignore']});
	let said = '';
	container.stdout!.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	await until(() => said === 'ready\nready\n', 'both');
	said = '';
	await container.kill('SIGUSR1', {all: true});
	await until(() => said.length >= 8, 'both');
	t.deepEqual(said.trim().split('\n').sort(), ['one', 'two']);

	await container.pause();
	await container.kill('SIGUSR1', {all: true});
	t.is(await container.status(), 'paused');
	await container.kill('SIGKILL', {all: true});
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGKILL'});
	await container.kill('SIGTERM', {all: true});
	container.stdout!.destroy();
});
