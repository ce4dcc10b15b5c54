// What is left out of a checkpoint to be faster, and that nothing is lost by it.
import {existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {privateCriu} from '../../ts/criu/find.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {HostOp, HostResult} from '../../ts/native/native.js';
import {removeDir} from '../support/temp-dir.js';
import {instead} from './meddle.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';

const logOf = (directory: string, name: string): string => readFileSync(join(directory, name), 'utf8');

const packed = (imagesDir: string): number => readdirSync(imagesDir).filter(name => name.startsWith('tmpfs-')).length;

test('CRIU is told what it has found out about the kernel, and sees all of /run', async t => {
	const world = new CheckpointWorld(t);
	const below = mkdtempSync('/run/ctnative-');
	world.teardown(() => removeDir(below));
	mkdirSync(join(below, 'source'));
	writeFileSync(join(below, 'source/name'), 'below /run\n');
	const runtime = new RuntimeCore(linuxNative(), {root: join(below, 'state'), criuPath: privateCriu});
	const bundle = world.bundle({args: ['sleep', '1000'], edit: config => {
		config.mounts.push({destination: '/tmp', type: 'bind', source: join(below, 'source'), options: ['rbind']});
	}});
	const imagesDir = join(below, 'images');
	const container = await runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await container.checkpoint({imagesDir});
	const restored = await runtime.restore(container.id, {bundle, imagesDir, stdio: 'ignore'});
	t.is(readFileSync(`/proc/${restored.pid}/root/tmp/name`, 'utf8'), 'below /run\n');
	for (const name of ['dump.log', 'restore.log']) {
		t.regex(logOf(imagesDir, name), /Loaded kdat cache from/);
	}

	await restored.delete({force: true});
});

test('a tmpfs without files is not packed, and mounted anew', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit: config => {
		config.mounts.push({destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['size=1m', 'mode=751', 'noexec']});
	}});
	const look = 'grep -E " (/tmp|/dev/shm|/sys/firmware) " /proc/$$/mounts | sort | tr "\\n" " "; stat -c %a:%u /tmp /dev/shm | tr "\\n" " "; ls -A /tmp /dev/shm | wc -l';
	const before = await scene.ask(look);
	const imagesDir = await scene.move();
	t.is(await scene.ask(look), before);
	const others = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 1 : 2; // /dev, and on v1 /sys/fs/cgroup
	t.is(packed(imagesDir), others);
	await scene.ask('chmod 777 /tmp; echo x > /dev/shm/x; echo');
	const full = await scene.move();
	t.is(await scene.ask('stat -c %a /tmp; cat /dev/shm/x'), '777');
	t.is(await scene.next(), 'x');
	t.is(packed(full), others + 2);
});

test('what is put into an empty tmpfs just before the freeze is kept', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const real = linuxNative();
	let looked = 0;
	const batch = async (ops: readonly HostOp[]): Promise<HostResult[]> => {
		const results = await real.batch(ops);
		const shm = ops.find(op => op.op === 'list' && op.path.endsWith('/dev/shm'));
		if (shm && looked++ === 0) {
			writeFileSync(join((shm as {path: string}).path, 'late'), 'late\n');
		}

		return results;
	};
	const runtime = new RuntimeCore(instead(real, {batch}), {root: world.root, criuPath: privateCriu});
	const imagesDir = world.imagesDir();
	await (await runtime.load(scene.container.id)).checkpoint({imagesDir});
	t.is(looked, 2, 'once before the freeze, once after');
	scene.become(await world.runtime.restore(scene.container.id, {bundle: scene.container.bundle, imagesDir, stdio: ['pipe', 'pipe', 'ignore']}));
	t.is(await scene.ask('cat /dev/shm/late'), 'late');
});
