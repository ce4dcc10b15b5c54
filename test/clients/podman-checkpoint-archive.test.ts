// Archives go from podman to ctnative and back, with all that is in them.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Checkpoint, exportCheckpoint, importCheckpoint, type Config, type Container, type Mount} from '../../ts/index.js';
import {nativeCommand} from '../command/hosts.js';
import {split} from '../inspect/images.js';
import {CheckpointWorld, Lines} from '../system/checkpoint-world.js';
import {whereTracked} from '../system/tracking.js';
import {clearPodman, image, openPodman, type Podman} from './podman.js';
import {clientTests, eventually} from './world.js';

const test = clientTests(['podman', 'conmon'], openPodman, clearPodman);

const stdio = ['ignore', 'pipe', 'ignore'] as const;

/** A bundle here for a config of podman's: other paths, and the files that podman would have made for it. */
const bundleFor = (podman: Podman, config: Config, sources: Readonly<Record<string, string>>): {bundle: string; config: Config} => {
	const bundle = mkdtempSync(podman.file('bundle-'));
	const rootfs = join(bundle, 'rootfs');
	mkdirSync(rootfs, {recursive: true});
	execFileSync('cp', ['--archive', `${podman.world.rootfs}/.`, rootfs]);
	execFileSync('chmod', ['555', rootfs]);
	const made = join(bundle, 'made');
	mkdirSync(made);
	const source = (mount: Mount): Mount => {
		const path = sources[mount.destination] ?? join(made, mount.destination.replaceAll('/', '-'));
		if (mount.type !== 'bind') {
			return mount;
		}

		if (sources[mount.destination] === undefined) {
			writeFileSync(path, '');
		}

		return {...mount, source: path};
	};

	return {bundle, config: {
		...config,
		root: {path: rootfs},
		mounts: (config.mounts ?? []).map(mount => source(mount)),
		linux: {...config.linux, cgroupsPath: ''},
	}};
};

/** Counts, and says with each number what is in its memory. */
const remembering = 'big=$(head -c 300000 /dev/urandom | base64); n=0; while true; do n=$((n + 1)); echo $n $(echo "$big" | md5sum); sleep 0.2; done';

/** Bytes of the pages in an archive. */
const memoryIn = (archive: string, directory: string): number =>
	execFileSync('tar', ['--list', '--verbose', '--file', archive], {encoding: 'utf8'}).split('\n').filter(line => line.includes(` ${directory}/pages-`)).reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0);

const numbers = async (container: Container): Promise<number> => Number(await new Lines(container.stdout!).next());

test('a container goes from podman to ctnative and back to podman, and counts on', async (t, podman) => {
	const world = new CheckpointWorld(t);
	await podman.count(t, 'one', ['--network', 'none', '--volume', 'data:/data'], 'echo new > /tmp/new; rm /bin/vi; echo v > /data/v; echo s > /dev/shm/s');
	const before = await podman.counted(t, 'one', 2);
	await podman.ok(t, ['container', 'checkpoint', '--export', podman.file('theirs'), 'one']);
	await podman.ok(t, ['rm', '--volumes', 'one']);
	await podman.ok(t, ['volume', 'rm', '--force', 'data']);

	const looked = await Checkpoint.open(podman.file('theirs'));
	const {origin, root, stats} = await looked.inspect();
	t.like(origin, {engine: 'podman', name: 'one', image});
	t.true(root!.args!.includes('sh') && stats!.pagesWritten > 0);
	await looked.close();

	const [shm, data, imported] = [podman.file('shm'), podman.file('data'), podman.file('imported')] as const;
	mkdirSync(shm);
	mkdirSync(data);
	const told = await importCheckpoint(podman.file('theirs'), imported, {shm, volumes: {data}});
	t.deepEqual([told.engine, told.name, told.image, told.rootfs, told.shm, told.volumes], ['podman', 'one', image, true, true, ['data']]);
	t.is(readFileSync(join(data, 'v'), 'utf8'), 'v\n');
	const {bundle, config} = bundleFor(podman, told.config, {'/dev/shm': shm, '/data': data});
	const container = await world.runtime.restore(world.id(), {bundle, config, imagesDir: imported, stdio, rootfs: true});
	const here = await numbers(container);
	t.true(here > before && here < before + 100, `${here} after ${before}`);
	t.is(execFileSync(nativeCommand, ['--root', world.root, 'exec', container.id, 'sh', '-c', 'cat /tmp/new /data/v /dev/shm/s; ls /bin/vi || echo ls'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}), 'new\nv\ns\nls\n');

	const base = podman.file('base');
	mkdirSync(base);
	execFileSync('cp', ['--archive', `${podman.world.rootfs}/.`, base]);
	writeFileSync(join(data, 'v'), 'ours\n');
	const {imagesDir} = await container.checkpoint({imagesDir: podman.file('ours.images'), rootfs: {base}});
	for (const compression of ['gzip', 'zstd'] as const) {
		await exportCheckpoint(imagesDir, podman.file(compression), {compression, origin: imported, shm, volumes: {data}});
	}

	await podman.ok(t, ['container', 'restore', '--import', podman.file('gzip')]);
	await podman.counted(t, 'one', here);
	t.is(await podman.ok(t, ['exec', 'one', 'sh', '-c', 'cat /tmp/new /data/v /dev/shm/s; ls /bin/vi 2>/dev/null || echo gone']), 'new\nours\ns\ngone');
	await podman.ok(t, ['container', 'restore', '--ignore-volumes', '--import', podman.file('zstd'), '--name', 'two']);
	await podman.counted(t, 'two', here);
});

