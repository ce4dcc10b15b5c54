// Descriptors across a checkpoint whose other end is with somebody else: pipes that were passed on, and terminals.
import {execFileSync, spawn} from 'node:child_process';
import {closeSync, existsSync, openSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import {linuxNative} from '../../ts/native/linux.js';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, Lines, pipes} from './checkpoint-world.js';
import {until} from './world.js';

test('inheritFd puts a pipe of the restore in the place of one that was passed on', async t => {
	const world = new CheckpointWorld(t);
	const native = linuxNative();
	const bundle = world.bundle({args: ['sh', '-c', 'echo ready; while read -r line; do echo "$line" >&3 2>/dev/null && echo said || echo lost; done']});
	const [first, given] = native.pipe();
	const container = await world.runtime.run(world.id(), {bundle, stdio: pipes, fds: [given]});
	const key = readlinkSync(`/proc/self/fd/${given}`);
	native.close(given);
	native.close(first);
	t.is(await new Lines(container.stdout!).next(), 'ready');
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	await container.delete({force: true});

	const [read, write] = native.pipe();
	const restored = await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: pipes, inheritFd: [{key, fd: write}]});
	native.close(write);
	restored.stdin!.write('through\n');
	t.is(await new Lines(restored.stdout!).next(), 'said');
	const stream = native.readStream(read);
	t.is(await new Lines(stream).next(), 'through');
	stream.destroy();
	await restored.delete({force: true});

	// Without it the pipe has no other end
	const alone = await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: pipes});
	alone.stdin!.write('nobody\n');
	t.not(await new Lines(alone.stdout!).next().catch(() => 'ended'), 'said');
	await alone.delete({force: true});
});

test('stdio that is the terminal of the caller is that of the one who restores', async t => {
	const world = new CheckpointWorld(t);
	const directory = tempDir(world);
	const id = world.id();
	const bundle = world.bundle({args: ['sh', '-c', 'n=0; while :; do n=$((n + 1)); echo "on $n" || exit; sleep 0.05; done']});
	const images = world.imagesDir();
	/** In a terminal, whose output goes to a file. */
	const inTerminal = (body: string, log: string): void => {
		const script = `const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))}); const runtime = new Runtime({root: '${world.root}'}); const until = async () => { for (let n = 0; n < 400 && !require('fs').existsSync('${directory}/enough'); n++) await new Promise(resolve => setTimeout(resolve, 50)) }; (async () => {${body}})()`;
		const child = spawn('script', ['--quiet', '--flush', '--return', '--command', `exec ${process.execPath} -e "$SCRIPT"`, join(directory, log)], {stdio: 'ignore', env: {...process.env, SCRIPT: script, SHELL: '/bin/sh'}});
		world.teardown(() => {
			child.kill('SIGKILL');
		});
	};
	const heard = (log: string): string => existsSync(join(directory, log)) ? readFileSync(join(directory, log), 'utf8') : '';
	inTerminal(`const container = await runtime.run('${id}', {bundle: '${bundle}'}); setTimeout(async () => { await container.checkpoint({imagesDir: '${images}'}); console.log('away') }, 500)`, 'first');
	await until(() => heard('first').includes('away'), 'the checkpoint');
	inTerminal(`const container = await runtime.restore('${id}', {bundle: '${bundle}', imagesDir: '${images}'}); await until(); await container.delete({force: true})`, 'second');
	await until(() => /on \d+\r\n(.*\n)*on \d+\r\n/.test(heard('second')), 'output in the second terminal');
	const last = Number(heard('first').match(/on (\d+)\r\n(?!on)/)![1]);
	t.is(Number(/on (\d+)\r/.exec(heard('second'))![1]), last + 1, 'it counts on');
	closeSync(openSync(join(directory, 'enough'), 'w'));
	await until(() => execFileSync('sh', ['-c', `ls ${world.root}`], {encoding: 'utf8'}).includes(id) === false, 'its end');
});
