// Checkpoints of containers whose files are on mounts out of the ordinary, and the options that they need.
import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';

const directories = (world: CheckpointWorld, ...names: string[]): string[] => {
	const base = tempDir(world);
	return names.map(name => {
		mkdirSync(join(base, name));
		return join(base, name);
	});
};

/** Mounted on the host as long as the test. */
const mounted = (world: CheckpointWorld, target: string, ...args: string[]): string => {
	execFileSync('mount', [...args, target]);
	world.teardown(() => {
		execFileSync('umount', ['-l', target], {stdio: 'ignore'});
	});
	return target;
};

test('an overlay as the root filesystem, with files of all its layers', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('files', ['mapped', '/bin/files']);
	const lower = join(scene.container.bundle, 'rootfs');
	await scene.container.delete({force: true});
	const [upper, work, merged] = directories(world, 'upper', 'work', 'merged') as [string, string, string];
	mounted(world, merged, '-t', 'overlay', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`);
	const overlay = await world.scene('files', ['mapped', '/bin/files'], {edit: config => {
		config.root.path = merged;
	}});
	await overlay.move();
	t.is(await overlay.ask(), 'ok');
	const deleted = await world.scene('files', ['deleted', '5000'], {edit: config => {
		config.root.path = merged;
	}});
	await deleted.move();
	t.is(await deleted.ask(), 'ok');
});

test('a watch on an overlay needs forceIrmap, and where to look', async t => {
	const world = new CheckpointWorld(t);
	const [lower, upper, work, merged] = directories(world, 'lower', 'upper', 'work', 'merged') as [string, string, string, string];
	mkdirSync(join(lower, 'watched'));
	mounted(world, merged, '-t', 'overlay', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`);
	const scene = await world.scene('files', ['inotify', '/data/watched'], {edit: config => {
		config.mounts.push({destination: '/data', type: 'bind', source: merged, options: ['bind', 'rw']});
	}});
	await t.throwsAsync(scene.container.checkpoint({imagesDir: world.imagesDir()}), {code: 'ERR_CRIU_FAILED', message: /set forceIrmap, and irmapScanPaths/});
	t.is(await scene.ask(), 'ok');
	await scene.move({checkpoint: {forceIrmap: true, irmapScanPaths: ['/data']}});
	t.is(await scene.ask(), 'ok');
});

test('a mount that neither host nor container shows whole needs external, at both ends', async t => {
	const world = new CheckpointWorld(t);
	const [source, other] = directories(world, 'source', 'other') as [string, string];
	execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', source]);
	mkdirSync(join(source, 'sub'));
	writeFileSync(join(source, 'sub/name'), 'first\n');
	const scene = await world.shellScene({writable: true, edit: config => {
		config.mounts.push({destination: '/data', type: 'bind', source: join(source, 'sub'), options: ['bind']});
	}});
	cpSync(join(source, 'sub/name'), join(other, 'name'));
	execFileSync('umount', [source]);
	mkdirSync(join(source, 'sub'));
	await t.throwsAsync(scene.container.checkpoint({imagesDir: world.imagesDir()}), {code: 'ERR_CRIU_FAILED', message: /add it to external as 'mnt\[/});
	t.is(await scene.ask('cat /data/name'), 'first');
	await scene.move({checkpoint: {external: ['mnt[/data]:data']}, restore: {external: [`mnt[data]:${other}`]}});
	t.is(await scene.ask('cat /data/name'), 'first');
});

test('manageCgroupsMode strict wants to make all cgroups itself, so not those that are there', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), manageCgroupsMode: 'strict'});
	const options = {bundle: container.bundle, imagesDir, stdio: ['pipe', 'pipe', 'ignore'] as const};
	await t.throwsAsync(world.runtime.restore(container.id, {...options, stdio: 'ignore', manageCgroupsMode: 'strict'}), {code: 'ERR_CRIU_FAILED', message: /manageCgroupsMode/});
	t.deepEqual(await world.runtime.list(), []);
	scene.become(await world.runtime.restore(container.id, options));
	t.is(await scene.ask('echo on'), 'on');
	const other = `${world.prefix}other`;
	const others = existsSync('/sys/fs/cgroup/blkio') ? `/sys/fs/cgroup/blkio/${other}` : undefined;
	for (const manageCgroupsMode of ['soft', 'full', 'props', 'none'] as const) {
		if (others) {
			mkdirSync(others); // That of another container, where this one has none
		}

		try {
			const {imagesDir: images} = await scene.container.checkpoint({imagesDir: world.imagesDir(), manageCgroupsMode});
			t.false(readFileSync(join(images, 'cgroup.img')).includes(other), 'it is not in the images');
			scene.become(await world.runtime.restore(container.id, {...options, imagesDir: images, manageCgroupsMode}));
			t.is(await scene.ask('echo on'), 'on', manageCgroupsMode);
		} finally {
			if (others) {
				rmdirSync(others);
			}
		}
	}
});
