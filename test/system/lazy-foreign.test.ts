// CRIU's own lazy-pages daemon and page server, as under runc: by the command, with a status descriptor.
import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {privateCriu} from '../../ts/criu/find.js';
import {noCriu} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';
import {CheckpointWorld, pipes} from './checkpoint-world.js';
import {until} from './world.js';

const port = 27_413;
const smallPipes = Number(readFileSync('/proc/sys/fs/pipe-max-size', 'utf8')) < 1 << 22 ? 'needs fs.pipe-max-size of 4 MiB' : undefined;

steady(testUnless(noCriu ?? smallPipes, test.serial))('criu lazy-pages takes memory from checkpoint --lazy-pages, once --status-fd says so', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('memory', ['memory', '16']);
	const {id, bundle} = scene.container;
	const imagesDir = world.imagesDir();
	const workDir = tempDir(world);
	const command = spawn(process.execPath, [projectPath('dist/ts/cli/main.js'), '--root', world.root, 'checkpoint', '--image-path', imagesDir,
		'--lazy-pages', '--page-server', `127.0.0.1:${port}`, '--status-fd', '3', id], {stdio: ['ignore', 'ignore', 'pipe', 'pipe']});
	const checkpointed = new Promise(resolve => {
		command.once('close', resolve);
	});
	const [ready] = await new Promise<Buffer[]>(resolve => {
		command.stdio[3]!.once('data', (...data: Buffer[]) => {
			resolve(data);
		});
	});
	t.deepEqual([...ready!], [0]);
	const daemon = spawn(privateCriu, ['lazy-pages', '-D', imagesDir, '-W', workDir, '--page-server', '--address', '127.0.0.1', '--port', String(port)], {stdio: 'ignore'});
	const served = new Promise(resolve => {
		daemon.once('close', resolve);
	});
	await until(() => existsSync(join(workDir, 'lazy-pages.socket')), 'criu lazy-pages');
	scene.become(await world.runtime.restore(world.id(), {bundle, imagesDir, workDir, stdio: pipes, lazyPages: true}));
	t.is(scene.container.lazyPages, undefined);
	t.is(await scene.ask('check'), 'ok');
	t.is(await served, 0);
	t.is(await checkpointed, 0);
});
