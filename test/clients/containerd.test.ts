// containerd and its ctr with ctnative as the runtime of the runc shim.
import {join} from 'node:path';
import {nativeCommand} from '../command/hosts.js';
import {image, openContainerd} from './containerd.js';
import type {Engine} from './engine.js';
import {clientTests, eventually, type World} from './world.js';

const open = async (world: World): Promise<Engine> => (await openContainerd(world, 'disabled_plugins = ["io.containerd.grpc.v1.cri"]', 'default')).ctr;

const clear = async (ctr: Engine): Promise<void> => {
	for (const id of (await ctr.run(['container', 'ls', '-q'])).out.split('\n').filter(Boolean)) {
		await ctr.run(['task', 'kill', '--signal', 'KILL', id]);
		await ctr.run(['task', 'delete', '--force', id]);
		await ctr.run(['container', 'delete', id]);
	}
};

const test = clientTests(['containerd', 'ctr', 'containerd-shim-runc-v2', 'buildah'], open, clear);

const run = (...args: string[]): string[] => ['run', '--runc-binary', nativeCommand, ...args];
const counting = ['sh', '-c', 'n=0; while :; do n=$((n + 1)); echo $n > /count; sleep 0.1; done'];

const count = async (ctr: Engine, id: string): Promise<number> =>
	Number((await ctr.run(['task', 'exec', '--exec-id', `look-${process.hrtime.bigint()}`, id, 'cat', '/count'])).out);

test('run passes on output, error and exit code', async (t, ctr) => {
	t.deepEqual(await ctr.run(run('--rm', image, 'one', 'sh', '-c', 'echo said; echo wrong >&2; exit 7')), {code: 7, out: 'said\n', err: 'wrong\n'});
	const missing = await ctr.run(run('--rm', image, 'one', 'nothing'));
	t.is(missing.code, 1);
	t.regex(missing.err, /executable file not found in \$PATH/);
	t.is(await ctr.ok(t, ['container', 'ls', '-q']), '');
});

test('exec runs a further program, also with a terminal', async (t, ctr) => {
	await ctr.ok(t, run('-d', image, 'one', 'sleep', '1000'));
	t.deepEqual(await ctr.run(['task', 'exec', '--exec-id', 'a', 'one', 'sh', '-c', 'echo said; exit 3']), {code: 3, out: 'said\n', err: ''});
	t.is((await ctr.run(['task', 'exec', '--exec-id', 'b', 'one', 'nothing'])).code, 1);
	const onTerminal = async (args: readonly string[]): Promise<string> => (await ctr.world.run(['script', '-qec', ctr.words(args).join(' '), '/dev/null'])).out.trim();
	t.regex(await onTerminal(['task', 'exec', '-t', '--exec-id', 'c', 'one', 'tty']), /\/dev\/pts\/\d/); // ctr may go on to tell that it cannot resize what has ended
	t.regex(await onTerminal(run('--rm', '-t', image, 'two', 'tty')), /\/dev\/pts\/\d/);
	const pid = (await ctr.ok(t, ['task', 'ls'])).split('\n')[1]!.split(/\s+/)[1]!;
	t.regex(await ctr.ok(t, ['task', 'ps', 'one']), new RegExp(`^${pid}\\b`, 'm'));
	t.regex(await ctr.ok(t, ['task', 'metrics', 'one']), /memory.*[1-9]/);
});

test('a task without streams runs on /dev/null', async (t, ctr) => {
	await ctr.ok(t, run('--null-io', '-d', image, 'one', ...counting));
	t.true(await eventually(async () => count(ctr, 'one'), number => number > 0) > 0);
	t.is(await ctr.ok(t, ['task', 'exec', '--exec-id', 'a', 'one', 'sh', '-c', 'for n in 0 1 2; do readlink /proc/1/fd/$n; done']), '/dev/null\n/dev/null\n/dev/null');
});

test('pause freezes it and resume lets it go on', async (t, ctr) => {
	await ctr.ok(t, run('-d', image, 'one', 'sleep', '1000'));
	await ctr.ok(t, ['task', 'pause', 'one']);
	t.regex(await ctr.ok(t, ['task', 'ls']), /one +\d+ +PAUSED/);
	await ctr.ok(t, ['task', 'resume', 'one']);
	t.regex(await ctr.ok(t, ['task', 'ls']), /one +\d+ +RUNNING/);
});

test('kill --all ends all of it, and delete what is left', async (t, ctr) => {
	await ctr.ok(t, run('-d', image, 'one', 'sh', '-c', 'sleep 1000 & wait'));
	await ctr.ok(t, ['task', 'kill', '--all', '--signal', 'KILL', 'one']);
	t.regex(await eventually(async () => (await ctr.run(['task', 'ls'])).out, out => out.includes('STOPPED')), /STOPPED/);
	await ctr.ok(t, ['task', 'delete', 'one']);
});

test('a checkpoint leaves it running, or ends it, and restore goes on from there under another id', async (t, ctr) => {
	await ctr.ok(t, run('--null-io', '-d', image, 'one', ...counting));
	await eventually(async () => count(ctr, 'one'), number => number > 2);
	const checkpoint = 'localhost/checkpoint:1';
	await ctr.ok(t, ['container', 'checkpoint', '--task', '--image', '--rw', 'one', checkpoint]);
	const before = await count(ctr, 'one');
	t.true(await eventually(async () => count(ctr, 'one'), number => number > before) > before, 'it runs on');

	const images = join(ctr.world.directory, 'images');
	await ctr.ok(t, ['task', 'checkpoint', '--exit', '--image-path', images, 'one']);
	t.regex(await eventually(async () => (await ctr.run(['task', 'ls'])).out, out => !out.includes('RUNNING')), /^(?!.*RUNNING)/s);
	t.regex((await ctr.world.run(['ls', images])).out, /^inventory\.img$/m);
	await clear(ctr);

	await ctr.ok(t, ['container', 'restore', '--live', '--rw', 'two', checkpoint]);
	t.true(await eventually(async () => count(ctr, 'two'), number => number > before) > 2);
});
