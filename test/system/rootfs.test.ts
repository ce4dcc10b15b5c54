// The root filesystem of a checkpoint: what the container changed is taken while it is frozen, and comes back.
import {execFileSync} from 'node:child_process';
import {chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, pipes, type Scene} from './checkpoint-world.js';

/** Changes of every kind, in a root filesystem that has what they change. */
const changes = [
	'echo new > /new', 'echo changed > /etc/group', 'chmod 4711 /bin/busybox', 'rm /bin/vi', 'rm -r /full', 'mkdir /full', 'echo again > /full/again',
	'mkdir -p /deep/er', 'echo x > /deep/er/x', 'ln /new /deep/hard', 'ln -s /etc/passwd /deep/soft', 'ln -s ../../../../etc/shadow /deep/out',
	'mkfifo /deep/fifo', 'rm -r /gone', 'mv /from /to',
].join('; ');

const prepare = (rootfs: string): void => {
	for (const name of ['full', 'gone', 'from']) {
		mkdirSync(join(rootfs, name));
		writeFileSync(join(rootfs, name, 'file'), `${name}\n`);
	}
};

const check = (t: ExecutionContext, rootfs: string): void => {
	t.is(readFileSync(join(rootfs, 'new'), 'utf8'), 'new\n');
	t.is(readFileSync(join(rootfs, 'etc/group'), 'utf8'), 'changed\n');
	t.is(statSync(join(rootfs, 'bin/busybox')).mode & 0o7777, 0o4711);
	t.false(readdirSync(join(rootfs, 'bin')).includes('vi'));
	t.deepEqual(readdirSync(join(rootfs, 'full')), ['again'], 'made anew, it shows nothing of the old one');
	t.deepEqual(readdirSync(join(rootfs, 'deep')).sort(), ['er', 'fifo', 'hard', 'out', 'soft']);
	t.is(statSync(join(rootfs, 'deep/hard')).ino, statSync(join(rootfs, 'new')).ino, 'a hard link');
	t.is(readlinkSync(join(rootfs, 'deep/soft')), '/etc/passwd');
	t.is(readlinkSync(join(rootfs, 'deep/out')), '../../../../etc/shadow');
	t.true(lstatSync(join(rootfs, 'deep/fifo')).isFIFO());
	t.false(existsSync(join(rootfs, 'gone')));
	t.false(existsSync(join(rootfs, 'from')));
	t.is(readFileSync(join(rootfs, 'to/file'), 'utf8'), 'from\n');
	t.is(statSync(join(rootfs, 'deep/er')).uid, 7);
	t.is(execFileSync('getfattr', ['--only-values', '-n', 'user.note', join(rootfs, 'new')], {encoding: 'utf8'}), 'kept');
};

/** Makes the changes, the last ones from outside: a default container may not change owners, and busybox sets no attributes. */
const change = async (scene: Scene, rootfs: string): Promise<void> => {
	await scene.ask(`${changes}; echo done`);
	chownSync(join(rootfs, 'deep/er'), 7, 8);
	execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', join(rootfs, 'new')]);
};

test('of a directory what differs from its base is kept, and makes another copy the same', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({writable: true, prepare});
	const {bundle} = scene.container;
	const base = tempDir(world);
	cpSync(join(bundle, 'rootfs'), join(base, 'rootfs'), {recursive: true, preserveTimestamps: true, verbatimSymlinks: true});
	await change(scene, join(bundle, 'rootfs'));
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir(), rootfs: {base: join(base, 'rootfs')}});
	t.true(statSync(join(imagesDir, 'rootfs-diff.tar')).size < 2 * statSync('/bin/busybox').size, 'not all of it');
	t.deepEqual((JSON.parse(readFileSync(join(imagesDir, 'deleted.files'), 'utf8')) as string[]).sort(), ['/bin/vi', '/from', '/full/file', '/gone']);

	cpSync(join(bundle, 'config.json'), join(base, 'config.json'));
	scene.become(await world.runtime.restore(world.id(), {bundle: base, imagesDir, stdio: pipes, rootfs: true}));
	t.is(await scene.ask('cat /new'), 'new');
	check(t, join(base, 'rootfs'));
});

test('of an overlay its upper directory is kept, and becomes that of a clone', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({writable: true, prepare});
	const {bundle} = scene.container;
	const {imagesDir: first} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	const [one, two] = [tempDir(world), tempDir(world)];
	scene.become(await world.runtime.restore(world.id(), {bundle, imagesDir: first, stdio: pipes, layer: {directory: one}}));
	await change(scene, join(one, 'upper'));
	await scene.container.exec({args: ['true']}).then(async process => process.wait());
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir(), rootfs: true, leaveRunning: true});
	t.deepEqual((JSON.parse(readFileSync(join(imagesDir, 'deleted.files'), 'utf8')) as string[]).sort(), ['/bin/vi', '/from', '/full/file', '/gone']);

	const clone = await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: pipes, rootfs: true, layer: {directory: two}});
	check(t, `/proc/${clone.pid}/root`);
	t.true(existsSync(join(bundle, 'rootfs/gone')), 'the root filesystem of the bundle is only read');
	t.is(await scene.ask('cat /new'), 'new', 'and the other one runs on');
});

test('a device that the container made comes back only if that is asked for', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({writable: true, edit(config) {
		config.linux.resources = {devices: [{allow: true, access: 'rwm'}]};
		for (const set of Object.values(config.process.capabilities!) as string[][]) {
			set.push('CAP_MKNOD');
		}
	}});
	const {bundle} = scene.container;
	t.is(await scene.ask('mknod /disk b 7 300; ls /disk'), '/disk');
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir(), rootfs: true});
	execFileSync('rm', [join(bundle, 'rootfs/disk')]);
	await t.throwsAsync(world.runtime.restore(world.id(), {bundle, imagesDir, stdio: 'ignore', rootfs: true, layer: {directory: tempDir(world)}}), {code: 'ERR_ARCHIVE', message: /disk" is a device/});
	t.deepEqual(await world.runtime.list(), []);
	scene.become(await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: pipes, rootfs: {devices: true}, layer: {directory: tempDir(world)}}));
	t.is(await scene.ask('stat -c %t:%T /disk'), '7:12c');
});

test('without being asked for, and when the checkpoint fails, nothing of it is there', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({writable: true});
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	t.deepEqual(readdirSync(imagesDir).filter(name => /rootfs|deleted/.test(name)), []);
	const failed = world.imagesDir();
	await t.throwsAsync(scene.container.checkpoint({imagesDir: failed, rootfs: {base: '/nonexistent'}}), {code: 'ERR_CRIU_FAILED'});
	t.false(existsSync(failed));
	t.false(existsSync(`${failed}.partial`));
	t.is(await scene.ask('echo on'), 'on');
	await t.throwsAsync(world.runtime.restore(world.id(), {bundle: scene.container.bundle, imagesDir, stdio: 'ignore', rootfs: true}), {message: /rootfs-diff\.tar/});
});
