// One checkpoint, restored many times at once: each clone has its own place in everything.
import {existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, Lines, pipes, type Scene} from './checkpoint-world.js';
import {outputOf} from './world.js';

const count = 20;

/** A shell that has written to its root filesystem, holds a unix socket and has a child. */
const dumpShell = async (world: CheckpointWorld): Promise<{scene: Scene; bundle: string; imagesDir: string}> => {
	const scene = await world.shellScene({writable: true});
	await scene.ask('n=4711; echo before > /tmp/before; (while true; do sleep 1; done) & echo $n');
	const {bundle} = scene.container;
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	return {scene, bundle, imagesDir};
};

test('twenty clones of a checkpoint run at once, each with its own pids, cgroup, host name and files', async t => {
	const world = new CheckpointWorld(t);
	const {bundle, imagesDir} = await dumpShell(world);
	const layers = tempDir(world);
	const ids = Array.from({length: count}, () => world.id());
	const clones = await Promise.all(ids.map(async (id, index) => world.runtime.restore(id, {
		bundle, imagesDir, stdio: pipes, hostname: `clone-${index}`, layer: {directory: join(layers, id)},
	})));
	const answers = await Promise.all(clones.map(async (clone, index) => {
		const lines = new Lines(clone.stdout!);
		clone.stdin!.write(`echo ${index} > /tmp/own; rm /bin/vi; echo "$n $(hostname) $$ $(cat /tmp/before /tmp/own | tr '\\n' ' ')"\n`);
		return lines.next();
	}));
	t.deepEqual(answers, ids.map((_, index) => `4712 clone-${index} 1 before ${index} `));
	t.is(new Set(clones.map(({pid}) => pid)).size, count);
	for (const namespace of ['pid', 'mnt', 'uts', 'ipc', 'net']) {
		t.is(new Set(clones.map(({pid}) => readlinkSync(`/proc/${pid}/ns/${namespace}`))).size, count, namespace);
	}

	for (const [index, clone] of clones.entries()) {
		t.regex(readFileSync(`/proc/${clone.pid}/cgroup`, 'utf8'), new RegExp(`/${clone.id}$`, 'm'));
		t.true((await clone.processes()).length >= 2, 'its child, too');
		t.is(readFileSync(join(layers, clone.id, 'upper/tmp/own'), 'utf8'), `${index}\n`);
	}

	t.false(existsSync(join(bundle, 'rootfs/tmp/own')), 'the root filesystem of the bundle is only read');
	t.true(readdirSync(join(bundle, 'rootfs/bin')).includes('vi'));
	for (const clone of clones) {
		clone.stdin!.end();
	}

	t.deepEqual(await Promise.all(clones.map(async clone => (await outputOf(clone)).code)), ids.map(() => 9));
	await Promise.all(clones.map(async clone => clone.delete()));
});

test('a clone can be checkpointed, and goes on in its layer; layers can lie on top of each other', async t => {
	const world = new CheckpointWorld(t);
	const {scene, bundle, imagesDir} = await dumpShell(world);
	const [first, second] = [tempDir(world), tempDir(world)];
	scene.become(await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: pipes, layer: {directory: first}}));
	t.is(await scene.ask('echo mine > /tmp/mine; hostname'), 'runc', 'the host name of the dump');
	const {imagesDir: again} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	scene.become(await world.runtime.restore(world.id(), {bundle, imagesDir: again, stdio: pipes, layer: {directory: second, lower: [join(first, 'upper')]}}));
	t.is(await scene.ask('echo "$n $(cat /tmp/mine /tmp/before | tr "\\n" " ")"; rm /tmp/mine'), '4713 mine before ');
	t.is(await scene.ask('ls /tmp | tr "\\n" " "; echo'), 'before ');
	t.is(readFileSync(join(first, 'upper/tmp/mine'), 'utf8'), 'mine\n');
});

test('what a clone cannot have is refused before anything is made', async t => {
	const world = new CheckpointWorld(t);
	const {bundle, imagesDir} = await dumpShell(world);
	const restore = async (options: object): Promise<unknown> => world.runtime.restore(world.id(), {bundle, imagesDir, stdio: 'ignore', ...options});
	await t.throwsAsync(restore({hostname: ''}), {code: 'ERR_ARGUMENT', message: /hostname must have 1 to 64 bytes/});
	await t.throwsAsync(restore({layer: {directory: 'relative'}}), {code: 'ERR_ARGUMENT', message: /absolute paths/});
	await t.throwsAsync(restore({layer: {directory: `/${'x'.repeat(300)}`}}), {code: 'ERR_ARGUMENT', message: /too long/});
	const used = tempDir(world);
	writeFileSync(join(used, 'upper'), '');
	await t.throwsAsync(restore({layer: {directory: used}}), {code: 'ERR_ARGUMENT', message: /cannot be used/});
	t.deepEqual(await world.runtime.list(), []);
});
