// sd_notify(3): a container whose program tells a service manager that it is ready.
import {spawn, spawnSync} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CreateOptions} from '../../ts/index.js';
import {tempDir, type BundleOptions} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {buildWorkload} from '../support/workload.js';
import {checkpointTest, CheckpointWorld, Lines} from './checkpoint-world.js';
import {elsewhere, execOutput, systemTest as test, until, World} from './world.js';

/** A service manager, as far as it listens. */
const manager = async (world: World): Promise<{path: string; lines: Lines}> => {
	const path = join(tempDir(world), 'manager.sock');
	const child = spawn(buildWorkload('notify'), ['listen', path], {stdio: ['ignore', 'pipe', 'inherit']});
	const ended = new Promise(resolve => {
		child.once('exit', resolve);
	});
	world.teardown(async () => {
		child.kill('SIGKILL');
		await ended;
	});
	const lines = new Lines(child.stdout);
	await lines.next();
	return {path, lines};
};

const saying = (...messages: string[]): BundleOptions => ({
	args: ['/bin/notify', ...messages],
	writable: true,
	prepare(rootfs) {
		copyFileSync(buildWorkload('notify'), join(rootfs, 'bin/notify'));
		mkdirSync(join(rootfs, 'run/notify'), {recursive: true}); // Root of a user namespace may not
	},
});

test('READY=1 of the program, and nothing else, is passed on with its pid, and start waits for it', async t => {
	const world = new World(t);
	const {path, lines} = await manager(world);
	const container = await world.create(saying('wait', 'STATUS=loading', 'MAINPID=1\nREADY=0', 'X=1\nREADY=1\nFDSTORE=1'), {notifySocket: path, stdio: ['pipe', 'ignore', 'ignore']});
	let isReady = false;
	const started = container.start().then(() => {
		isReady = true;
	});
	await until(async () => await container.status() === 'running', 'the program');
	t.false(isReady);
	container.stdin!.write('\n');
	await started;
	t.deepEqual([await lines.next(), await lines.next(), await lines.next()], ['READY=1', `MAINPID=${container.pid}`, 'BARRIER=1']);
	t.regex(readFileSync(`/proc/${container.pid}/mountinfo`, 'utf8'), /notify \/run\/notify ro,nosuid,nodev,noexec/);
	t.is((await execOutput(container, ['sh', '-c', 'echo -$NOTIFY_SOCKET-'])).stdout, '--\n', 'a process of exec is not told of it');
});

test('another program that starts it passes it on, to a socket without a file, too, and in a user namespace', async t => {
	const world = new World(t);
	const {path, lines} = await manager(world);
	const id = world.id();
	await world.runtime.create(id, {stdio: 'ignore', notifySocket: path, bundle: world.bundle({...saying('READY=1'), edit: config => {
		const mapping = [{containerID: 0, hostID: 100_000, size: 65_536}];
		config.linux.namespaces!.push({type: 'user'});
		Object.assign(config.linux, {uidMappings: mapping, gidMappings: mapping});
	}})});
	await elsewhere(world, `await (await runtime.load('${id}')).start({mainPid: 4242})`);
	t.deepEqual([await lines.next(), await lines.next()], ['READY=1', 'MAINPID=4242']);
});

test('a program that ends before it is ready ends the wait', async t => {
	const world = new World(t);
	const {path} = await manager(world);
	const container = await world.create({...saying('STATUS=no'), edit: config => {
		config.process.env!.push('EXIT=1');
	}}, {notifySocket: path});
	await container.start();
	t.deepEqual(await container.wait(), {code: 7, signal: null});
	await container.delete();
	t.false(existsSync(`${world.root}/${container.id}`));
});

test('a socket that cannot be had is refused before anything is made', async t => {
	const world = new World(t);
	const refused = async (more: Partial<CreateOptions>, message: RegExp, options: BundleOptions = {}) => {
		await t.throwsAsync(world.create(options, more), {code: 'ERR_ARGUMENT', message});
		t.deepEqual(await world.runtime.list(), []);
	};

	await refused({notifySocket: 'relative'}, /absolute path or "@name"/);
	await refused({notifySocket: `${world.root}/nobody`}, /cannot be connected to: ENOENT/);
	await refused({notifySocket: '@nobody-listens-here'}, /cannot be connected to: ECONNREFUSED/);
	const {path} = await manager(world);
	await refused({notifySocket: path}, /needs a mount namespace/, {edit: config => {
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'mount');
		config.mounts = [];
		config.root.readonly = false;
		Object.assign(config.linux, {maskedPaths: [], readonlyPaths: []});
	}});
});

checkpointTest('a restored program was ready before: that is said at once', async t => {
	const world = new CheckpointWorld(t);
	const {path, lines} = await manager(world);
	const container = await world.create(saying('READY=1'), {notifySocket: path});
	await container.start();
	await Promise.all([lines.next(), lines.next(), lines.next()]);
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const again = await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: 'ignore', notifySocket: path});
	t.deepEqual([await lines.next(), await lines.next()], ['READY=1', `MAINPID=${again.pid}`]);
});

for (const [host, command] of [['Node', [process.execPath, projectPath('dist/ts/cli/main.js')]], ['the native command', [projectPath('build/Release/ctnative')]]] as const) {
	test(`NOTIFY_SOCKET of the environment: create and start, run detached and in the foreground, of ${host}`, async t => {
		if (!existsSync(command.at(-1)!)) {
			t.pass('not built here');
			return;
		}

		const world = new World(t);
		const {path, lines} = await manager(world);
		const run = (...words: string[]) => spawnSync(command[0]!, [...command.slice(1), '--root', world.root, ...words], {env: {...process.env, NOTIFY_SOCKET: path}, stdio: 'ignore'}).status;
		const id = world.id();
		t.is(run('create', '--bundle', world.bundle(saying('READY=1')), id), 0);
		t.is(run('start', id), 0);
		const {pid} = await world.runtime.load(id);
		t.deepEqual([await lines.next(), await lines.next(), await lines.next()], ['READY=1', `MAINPID=${pid}`, 'BARRIER=1']);
		const detached = world.id();
		t.is(run('run', '-d', '--bundle', world.bundle(saying('READY=1')), detached), 0);
		t.deepEqual([await lines.next(), await lines.next(), await lines.next()], ['READY=1', `MAINPID=${(await world.runtime.load(detached)).pid}`, 'BARRIER=1']);
		const last = world.id();
		const foreground = spawn(command[0]!, [...command.slice(1), '--root', world.root, 'run', '--bundle', world.bundle(saying('READY=1')), last], {env: {...process.env, NOTIFY_SOCKET: path}, stdio: 'ignore'});
		const ended = new Promise(resolve => {
			foreground.once('exit', (code, signal) => {
				resolve(code ?? signal);
			});
		});
		t.deepEqual([await lines.next(), await lines.next(), await lines.next()], ['READY=1', `MAINPID=${foreground.pid!}`, 'BARRIER=1']);
		await (await world.runtime.load(last)).kill('SIGKILL');
		t.is(await ended, 137);
	});
}
