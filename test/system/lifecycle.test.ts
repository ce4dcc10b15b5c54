import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir} from '../support/bundle.js';
import {execOutput, outputOf, systemTest as test, until, World} from './world.js';

test('create leaves init waiting: the program has not begun until start', async t => {
	const world = new World(t);
	const bundle = world.bundle({writable: true, args: ['sh', '-c', 'touch /begun; sleep 1000']});
	const container = await world.runtime.create(world.id(), {bundle, stdio: 'ignore'});

	t.is(await container.status(), 'created');
	t.regex(readFileSync(`/proc/${container.pid}/comm`, 'utf8'), /ctn-init/);
	await new Promise(resolve => {
		setTimeout(resolve, 100);
	});
	t.false(existsSync(join(bundle, 'rootfs/begun')));

	await container.start();
	t.is(await container.status(), 'running');
	await until(() => existsSync(join(bundle, 'rootfs/begun')), 'the program');
});

test('run does not stop where nobody has anything to do before start', async t => {
	const world = new World(t);
	const container = await world.runtime.run(world.id(), {bundle: world.bundle({args: ['sleep', '1000']}), stdio: 'ignore'});

	t.is(await container.status(), 'running');
	t.is(readFileSync(`/proc/${container.pid}/comm`, 'utf8'), 'sleep\n');
	t.false(existsSync(join(world.root, container.id, 'start.sock')));
	t.like(await t.throwsAsync(container.start()), {code: 'ERR_CONTAINER_STATUS'});
	t.is(await (await world.runtime.load(container.id)).status(), 'running');

	const broken = world.bundle({writable: true, args: ['/broken']});
	writeFileSync(join(broken, 'rootfs/broken'), 'no format that can be executed', {mode: 0o755});
	const id = world.id();
	t.like(await t.throwsAsync(world.runtime.run(id, {bundle: broken, stdio: 'ignore'})), {code: 'ERR_COMMAND_NOT_EXECUTABLE', errno: 'ENOEXEC'});
	await t.throwsAsync(world.runtime.load(id), {code: 'ERR_CONTAINER_NOT_FOUND'});
});

test('a container tells how its program ended: with a code, or by a signal', async t => {
	const world = new World(t);

	t.like(await world.shell('exit 0'), {code: 0, signal: null});
	t.like(await world.shell('exit 42'), {code: 42, signal: null});
	t.like(await world.shell('exit 255'), {code: 255, signal: null});
	t.like(await world.shell('sh -c "kill -9 \\$\\$"; exit $?'), {code: 137, signal: null});

	const container = await world.start();
	await container.kill('SIGKILL');
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGKILL'});
});

test('wait tells the same to everyone, during and after', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'exit 3']});

	const all = await Promise.all([container.wait(), container.wait()]);
	t.deepEqual([...all, await container.wait()], Array(3).fill({code: 3, signal: null}));
	t.is(await container.status(), 'stopped');
	await container.delete();
	t.deepEqual(await container.wait(), {code: 3, signal: null});
});

test('kill takes names and numbers, and the program may handle the signal', async t => {
	const world = new World(t);
	const script = 'trap "exit 10" TERM; trap "exit 11" USR1; trap "exit 12" HUP; echo ready; while :; do sleep 0.02; done';
	for (const [signal, code] of [['SIGTERM', 10], [undefined, 10], ['SIGUSR1', 11], [1, 12]] as const) {
		const container = await world.start({args: ['sh', '-c', script]}, {stdio: ['ignore', 'pipe', 'ignore']});
		await new Promise(resolve => {
			container.stdout!.once('data', resolve);
		});
		await container.kill(signal);
		t.like(await outputOf(container), {code, signal: null}, `signal ${signal ?? 'by default'}`);
	}
});

test('kill refuses a signal that does not exist, and a container that has ended', async t => {
	const world = new World(t);
	const container = await world.start();
	await t.throwsAsync(container.kill('SIGNOPE' as 'SIGTERM'), {code: 'ERR_ARGUMENT'});
	await t.throwsAsync(container.kill(65), {code: 'ERR_ARGUMENT'});
	t.is(await container.status(), 'running');

	await container.kill('SIGKILL');
	await container.wait();
	await t.throwsAsync(container.kill(), {code: 'ERR_CONTAINER_NOT_RUNNING', message: `container ${container.id} is not running`});
	const loaded = await world.runtime.load(container.id);
	await t.throwsAsync(loaded.kill(9), {code: 'ERR_CONTAINER_NOT_RUNNING'});
	t.deepEqual(await loaded.wait(), {code: null, signal: null});
});

test('a second start is refused, as is one of a container that has ended', async t => {
	const world = new World(t);
	const container = await world.start();
	await t.throwsAsync(container.start(), {code: 'ERR_CONTAINER_STATUS', message: `cannot start container ${container.id}: it is running, not created`});

	await container.kill('SIGKILL');
	await container.wait();
	await t.throwsAsync(container.start(), {code: 'ERR_CONTAINER_STATUS', message: /it is stopped/});

	const killed = await world.create();
	await killed.kill('SIGKILL');
	await killed.wait();
	await t.throwsAsync(killed.start(), {code: 'ERR_CONTAINER_STATUS', message: /it is stopped/});
});

