// A container across a checkpoint: what is ours and not the program's. Its child, its streams, cgroup, mounts, ids.
import {execFileSync} from 'node:child_process';
import {chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, pipes, withUserNamespace} from './checkpoint-world.js';
import {elsewhere, execOutput, until} from './world.js';

test('a restored container is our child: wait tells its exit code, or its signal', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	await scene.move();
	t.is(await scene.container.status(), 'running');
	t.is((await scene.container.state()).pid, scene.container.pid);
	t.is(await scene.ask('echo $n'), '1', 'stdin is attached, and the variable is there');
	scene.container.stdin!.end();
	t.deepEqual(await scene.container.wait(), {code: 9, signal: null});
	t.is(await scene.container.status(), 'stopped');
	await scene.container.delete();

	const other = await world.shellScene();
	await other.move();
	await other.container.kill('SIGKILL');
	t.deepEqual(await other.container.wait(), {code: null, signal: 'SIGKILL'});
});

test('after a checkpoint the container is gone, its images tell the rest', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const imagesDir = world.imagesDir();
	const {container} = scene;
	const {stats} = await container.checkpoint({imagesDir});
	t.true(stats!.pagesWritten > 10n);
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGKILL'});
	t.deepEqual(await world.runtime.list(), []);
	t.is(statSync(imagesDir).mode & 0o777, 0o700);
	t.false(existsSync(`${imagesDir}.partial`));
	t.is((JSON.parse(readFileSync(join(imagesDir, 'ctnative.json'), 'utf8')) as {id: string}).id, container.id);
});

test('a terminal comes back with its size, and both directions', async t => {
	const world = new CheckpointWorld(t);
	const bundle = world.bundle({args: ['sh', '-c', 'echo ready; while read -r line; do eval "$line"; done'], edit: config => {
		config.process.terminal = true;
		config.process.consoleSize = {height: 33, width: 99};
	}});
	const container = await world.runtime.run(world.id(), {bundle});
	let said = '';
	container.terminal!.on('data', data => {
		said += String(data);
	});
	await until(() => said.includes('ready'), 'the program');
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const restored = await world.runtime.restore(container.id, {bundle, imagesDir});
	said = '';
	restored.terminal!.on('data', data => {
		said += String(data);
	});
	restored.terminal!.write('stty size; tty\n');
	await until(() => said.includes('33 99\r\n/dev/pts/0\r\n'), 'its answer');
	restored.resize({rows: 20, columns: 50});
	restored.terminal!.write('stty size\n');
	await until(() => said.includes('20 50\r\n'), 'the new size');
	t.is(restored.stdout, null);
	await restored.kill('SIGKILL');
	await restored.wait();
});

test('exec works after a restore, in the same time namespace', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	await scene.move();
	const {container} = scene;
	const inside = await execOutput(container, ['sh', '-c', 'for file in 1/ns/time self/ns/time 1/ns/pid self/ns/pid; do readlink /proc/$file; done; hostname']);
	const [time, ownTime, pid, ownPid, hostname] = inside.stdout.split('\n');
	t.is(ownTime, time);
	t.is(ownPid, pid);
	t.is(hostname, 'runc');
	await container.pause();
	t.is(await container.status(), 'paused');
	await container.resume();
	t.is(await scene.ask('echo on'), 'on');
});

test('a paused container can be checkpointed, and runs when it is restored', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	await scene.container.pause();
	await scene.move();
	t.is(await scene.container.status(), 'running');
	t.is(await scene.ask('echo on'), 'on');
});

test('leaveRunning leaves it running, paused if it was; the images can be restored when it is gone', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const {container} = scene;
	const imagesDir = world.imagesDir();
	await scene.ask('x=1; echo');
	await container.checkpoint({imagesDir, leaveRunning: true});
	t.is(await container.status(), 'running');
	t.is(await scene.ask('x=2; echo $x'), '2');
	await container.pause();
	await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	t.is(await container.status(), 'paused');
	await container.resume();
	t.is(await scene.ask('echo $x'), '2');

	const id = world.id();
	const twin = await world.runtime.restore(id, {bundle: container.bundle, imagesDir, stdio: pipes});
	t.is(await container.status(), 'running', 'both at once: each has its own pid namespace');
	const pid = container.pid;
	await container.delete({force: true});
	scene.become(twin);
	t.is(await scene.ask('echo $x'), '1');
	t.not(twin.pid, pid);
});

