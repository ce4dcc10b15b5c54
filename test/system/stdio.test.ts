import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {closeSync, openSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {buffer, text} from 'node:stream/consumers';
import {tempDir} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {descriptors} from './leftovers.js';
import {execOutput, outputOf, systemTest as test, World} from './world.js';

test('with pipe, output and errors come as two streams, and input goes in', async t => {
	const world = new World(t);
	const container = await world.create({args: ['sh', '-c', 'cat; echo oops >&2; exit 4']}, {stdio: 'pipe'});
	container.stdin!.end('hello\n');
	await container.start();
	t.deepEqual(await outputOf(container), {code: 4, signal: null, stdout: 'hello\n', stderr: 'oops\n'});
});

test('10 MB go in and out unharmed', async t => {
	const world = new World(t);
	const data = Buffer.alloc(10 << 20, 'counting sheep ');
	const container = await world.start({args: ['sh', '-c', 'tee /dev/stderr | sha256sum']}, {stdio: 'pipe'});
	container.stdin!.end(data);
	const [stdout, stderr, {code}] = await Promise.all([text(container.stdout!), buffer(container.stderr!), container.wait()]);

	t.is(code, 0);
	t.is(stdout.split(' ')[0], createHash('sha256').update(data).digest('hex'));
	t.true(stderr.equals(data));
});

test('output that nobody reads yet is still there when the container has ended', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'head -c 60000 /dev/zero']}, {stdio: ['ignore', 'pipe', 'ignore']});
	await container.wait();
	await container.delete();
	t.is((await buffer(container.stdout!)).length, 60_000);
});

test('a program that does not read its input does not disturb who writes it', async t => {
	const world = new World(t);
	const container = await world.start({args: ['true']}, {stdio: ['pipe', 'ignore', 'ignore']});
	const errors: string[] = [];
	container.stdin!.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code!));
	const closed = new Promise(resolve => {
		container.stdin!.once('close', resolve);
	});
	container.stdin!.write(Buffer.alloc(1 << 20));
	t.is((await container.wait()).code, 0);
	await closed;
	t.deepEqual(errors.filter(code => code !== 'EPIPE'), []);
});

test('with ignore, all three are the null device of the container', async t => {
	const world = new World(t);
	const bundle = world.bundle({writable: true, args: ['sh', '-c', 'sleep 1000; true']});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	const script = 'for n in 0 1 2; do readlink /proc/1/fd/$n; stat -L -c %d /proc/1/fd/$n; done; stat -c %d /dev/null';
	const lines = (await execOutput(container, ['sh', '-c', script])).stdout.trim().split('\n');
	const device = lines.pop()!;
	t.deepEqual(lines, Array(3).fill(['/dev/null', device]).flat());
	t.is(container.stdin, null);
	t.is(container.stdout, null);
});

test('a descriptor that is given is used, stays open, and may be given twice', async t => {
	const world = new World(t);
	const path = join(tempDir(world), 'log');
	const log = openSync(path, 'w');
	const input = openSync('/etc/hostname', 'r');
	const before = descriptors();
	const container = await world.start({args: ['sh', '-c', 'cat > /dev/null; echo out; echo err >&2']}, {stdio: [input, log, log]});
	await container.wait();
	t.deepEqual(descriptors().filter(line => /log|hostname/.test(line)), before.filter(line => /log|hostname/.test(line)));
	closeSync(log);
	closeSync(input);
	t.is(readFileSync(path, 'utf8'), 'out\nerr\n');
});

test('with inherit, the container has what the program itself has', t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sh', '-c', 'read line; echo "got $line"; echo err >&2']});
	const script = `
		const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
		const runtime = new Runtime({root: ${JSON.stringify(world.root)}});
		runtime.run(${JSON.stringify(world.id())}, {bundle: ${JSON.stringify(bundle)}}).then(async container => {
			await container.wait();
			await container.delete();
		});`;
	const {stdout, stderr} = spawnSync(process.execPath, ['-e', script], {encoding: 'utf8', input: 'a line\n'});
	t.deepEqual([stdout, stderr], ['got a line\n', 'err\n']);
});

test('stdio is given to the user of the container, but the null device of the host stays as it is', async t => {
	const world = new World(t);
	const {uid, mode} = statSync('/dev/null');
	const bundle = world.bundle({args: ['sh', '-c', 'echo again > /dev/stdout; echo $(stat -L -c %u /proc/self/fd/1)'], edit: config => {
		config.process.user = {uid: 1000, gid: 1000};
	}});
	const devNull = openSync('/dev/null', 'r');
	const container = await world.runtime.run(world.id(), {bundle, stdio: [devNull, 'pipe', 'pipe']});
	t.deepEqual(await outputOf(container), {code: 0, signal: null, stdout: 'again\n1000\n', stderr: ''});
	closeSync(devNull);
	t.deepEqual([statSync('/dev/null').uid, statSync('/dev/null').mode], [uid, mode]);
});

test('stdio that is none is refused before anything is made', async t => {
	const world = new World(t);
	const bundle = world.bundle();
	for (const stdio of ['tty', ['pipe'], ['pipe', 'pipe', -1], ['pipe', 'pipe', 1.5], 7]) {
		await t.throwsAsync(world.runtime.create(world.id(), {bundle, stdio: stdio as 'pipe'}), {code: 'ERR_ARGUMENT'}, JSON.stringify(stdio));
	}

	await t.throwsAsync(world.runtime.create(world.id(), {bundle, stdio: ['ignore', 'ignore', 9999]}), {code: 'ERR_NATIVE', message: /EBADF/});
	t.deepEqual(await world.runtime.list(), []);
});