test('delete refuses what runs or is paused, and takes what is created or has ended', async t => {
	const world = new World(t);
	const container = await world.start();
	await t.throwsAsync(container.delete(), {code: 'ERR_CONTAINER_STATUS', message: /it is running/});
	await container.pause();
	await t.throwsAsync(container.delete(), {code: 'ERR_CONTAINER_STATUS', message: /it is paused/});
	t.is(await container.status(), 'paused');
	await container.resume();
	await container.kill('SIGKILL');
	await container.wait();
	await container.delete();
	await t.throwsAsync(world.runtime.load(container.id), {code: 'ERR_CONTAINER_NOT_FOUND'});

	const created = await world.create();
	await created.delete();
	t.deepEqual((await world.leftBehind()).processes, []);
	t.deepEqual(await world.runtime.list(), []);
});

test('delete with force ends a container in any status, with all its processes', async t => {
	const world = new World(t);
	const running = await world.start({args: ['sh', '-c', 'sleep 1000 & sleep 1000 & wait']});
	const paused = await world.start();
	await paused.pause();
	const created = await world.create();
	const ended = await world.start({args: ['true']});
	await ended.wait();

	for (const container of [running, paused, created, ended]) {
		await container.delete({force: true});
	}

	t.deepEqual(await world.runtime.list(), []);
	t.deepEqual((await world.leftBehind()).processes, []);
	t.deepEqual(await running.wait(), {code: null, signal: 'SIGKILL'});
});

test('delete of a container that is gone already does no harm', async t => {
	const world = new World(t);
	const container = await world.start({args: ['true']});
	await container.wait();
	const loaded = await world.runtime.load(container.id);
	await container.delete();
	await t.notThrowsAsync(loaded.delete({force: true}));
});

test('several programs may delete a container at once', async t => {
	const world = new World(t);
	const container = await world.start();
	const others = await Promise.all([1, 2, 3].map(async () => world.runtime.load(container.id)));
	await t.notThrowsAsync(Promise.all([container, ...others].map(async each => each.delete({force: true}))));
	t.deepEqual(await world.runtime.list(), []);
});

test('a bundle may have any name, and a program many arguments and variables', async t => {
	const world = new World(t);
	const odd = join(tempDir(world), 'a b\n\u{fc}\'"\\');
	const bundle = world.bundle({writable: true, args: ['sh', '-c', 'echo $# ${#TEXT} $(env | wc -l)', 'sh', ...Array<string>(30_000).fill('x')], edit(config) {
		config.process.env!.push(`TEXT=${'t'.repeat(100_000)}`, ...Array.from({length: 2000}, (_, n) => `VARIABLE_${n}=value`));
	}});
	renameSync(bundle, odd);
	const container = await world.runtime.run(world.id(), {bundle: odd, stdio: ['ignore', 'pipe', 'pipe']});
	t.like(await outputOf(container), {code: 0, stdout: '30000 100000 2006\n'});
});

test('run creates and starts, and leaves nothing when the program cannot be started', async t => {
	const world = new World(t);
	const container = await world.runtime.run(world.id(), {bundle: world.bundle({args: ['sleep', '1000']}), stdio: 'ignore'});
	t.is(await container.status(), 'running');
	t.like(await execOutput(container, ['echo', 'hello']), {stdout: 'hello\n', code: 0});
	await container.delete({force: true});

	const bundle = world.bundle({writable: true, args: ['/broken'], prepare: rootfs => {
		// Found when it is created, refused by the kernel when it is executed
		writeFileSync(join(rootfs, 'broken'), 'neither a script nor a program', {mode: 0o755});
	}});
	await t.throwsAsync(world.runtime.run(world.id(), {bundle, stdio: 'ignore'}), {code: 'ERR_COMMAND_NOT_EXECUTABLE', message: /ENOEXEC/});
	t.deepEqual(await world.runtime.list(), []);
});

test('the state of a container is that of the OCI, and more', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000'], edit: config => {
		config.annotations = {'org.example.key': 'value'};
	}});
	const id = world.id();
	const container = await world.runtime.create(id, {bundle, stdio: 'ignore'});
	const state = await container.state();
	t.like(state, {id, status: 'created', pid: container.pid, bundle, annotations: {'org.example.key': 'value'}});
	t.regex(state.ociVersion, /^1\.\d+\.\d+/);
	t.true(Math.abs(Date.now() - Date.parse(state.created)) < 10_000);
	t.true(existsSync(state.rootfs));
	t.deepEqual(await world.runtime.list(), [state]);

	await container.delete({force: true});
	t.is((await container.state()).status, 'stopped');
	t.falsy((await container.state()).pid);
});