test('pipes that a restore ignored are the container\'s own /dev/null from then on, whatever the next one gives', async t => {
	const world = new CheckpointWorld(t);
	const bundle = world.bundle({args: ['sleep', '1000']});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'pipe'});
	const {imagesDir: first} = await container.checkpoint({imagesDir: world.imagesDir()});
	const ignored = await world.runtime.restore(container.id, {bundle, imagesDir: first, stdio: 'ignore'});
	const {imagesDir: second} = await ignored.checkpoint({imagesDir: world.imagesDir()});
	const again = await world.runtime.restore(container.id, {bundle, imagesDir: second, stdio: 'pipe'});
	const look = 'for fd in 0 1 2; do readlink /proc/1/fd/$fd; [ $(sed -n "s/mnt_id:\t//p" /proc/1/fdinfo/$fd) = $(sed -n "s/mnt_id:\t//p" /proc/self/fdinfo/3) ] && echo own; done';
	t.is((await execOutput(again, ['sh', '-c', `exec 3</dev/null; ${look}`])).stdout, '/dev/null\nown\n'.repeat(3));
});

test('stdio that is ignored, or a file of the host, is what it was', async t => {
	const world = new CheckpointWorld(t);
	const log = join(tempDir(world), 'log');
	const bundle = world.bundle({args: ['sh', '-c', 'n=0; while :; do echo $((n += 1)); sleep 0.02; done']});
	const ignored = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	const {imagesDir: first} = await ignored.checkpoint({imagesDir: world.imagesDir()});
	const again = await world.runtime.restore(ignored.id, {bundle, imagesDir: first, stdio: 'ignore'});
	t.is((await execOutput(again, ['readlink', '/proc/1/fd/1'])).stdout, '/dev/null\n');
	await again.kill('SIGKILL');
	await again.wait();

	// A log of the host is not in the container: it is given again at the restore
	const file = openSync(log, 'a');
	const stdio = ['ignore', file, file] as const;
	const container = await world.runtime.run(world.id(), {bundle, stdio});
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const restored = await world.runtime.restore(container.id, {bundle, imagesDir, stdio});
	closeSync(file);
	const numbers = (): number[] => readFileSync(log, 'utf8').trim().split('\n').map(Number);
	const last = numbers().length;
	await until(() => numbers().length > last + 3, 'more lines');
	t.deepEqual(numbers(), numbers().map((_, index) => index + 1), 'none is lost and none is double');
	await restored.delete({force: true});
});

test('one file of the host that was opened for each of stdio comes back as three', async t => {
	const world = new CheckpointWorld(t);
	const directory = tempDir(world);
	const [log, input, output, errors] = ['log', 'input', 'output', 'errors'].map(name => join(directory, name)) as [string, string, string, string];
	writeFileSync(log, 'first\n');
	writeFileSync(input, 'second\n');
	const open = (paths: readonly [string, string, string]): [number, number, number] => [openSync(paths[0], 'r'), openSync(paths[1], 'a'), openSync(paths[2], 'a')];
	const bundle = world.bundle({args: ['sh', '-c', 'read a; while sleep 0.02; do read b; echo $b; echo >&2 on; done']});
	const given = open([log, log, log]);
	const container = await world.runtime.run(world.id(), {bundle, stdio: given});
	await until(() => readFileSync(log, 'utf8').includes('on\n'), 'the program to have read its line');
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const others = open([input, output, errors]);
	const restored = await world.runtime.restore(container.id, {bundle, imagesDir, stdio: others});
	[...given, ...others].forEach(fd => closeSync(fd));
	await until(() => [output, errors].every(path => existsSync(path) && readFileSync(path, 'utf8').length > 3), 'output in both files');
	t.true(readFileSync(output, 'utf8').includes('second\n'));
	t.regex(readFileSync(errors, 'utf8'), /^(on\n)+$/);
	await restored.delete({force: true});
});

