// Options of a checkpoint: without each, the failure names it; with it, it works. And the network outside.
import {execFileSync, spawn, type ChildProcess} from 'node:child_process';
import {createInterface} from 'node:readline';
import {readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {tempDir} from '../support/temp-dir.js';
import {buildWorkload} from '../support/workload.js';
import {checkpointTest as test, CheckpointWorld, type Move, type Scene, type SceneOptions} from './checkpoint-world.js';
import {connect} from './network-world.js';
import {behind} from './private-mounts.js';
import {isV2, until} from './world.js';

type Options = NonNullable<Move['checkpoint']>;

/** Fails with the option's name and leaves the container running; with the option it succeeds. */
const needs = async (t: ExecutionContext, world: CheckpointWorld, scene: Scene, option: string, given: Options): Promise<void> => {
	const imagesDir = world.imagesDir();
	await t.throwsAsync(scene.container.checkpoint({imagesDir, ...given, [option]: false}), {code: 'ERR_CRIU_FAILED', message: new RegExp(`set ${option}\\b`)});
	t.is(await scene.container.status(), 'running');
};

for (const [option, program, args] of [
	['fileLocks', 'files', ['locks', '/tmp']],
	['linkRemap', 'files', ['linked']],
	['tcpEstablished', 'sockets', ['tcp']],
] as const) {
	test(`without ${option} the failure names it`, async t => {
		const world = new CheckpointWorld(t);
		const scene = await world.scene(program, args);
		await needs(t, world, scene, option, {});
		t.is(await scene.ask(), 'ok');
		const value = {[option]: true};
		await scene.move({checkpoint: value, restore: option === 'linkRemap' ? {} : value});
		t.is(await scene.ask(), 'ok');
	});
}

test('a deleted file beyond ghostLimit is refused by its name', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('files', ['deleted', '3000000']);
	await t.throwsAsync(scene.container.checkpoint({imagesDir: world.imagesDir()}), {message: /set ghostLimit/});
	t.is(await scene.ask(), 'ok');
});

test('a TCP connection needs tcpEstablished at the restore too, or tcpClose, which closes it', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('sockets', ['tcp']);
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), tcpEstablished: true});
	const options = {bundle: container.bundle, imagesDir, stdio: ['pipe', 'pipe', 'ignore'] as const};
	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore'}), {message: /set tcpEstablished/});
	scene.become(await world.runtime.restore(container.id, {...options, tcpClose: true}));
	t.is(await scene.ask('closed'), 'ok');
});

test('a socket that is connected to one outside needs extUnixSk, and the network of the host', async t => {
	const world = new CheckpointWorld(t);
	const directory = tempDir(world);
	const path = join(directory, 'socket');
	const server = spawn('perl', ['-MSocket', '-e', `socket(S, PF_UNIX, SOCK_DGRAM, 0); bind(S, pack_sockaddr_un("${path}")) or die; $| = 1; print "up\\n"; while (defined recv(S, $m, 99, 0)) { print "$m\\n" }`], {stdio: ['ignore', 'pipe', 'ignore']});
	world.teardown(() => {
		server.kill('SIGKILL');
	});
	const heard = createInterface({input: server.stdout})[Symbol.asyncIterator]();
	t.is((await heard.next()).value, 'up');
	const outside = async (hasNetwork: boolean): Promise<Scene> => world.scene('sockets', ['outside', path], {edit: config => {
		// CRIU looks for it by the name that it has on the host
		config.mounts.push({destination: directory, type: 'bind', source: directory, options: ['bind']});
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => hasNetwork || type !== 'network');
	}});
	const apart = await outside(true);
	await t.throwsAsync(apart.container.checkpoint({imagesDir: world.imagesDir(), extUnixSk: true}), {message: /the network of the host and set extUnixSk/});
	t.is(await apart.ask('apart'), 'ok');
	t.is((await heard.next()).value, 'apart');
	const scene = await outside(false);
	await needs(t, world, scene, 'extUnixSk', {});
	await scene.move({checkpoint: {extUnixSk: true}, restore: {extUnixSk: true}});
	t.is(await scene.ask('hello'), 'ok');
	t.is((await heard.next()).value, 'hello');
	server.kill('SIGKILL');
	await new Promise(resolve => {
		server.once('close', resolve);
	});
	rmSync(path);
});

test('a configuration file is read last and overrides what is given', async t => {
	const world = new CheckpointWorld(t);
	const file = join(tempDir(world), 'criu.conf');
	writeFileSync(file, 'file-locks\n');
	const scene = await world.scene('files', ['locks', '/tmp']);
	const options = {leaveRunning: true, fileLocks: false};
	await t.throwsAsync(scene.container.checkpoint({imagesDir: world.imagesDir(), ...options}), {message: /set fileLocks/});
	await scene.container.checkpoint({imagesDir: world.imagesDir(), ...options, configFile: file});
	t.is(await scene.ask(), 'ok');
});

test('tcpSkipInFlight leaves out a connection that the program has not accepted yet', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('sockets', ['echo', '4711']);
	const client = await connect(world, '127.0.0.1', ['nsenter', '-t', String(scene.container.pid), '-n']);
	await needs(t, world, scene, 'tcpSkipInFlight', {tcpEstablished: true});
	await scene.move({checkpoint: {tcpSkipInFlight: true, tcpEstablished: true}, restore: {tcpEstablished: true}});
	t.is(await scene.container.status(), 'running');
	await client.end();
});

