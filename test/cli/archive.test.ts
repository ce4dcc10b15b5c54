// checkpoint export and import, restore --layer --hostname --rootfs: the same as the library, by words.
import {execFileSync, spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld} from '../system/checkpoint-world.js';
import {until} from '../system/world.js';

const command = [projectPath('dist/ts/cli/main.js')];

test('a checkpoint goes through an archive on the command line, and two clones come out', async t => {
	const world = new CheckpointWorld(t);
	const run = (...args: string[]): string => execFileSync(process.execPath, [...command, '--root', world.root, ...args], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
	const extra = (...args: string[]) => spawnSync(process.execPath, [...command, ...args], {encoding: 'utf8'});
	const container = await world.start({args: ['sh', '-c', 'echo mine > /tmp/mine; sleep 1000'], writable: true});
	await until(() => spawnSync('test', ['-e', join(container.bundle, 'rootfs/tmp/mine')]).status === 0, 'its file');
	const directory = tempDir(world);
	const images = join(directory, 'images');
	run('checkpoint', '--rootfs', '--image-path', images, container.id);
	execFileSync('rm', [join(container.bundle, 'rootfs/tmp/mine')]);

	const archive = join(directory, 'archive.tar.zst');
	const words = ['--config', join(container.bundle, 'config.json'), '--id', 'a'.repeat(64), '--image', 'image:1', '--image-id', 'b'.repeat(64)];
	t.is(extra('checkpoint', 'export', images, archive).status, 2, 'it has to be told what the container is');
	t.is(extra('checkpoint', 'export', ...words, images, archive).stderr, '');
	const again = join(directory, 'again');
	const told = JSON.parse(extra('checkpoint', 'import', archive, again).stdout) as {id: string; image: string; rootfs: boolean};
	t.deepEqual([told.id, told.image, told.rootfs], ['a'.repeat(64), 'image:1', true]);
	writeFileSync(join(directory, 'text'), 'no archive');
	const refused = extra('checkpoint', 'import', join(directory, 'text'), join(directory, 'x'));
	t.is(refused.status, 1);
	t.regex(refused.stderr, /cannot be read as an archive|no complete checkpoint/);

	for (const name of ['one', 'two']) {
		const id = world.prefix + name;
		execFileSync(process.execPath, [...command, '--root', world.root, 'restore', '--detach', '--bundle', container.bundle, '--image-path', again, '--rootfs', '--hostname', name, '--layer', join(directory, name), id], {stdio: ['ignore', 'ignore', 'inherit']});
		const {pid} = await world.runtime.load(id);
		t.is(execFileSync('nsenter', ['--uts', '--target', String(pid), 'hostname'], {encoding: 'utf8'}), `${name}\n`);
		t.is(readFileSync(join(directory, name, 'upper/tmp/mine'), 'utf8'), 'mine\n');
	}
});