test('stdio that is inherited is that of the program that restores', async t => {
	const world = new CheckpointWorld(t);
	const directory = tempDir(world);
	const id = world.id();
	const bundle = world.bundle({args: ['sh', '-c', 'echo ready; while :; do echo >&2 on; sleep 0.02; done']});
	const images = world.imagesDir();
	const program = (body: string, log: string): void => {
		const script = `const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))}); const runtime = new Runtime({root: '${world.root}'}); (async () => {${body}})()`;
		execFileSync('sh', ['-c', `exec "$0" -e "$1" > ${directory}/${log} 2>&1 < /dev/null`, process.execPath, script]);
	};
	program(`const container = await runtime.run('${id}', {bundle: '${bundle}'}); while (!require('node:fs').readFileSync('${directory}/first', 'utf8').includes('on')) await new Promise(resolve => setTimeout(resolve, 10)); await container.checkpoint({imagesDir: '${images}'})`, 'first');
	program(`await runtime.restore('${id}', {bundle: '${bundle}', imagesDir: '${images}'})`, 'second');
	await until(() => readFileSync(join(directory, 'second'), 'utf8').includes('on\n'), 'output in the second file');
	t.regex(readFileSync(join(directory, 'first'), 'utf8'), /^ready\n(on\n)+$/);
});

test('another id, another bundle, another root filesystem and another source of a bind mount', async t => {
	const world = new CheckpointWorld(t);
	const first = tempDir(world);
	const second = tempDir(world);
	writeFileSync(join(first, 'name'), 'first\n');
	writeFileSync(join(second, 'name'), 'second\n');
	const withData = (source: string) => world.bundle({
		args: ['sh', '-c', 'n=0; echo ready; while read -r line; do n=$((n + 1)); eval "$line"; done; exit 9'],
		edit: config => {
			config.mounts.push({destination: '/tmp', type: 'bind', source, options: ['bind', 'ro']});
		},
	});
	const bundle = withData(first);
	const scene = await world.shellScene({edit: config => {
		config.mounts.push({destination: '/tmp', type: 'bind', source: first, options: ['bind', 'ro']});
	}});
	t.is(await scene.ask('cat /tmp/name'), 'first');
	const moved = `${bundle}-moved`;
	renameSync(bundle, moved);
	world.teardown(() => rmSync(moved, {recursive: true, force: true}));
	const id = world.id();
	await scene.move({id, restore: {bundle: moved}});
	t.is(scene.container.id, id);
	t.is(scene.container.bundle, moved);
	t.is(await scene.ask('cat /tmp/name'), 'first');
	await scene.move({restore: {bundle: withData(second)}});
	t.is(await scene.ask('cat /tmp/name'), 'second');
});

test('bind mounts: a directory to write to, a file to read, a tree with another mount in it', async t => {
	const world = new CheckpointWorld(t);
	const data = tempDir(world);
	mkdirSync(join(data, 'tree/below'), {recursive: true});
	writeFileSync(join(data, 'file'), 'content\n');
	const scene = await world.shellScene({writable: true, edit: config => {
		config.mounts.push(
			{destination: '/data', type: 'bind', source: data, options: ['rbind', 'rw']},
			{destination: '/etc/one', type: 'bind', source: join(data, 'file'), options: ['bind', 'ro']},
			{destination: '/data/tree/below', type: 'tmpfs', source: 'tmpfs'},
		);
	}});
	await scene.ask('echo inside > /data/tree/below/x; echo; exec 7>>/data/log; echo before >&7');
	await scene.move();
	t.is(await scene.ask('echo after >&7; cat /data/tree/below/x'), 'inside');
	t.is(readFileSync(join(data, 'log'), 'utf8'), 'before\nafter\n');
	t.is(await scene.ask('cat /etc/one; echo x 2>/dev/null >> /etc/one || echo refused'), 'content');
	t.is(await scene.next(), 'refused');
});