test('timeout is how long a process is waited for that cannot be halted; then the container is let go', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('stuck', []);
	const begun = Date.now();
	await t.throwsAsync(scene.container.checkpoint({imagesDir: world.imagesDir(), timeout: 1}), {code: 'ERR_CRIU_FAILED', message: /set timeout\b/});
	t.true(Date.now() - begun < 9000, 'not the ten seconds that are the default');
	t.is(await scene.container.status(), 'running');
	await scene.container.delete({force: true});
});

test('without configFile that of the annotation org.criu.config holds, or else that of runc', async t => {
	const world = new CheckpointWorld(t);
	const file = join(tempDir(world), 'criu.conf');
	writeFileSync(file, 'tcp-established\n');
	const annotated = async (path: string): Promise<Scene> => world.scene('sockets', ['tcp'], {edit: config => {
		config.annotations = {'org.criu.config': path};
	}});
	const scene = await annotated(file);
	await scene.move({restore: {tcpEstablished: false}});
	t.is(await scene.ask(), 'ok', 'for the dump and for the restore');

	// Whether it runs on the caller says
	writeFileSync(`${file}.on`, 'tcp-established\nleave-running\n');
	const other = await annotated(`${file}.on`);
	await other.container.checkpoint({imagesDir: world.imagesDir()});
	t.is(await other.container.status(), 'stopped');

	// That of runc is in a mount namespace where nobody else sees it
	const [upper, work] = [tempDir(world), tempDir(world)];
	const etc = `mount -t overlay overlay -o lowerdir=/etc,upperdir=${upper},workdir=${work} /etc; mkdir -p /etc/criu; cp ${file} /etc/criu/runc.conf`;
	const checkpoint = async ({container: {id}}: Scene): Promise<unknown> =>
		behind(world, etc, `return (await runtime.load('${id}')).checkpoint({imagesDir: '${world.imagesDir()}', leaveRunning: true}).then(() => 'done');`);
	t.is(await checkpoint(await world.scene('sockets', ['tcp'])), 'done');
	t.like(await checkpoint(await annotated('')), {error: 'ERR_CRIU_FAILED'}, 'an empty one is none');
});

test('manageCgroupsMode can be any of CRIU\'s', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	// On cgroup2 the others take nsdelegate from the options of the host's own mount (CRIU issue 3029)
	for (const manageCgroupsMode of isV2 ? ['ignore', 'none'] as const : ['ignore', 'none', 'props', 'soft', 'full'] as const) {
		await scene.container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true, manageCgroupsMode});
	}

	t.is(await scene.ask('echo on'), 'on');
});

test('logs go to workDir', async t => {
	const world = new CheckpointWorld(t);
	const workDir = tempDir(world);
	const scene = await world.shellScene();
	await scene.move({checkpoint: {workDir}, restore: {workDir}});
	t.is(execFileSync('ls', [workDir], {encoding: 'utf8'}), 'dump.log\nrestore.log\nstats-dump\nstats-restore\n');
});

/** A network namespace that lives as long as its process. */
const networkNamespace = async (world: CheckpointWorld): Promise<ChildProcess & {pid: number}> => {
	const child = spawn('unshare', ['--net', 'sleep', '1000'], {stdio: 'ignore'}) as ChildProcess & {pid: number};
	world.teardown(() => {
		child.kill('SIGKILL');
	});
	const own = readlinkSync('/proc/self/ns/net');
	await until(() => readlinkSync(`/proc/${child.pid}/ns/net`) !== own, 'the namespace');
	return child;
};

const within = (pid: number, command: string): string => execFileSync('nsenter', ['-t', String(pid), '-n', 'sh', '-ec', command], {encoding: 'utf8'});

const echoScene = async (world: CheckpointWorld, inner: number, options: SceneOptions = {}): Promise<Scene> =>
	world.scene('sockets', ['echo', '4711'], {...options, edit: config => {
		const network = config.linux.namespaces!.find(({type}) => type === 'network')!;
		network.path = `/proc/${inner}/ns/net`;
	}});

test('a client outside does not notice that the container was away', async t => {
	const world = new CheckpointWorld(t);
	const inner = await networkNamespace(world);
	const outer = await networkNamespace(world);
	within(inner.pid, `ip link add eth0 type veth peer name eth1 netns ${outer.pid}; ip address add 192.0.2.1/24 dev eth0; ip link set eth0 up; ip link set lo up`);
	within(outer.pid, 'ip address add 192.0.2.2/24 dev eth1; ip link set eth1 up');
	const scene = await echoScene(world, inner.pid);
	const client = spawn('nsenter', ['-t', String(outer.pid), '-n', buildWorkload('sockets'), 'peer', '192.0.2.1'], {stdio: ['pipe', 'pipe', 'ignore']});
	world.teardown(() => {
		client.kill('SIGKILL');
	});
	const said = createInterface({input: client.stdout})[Symbol.asyncIterator]();
	const tell = async (line: string): Promise<unknown> => {
		client.stdin.write(`${line}\n`);
		return (await said.next()).value;
	};

	t.is((await said.next()).value, 'ready');
	t.is(await scene.ask('accept'), 'ok');
	t.is(await tell('send one'), 'ok');
	t.is(await scene.ask(), 'ok');
	t.is(await tell('here one'), 'ok');

	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), tcpEstablished: true});
	t.is(await tell('send two'), 'ok', 'while it is away');
	scene.become(await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: ['pipe', 'pipe', 'ignore'], tcpEstablished: true}));
	await until(async () => await scene.ask() === 'ok', 'what was sent meanwhile');
	t.is(await tell('here two'), 'ok');
	t.is(within(inner.pid, '/usr/sbin/nft list ruleset'), '', 'the network is not locked any more');
	client.stdin.end();
	await new Promise(resolve => {
		client.once('close', resolve);
	});
});
