// migrate and receive: a container moves between two hosts, or stays where it is. Each host is a network namespace.
import {randomBytes} from 'node:crypto';
import type {ChildProcess} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import type {ExecutionContext} from 'ava';
import {TemporaryImages} from '../../ts/checkpoint/temporary.js';
import {linuxNative} from '../../ts/native/linux.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld, Lines, type Scene} from './checkpoint-world.js';
import {within} from './network-world.js';
import {command, commandAt, endOf, mainFile, twoHosts, type Ended, type TwoHosts} from './two-hosts.js';
import {until} from './world.js';

const mib = 32;
const port = 7000;

interface Move {
	readonly world: CheckpointWorld;
	readonly hosts: TwoHosts;
	readonly scene: Scene;
	/** At the destination, as both have the same cgroups. */
	readonly id: string;
	/** State directory of the destination. */
	readonly there: string;
	readonly key: string;
	/** Of the images, at either end. */
	readonly temporary: string;
	migrate(): {child: ChildProcess; end: Promise<Ended>};
	receive(key?: string): ChildProcess;
	/** Nothing of it is left at the destination, and all at the source. */
	stays(t: ExecutionContext): Promise<void>;
}

/** The process of a command that this file has started. */
const commandOf = (verb: string, id: string): number => Number(readdirSync('/proc').find(name => {
	try {
		const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
		return words[1] === mainFile && words.includes(verb) && words.includes(id);
	} catch {
		return false; // No process, or it has ended
	}
}));

const keyFile = (world: CheckpointWorld): string => {
	const path = join(tempDir(world), 'key');
	writeFileSync(path, randomBytes(32), {mode: 0o600});
	return path;
};

const listens = ({hosts}: Pick<Move, 'hosts'>) => async (): Promise<boolean> => within(hosts.source.pid, 'ss -Hltn').includes(`:${port}`);

const makeMove = async (world: CheckpointWorld): Promise<Move> => {
	const hosts = await twoHosts(world);
	const scene = await world.scene('memory', ['memory', String(mib)]);
	const {id: source, bundle} = scene.container;
	const [id, there, key] = [`${source}-there`, `${world.root}-there`, keyFile(world)];
	const temporary = join(tempDir(world), 'temporary');
	mkdirSync(temporary);
	world.teardown(async () => void await command('--root', there, 'delete', '--force', id));
	const address = `${hosts.source.address}:${port}`;
	const env = ['env', `TMPDIR=${temporary}`, process.execPath, mainFile];
	return {
		world, hosts, scene, id, there, key, temporary,
		migrate() {
			const [program, ...args] = env;
			const child = hosts.source.spawn(program!, [...args, '--root', world.root, 'migrate', '--listen', address, '--key-file', key, source]);
			return {child, end: endOf(child)};
		},
		// CRIU puts pipes in the place of pipes, and Node would give it sockets
		receive: (keyOfThese = key) => hosts.destination.spawn('sh', ['-c', 'cat | { "$@"; echo "ended $?"; } | cat', 'sh', ...env,
			'--root', there, 'receive', '--from', address, '--key-file', keyOfThese, '--bundle', bundle, id]),
		async stays(t) {
			t.is(await scene.ask('check'), 'ok');
			t.is(await scene.container.status(), 'running');
			t.deepEqual(existsSync(there) ? readdirSync(there) : [], []);
			t.deepEqual(readdirSync(temporary), []);
		},
	};
};

test('a container moves to another host by one command on each', async t => {
	const move = await makeMove(new CheckpointWorld(t));
	const {end} = move.migrate();
	await until(listens(move), 'the source to wait');
	t.is(await move.scene.ask('check'), 'ok', 'it runs until it is asked for');
	const destination = move.receive();
	let said = '';
	destination.stderr!.on('data', (bytes: Buffer) => {
		said += bytes.toString();
	});
	const lines = new Lines(destination.stdout as Readable);
	const ask = async (line: string): Promise<string> => {
		destination.stdin!.write(`${line}\n`);
		return lines.next();
	};

	t.is(await ask('check'), 'ok');
	t.deepEqual(await end, {code: 0, out: '', err: ''});
	t.deepEqual(await move.world.runtime.list(), []);
	t.is(await lines.next(), 'ended 0', 'all of the memory is there');
	t.is(await ask('check'), 'ok', 'without its source');
	t.deepEqual(readdirSync(move.temporary), [], 'the images are gone at both ends');
	await command('--root', move.there, 'delete', '--force', move.id);
	destination.stdin!.end();
	t.is(said, '');
});

test('one without the key, and a destination that refuses, change nothing', async t => {
	const move = await makeMove(new CheckpointWorld(t));
	const {end} = move.migrate();
	await until(listens(move), 'the source to wait');
	const wrong = await endOf(move.receive(keyFile(move.world)));
	t.regex(wrong.err, /cannot be reached, or has another key/);
	t.is(await move.scene.ask('check'), 'ok');

	// The same cgroup: the destination finds that out when the images are there
	const refused = await endOf(commandAt(move.hosts.destination, move.there, 'receive', '--from', `${move.hosts.source.address}:${port}`, '--key-file', move.key, '--bundle', move.scene.container.bundle, move.scene.container.id));
	t.is(refused.code, 1);
	t.regex(refused.err, /the cgroup .* is not empty/);
	const {code, err} = await end;
	t.is(code, 1);
	t.regex(err, /was not moved, and runs on: the cgroup .* is not empty/);
	await move.stays(t);
});

test('a source that may not let it go says why', async t => {
	const move = await makeMove(new CheckpointWorld(t));
	const exec = await move.scene.container.exec({args: ['/bin/sleep', '1000']});
	const {end} = move.migrate();
	await until(listens(move), 'the source to wait');
	const refused = await endOf(move.receive());
	t.regex(refused.err, /the source cannot let it go: .*exec/);
	t.regex((await end).err, /exec/);
	await exec.kill('SIGKILL');
	await exec.wait();
	await move.stays(t);
});

/** What any other one begins with. */
const nextMigration = async ({temporary}: Move): Promise<void> => {
	const before = process.env['TMPDIR'];
	process.env['TMPDIR'] = temporary;
	try {
		await (await TemporaryImages.make(linuxNative())).remove();
	} finally {
		if (before === undefined) {
			delete process.env['TMPDIR'];
		} else {
			process.env['TMPDIR'] = before;
		}
	}
};

test('a connection that is lost, and a program that is killed, at either end', async t => {
	const world = new CheckpointWorld(t);
	for (const [what, lose] of [
		['the destination is told to end', (move: Move) => process.kill(commandOf('receive', move.id), 'SIGTERM')],
		['the destination is killed', (move: Move) => process.kill(commandOf('receive', move.id), 'SIGKILL')],
		['the source is killed', (move: Move) => process.kill(commandOf('migrate', move.scene.container.id), 'SIGKILL')],
		['the source is told to end', (move: Move) => process.kill(commandOf('migrate', move.scene.container.id), 'SIGINT')],
		['the cable is pulled out', ({hosts}: Move) => hosts.cable(false)],
	] as const) {
		const move = await makeMove(world);
		const {end} = move.migrate();
		await until(listens(move), 'the source to wait');
		const destination = endOf(move.receive());
		await until(() => readdirSync(move.temporary).length === 2, `the images, before ${what}`);
		lose(move);
		t.not((await end).code, 0, what);
		await destination;
		if (what.endsWith('killed')) {
			t.is(readdirSync(move.temporary).length, 1, 'which nobody was left to remove');
			await nextMigration(move);
		}

		await move.stays(t);
	}
});