test('a pair of --pre-checkpoint and --with-previous goes back to podman, and to ctnative, with every byte', whereTracked(async (t, podman: Podman) => {
	const world = new CheckpointWorld(t);
	await podman.ok(t, ['run', '--detach', '--name', 'one', '--network', 'none', image, 'sh', '-c', remembering]);
	const last = async (): Promise<string> => eventually(async () => podman.ok(t, ['logs', '--tail', '1', 'one']), line => /^\d+ [\da-f]{32} /.test(line));
	const [, sum] = (await last()).split(' ');
	const [before, after, imported] = [podman.file('pre.tar.gz'), podman.file('chk.tar.gz'), podman.file('both')] as const;
	await podman.ok(t, ['container', 'checkpoint', '--pre-checkpoint', '--compress', 'gzip', '--export', before, 'one']);
	await podman.ok(t, ['container', 'checkpoint', '--with-previous', '--compress', 'gzip', '--export', after, 'one']);
	const number = Number((await last()).split(' ')[0]);
	await podman.ok(t, ['rm', 'one']);
	const [earlier, later] = [memoryIn(before, 'pre-checkpoint'), memoryIn(after, 'checkpoint')];
	t.log(earlier, later);
	t.true(later < earlier / 2, 'most of it is in the first');
	await podman.ok(t, ['container', 'restore', '--import-previous', before, '--import', after]);
	t.is((await eventually(last, line => Number(line.split(' ')[0]) > number)).split(' ')[1], sum);
	await podman.ok(t, ['rm', '--force', '--time', '0', 'one']);

	await t.throwsAsync(importCheckpoint(after, imported), {code: 'ERR_ARCHIVE', message: /builds upon another one/});
	const told = await importCheckpoint(after, imported, {previous: before});
	const checkpoint = await Checkpoint.open(imported);
	t.true((await checkpoint.memory(1).totals()).inParent > 300_000);
	const shm = mkdtempSync(podman.file('shm-'));
	const {bundle, config} = bundleFor(podman, told.config, {'/dev/shm': shm});
	const container = await world.runtime.restore(world.id(), {bundle, config, imagesDir: imported, stdio});
	const [count, here] = (await new Lines(container.stdout!).next()).split(' ');
	t.is(here, sum);
	t.true(Number(count) > number);
}));

test('a container that podman never saw goes to podman', async (t, podman) => {
	const world = new CheckpointWorld(t);
	const id = await podman.ok(t, ['inspect', '--format', '{{.Id}}', image]);
	const bundle = world.bundle({args: ['sh', '-c', 'echo mine > /tmp/mine; n=0; while true; do n=$((n + 1)); echo $n; sleep 0.1; done'], edit(config) {
		config.root = {path: podman.file('rootfs')};
	}});
	execFileSync('chmod', ['555', podman.file('rootfs')]);
	const container = await world.runtime.run(world.id(), {bundle, stdio});
	const before = await numbers(container);
	const {config} = container;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), rootfs: true});
	split(imagesDir, podman.file('ours.before')); // As if there had been a pre-dump
	const archive = podman.file('ours.tar');
	await t.throwsAsync(exportCheckpoint(imagesDir, archive, {config}), {code: 'ERR_ARGUMENT', message: /id and image must be given/});
	await exportCheckpoint(imagesDir, archive, {config, id: '1'.repeat(64), name: 'ours', image: {name: image, id}, compression: 'none'});
	await t.throwsAsync(exportCheckpoint(imagesDir, archive, {config, id: '1'.repeat(64), image: {name: image, id}}), {message: /EEXIST/}, 'what is there is not written over');
	rmSync(imagesDir, {recursive: true});

	await podman.ok(t, ['container', 'restore', '--import', archive]);
	await podman.counted(t, 'ours', before);
	t.is(await podman.ok(t, ['exec', 'ours', 'cat', '/tmp/mine']), 'mine');
	t.is((await importCheckpoint(archive, podman.file('again'))).id, '1'.repeat(64), 'and we take it back');
});
