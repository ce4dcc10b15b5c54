// Post-copy by the command alone, from one host to another: no daemon is started by hand.
import {randomBytes} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, Lines} from './checkpoint-world.js';
import {command, commandAt, endOf, mainFile, twoHosts} from './two-hosts.js';
import {until} from './world.js';

const mib = 32;

const keyFile = (world: CheckpointWorld, mode = 0o600): string => {
	const path = join(tempDir(world), 'key');
	writeFileSync(path, randomBytes(32), {mode});
	return path;
};

test('a container moves to another host by checkpoint --lazy-pages --listen and restore --lazy-pages --from', async t => {
	const world = new CheckpointWorld(t);
	const hosts = await twoHosts(world);
	const {container} = await world.scene('memory', ['memory', String(mib)]);
	const imagesDir = world.imagesDir();
	const key = keyFile(world);
	const status = join(tempDir(world), 'status');
	const address = `${hosts.source.address}:7000`;
	const source = hosts.source.spawn('sh', ['-c', `exec 9>${status}; exec "$@"`, 'sh', process.execPath, mainFile, '--root', world.root,
		'checkpoint', '--lazy-pages', '--listen', address, '--key-file', key, '--status-fd', '9', '--image-path', imagesDir, container.id]);
	const sourceEnd = endOf(source);
	await until(() => existsSync(status) && readFileSync(status).length === 1, 'the source to be ready');

	const [there, id] = [`${world.root}-there`, `${container.id}-there`]; // As both have the same cgroups
	world.teardown(async () => void await command('--root', there, 'delete', '--force', id));
	// CRIU puts pipes in the place of pipes, and Node would give it sockets
	const restore = (keyPath: string) => hosts.destination.spawn('sh', ['-c', 'cat | { "$@"; echo "ended $?"; } | cat', 'sh', process.execPath, mainFile, '--root', there, 'restore', '--lazy-pages', '--from', address, '--key-file', keyPath, '--image-path', imagesDir, '--bundle', container.bundle, id]);
	const refused = restore(keyFile(world));
	refused.stdin!.end();
	const wrong = await endOf(refused);
	t.is(wrong.out, 'ended 1\n');
	t.regex(wrong.err, /has another key: .*(?:decrypt|PSK|alert|bad record)/i);

	const destination = restore(key);
	const lines = new Lines(destination.stdout as Readable);
	const ask = async (line: string): Promise<string> => {
		destination.stdin!.write(`${line}\n`);
		return lines.next();
	};

	t.is(await ask('ping'), 'ok');
	t.is(await ask('check'), 'ok');
	t.deepEqual(await sourceEnd, {code: 0, out: '', err: ''}, 'it prints nothing');
	t.deepEqual(await world.runtime.list(), []);
	t.is(await ask('check'), 'ok', 'without its source');
	destination.stdin!.end();
	t.is(await lines.next(), 'ended 0', 'as its program has ended');
});

test('a wrong line is refused before anything is touched', async t => {
	const world = new CheckpointWorld(t);
	const container = await world.start();
	const open = keyFile(world, 0o644);
	for (const [words, message] of [
		[['--lazy-pages'], /--lazy-pages needs --listen HOST:PORT/],
		[['--lazy-pages', '--listen', '127.0.0.1:0', '--page-server', '127.0.0.1:1'], /--lazy-pages needs --listen HOST:PORT/],
		[['--listen', '127.0.0.1:0'], /--listen needs --lazy-pages/],
		[['--lazy-pages', '--listen', '127.0.0.1:0'], /there is no --key-file/],
		[['--lazy-pages', '--listen', '127.0.0.1:0', '--key-file', open], /others may read or write .*chmod 600/],
		[['--lazy-pages', '--listen', '127.0.0.1:0', '--key-file', keyFile(world), '--insecure'], /insecure/],
		[['--lazy-pages', '--listen', 'nowhere', '--insecure'], /host:port/],
	] as const) {
		const {code, err} = await command('--root', world.root, 'checkpoint', ...words, '--image-path', world.imagesDir(), container.id);
		t.is(code, 1, words.join(' '));
		t.regex(err, message);
	}

	t.regex((await command('--root', world.root, 'restore', '--from', 'a:1', '--bundle', container.bundle, world.id())).err, /--from needs --lazy-pages/);
	t.is(await container.status(), 'running');
});

test('^C calls a checkpoint off: the container runs on, and no images are left', async t => {
	const world = new CheckpointWorld(t);
	const hosts = await twoHosts(world);
	const scene = await world.scene('memory', ['memory', String(mib)]);
	const imagesDir = world.imagesDir();
	const child = commandAt(hosts.source, world.root, 'checkpoint', '--lazy-pages', '--listen', '127.0.0.1:0', '--insecure', '--image-path', imagesDir, scene.container.id);
	const end = endOf(child);
	await until(() => existsSync(join(imagesDir, 'inventory.img')), 'the images');
	child.kill('SIGINT');
	const {code, err} = await end;
	t.is(code, 1);
	t.regex(err, /called off/);
	t.is(await scene.ask('check'), 'ok');
	t.false(existsSync(imagesDir));
});