test('a source that is gone is named, with a cure, and nothing is left', async t => {
	const world = new CheckpointWorld(t);
	const data = join(tempDir(world), 'data');
	mkdirSync(data);
	const scene = await world.shellScene({edit: config => {
		config.mounts.push({destination: '/tmp', type: 'bind', source: data, options: ['bind']});
	}});
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	rmSync(data, {recursive: true});
	await t.throwsAsync(world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: 'ignore'}), {
		code: 'ERR_CHECKPOINT_IMAGES', message: `what was mounted at /tmp is not there: ${data} (put it back, or name another source in config.json)`,
	});
	t.deepEqual(await world.runtime.list(), []);
});

test('cgroup limits hold after a restore, and the statistics are there', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit: config => {
		config.linux.resources = {...config.linux.resources, memory: {limit: 33_554_432}, pids: {limit: 17}};
	}});
	await scene.move({id: world.id()});
	const {memory, pids} = await scene.container.stats();
	t.is(Number(memory.usage.limit), 33_554_432);
	t.is(Number(pids.limit), 17);
	t.is(pids.current, 1);
	t.deepEqual(await scene.container.processes(), [scene.container.pid]);
});

test('namespaces of the host, and a cgroup namespace', async t => {
	const world = new CheckpointWorld(t);
	const host = await world.shellScene({edit: config => {
		config.linux.namespaces = [{type: 'pid'}, {type: 'mount'}];
		delete config.hostname;
		config.mounts = config.mounts.filter(({type}) => type !== 'sysfs' && type !== 'mqueue');
	}});
	await host.move();
	t.is(await host.ask('readlink /proc/1/ns/net'), readlinkSync('/proc/self/ns/net'));

	const own = await world.shellScene({edit: config => {
		config.linux.namespaces!.push({type: 'cgroup'});
	}});
	t.is(await own.ask('grep -c ":/$" /proc/1/cgroup'), await own.ask('wc -l < /proc/1/cgroup'));
	await own.move({id: world.id()});
	t.is(await own.ask('echo on'), 'on');
});

test('descriptors that a shell has put elsewhere for the while come back, too', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	// 0 and 1 are files of the container's now, and the pipes wait at other numbers
	scene.container.stdin!.write('{ echo here >&3; while ! test -e /dev/shm/on; do usleep 1000; done; } 3>&1 </proc/version >/dev/null; echo back\n');
	t.is(await scene.next(), 'here');
	await scene.move();
	await execOutput(scene.container, ['touch', '/dev/shm/on']);
	t.is(await scene.next(), 'back');
	t.is(await scene.ask('echo $n'), '2');
	await scene.move(); // What a restore gave is known as well
	t.is(await scene.ask('echo $n'), '3');
});

test('a user namespace with other ids outside', async t => {
	const world = new CheckpointWorld(t);
	const bundle = world.bundle({args: ['sleep', '1000'], edit: config => {
		withUserNamespace(config, 100_000);
		config.process.user = {uid: 1000, gid: 1000};
	}});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	chmodSync(imagesDir, 0o700); // As runc makes it: that root may not enter it
	const restored = await world.runtime.restore(container.id, {bundle, imagesDir, stdio: 'ignore'});
	t.is(statSync(imagesDir).mode & 0o777, 0o700);
	t.true(existsSync(join(imagesDir, 'restore.log')));
	t.is(statSync(`/proc/${restored.pid}`).uid, 101_000);
	t.is((await execOutput(restored, ['id', '-u'])).stdout, '1000\n');
});

test('another program can checkpoint a container, and another one restore it', async t => {
	const world = new CheckpointWorld(t);
	const container = await world.start({args: ['sleep', '1000']});
	const imagesDir = world.imagesDir();
	t.deepEqual(await elsewhere(world, `const container = await runtime.load('${container.id}'); return (await container.checkpoint({imagesDir: '${imagesDir}'})).imagesDir`), imagesDir);
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGKILL'});
	const pid = await elsewhere(world, `return (await runtime.restore('${container.id}', {bundle: '${container.bundle}', imagesDir: '${imagesDir}', stdio: 'ignore'})).pid`) as number;
	const restored = await world.runtime.load(container.id);
	t.is(restored.pid, pid);
	t.is(await restored.status(), 'running');
	t.true(readdirSync(`/proc/${pid}/task`).length === 1);
});
