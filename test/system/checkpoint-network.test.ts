// The network of a container across a checkpoint: devices that are made again, and locks that do not stay.
import {RuntimeCore} from '../../ts/container/runtime.js';
import {privateCriu} from '../../ts/criu/find.js';
import {projectPath} from '../support/paths.js';
import {checkpointTest as test, CheckpointWorld, pipes, type Scene} from './checkpoint-world.js';
import {Meddler} from './meddle.js';
import {connect, networkNamespace, sh, within} from './network-world.js';
import {behind} from './private-mounts.js';
import {until} from './world.js';

/** A bridge of the host, with nothing behind it. */
const bridge = (world: CheckpointWorld): string => {
	const name = `ctnt${Math.random().toString(36).slice(2, 8)}`;
	sh(`ip link add ${name} type bridge; ip address add 198.51.100.1/24 dev ${name}; ip link set ${name} up`);
	world.teardown(() => {
		sh(`ip link del ${name}`);
	});
	return name;
};

/** Whatever CRIU has put there. */
const locksOf = (pid: number): string => within(pid, '{ /usr/sbin/nft list tables; /usr/sbin/iptables-save; /usr/sbin/ip6tables-save; } | grep CRIU || true');

const locks = {nftables: /^table inet CRIU-/, iptables: /-A INPUT -j CRIU\n(?:.*\n)*-A INPUT -j CRIU\n/};

const echo = async (world: CheckpointWorld, name: string): Promise<Scene> => world.scene('sockets', ['echo', '4711'], {
	create: {
		networks: [{type: 'veth', bridge: name, addresses: ['198.51.100.2/24'], gateways: ['198.51.100.1'], mtu: 1400}],
		routes: [{destination: '203.0.113.0/24', gateway: '198.51.100.1'}],
	},
});

const devices = (pid: number): string => within(pid, 'ip -o link show eth0 | sed "s/.*mtu/mtu/; s/ qlen.*link/ link/; s/link-netnsid.*//"; ip -o -4 address show eth0 | sed "s/^[0-9]*://"; ip route');

test('devices, addresses and routes of create come back, and a connection does not notice', async t => {
	const world = new CheckpointWorld(t);
	const name = bridge(world);
	const scene = await echo(world, name);
	const before = devices(scene.container.pid);
	t.regex(before, /mtu 1400.*\n.*198\.51\.100\.2\/24.*\ndefault via 198\.51\.100\.1.*\n(?:.*\n)*203\.0\.113\.0\/24 via/);
	const client = await connect(world, '198.51.100.2');
	t.is(await scene.ask('accept'), 'ok');
	t.is(await client.tell('send one'), 'ok');
	t.is(await scene.ask(), 'ok');
	t.is(await client.tell('here one'), 'ok');

	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), tcpEstablished: true});
	t.is(sh(`ip -o link show master ${name}`), '', 'the host end is gone meanwhile');
	t.is(await client.tell('send two'), 'ok', 'while it is away');
	scene.become(await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: pipes, tcpEstablished: true}));
	t.is(devices(scene.container.pid), before, 'with the same hardware address');
	await until(async () => await scene.ask() === 'ok', 'what was sent meanwhile');
	t.is(await client.tell('here two'), 'ok');
	await client.end();

	await scene.move({checkpoint: {tcpEstablished: true}, restore: {tcpEstablished: true}});
	t.is(devices(scene.container.pid), before, 'and once more');
	await scene.container.delete({force: true});
	t.is(sh(`ip -o link show master ${name}`), '');
});

test('a restore can have another address, and a failed one leaves no device', async t => {
	const world = new CheckpointWorld(t);
	const name = bridge(world);
	const scene = await echo(world, name);
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	const options = {bundle: container.bundle, imagesDir, stdio: pipes};
	const twin = await world.runtime.restore(world.id(), {...options, networks: [{type: 'veth', bridge: name, addresses: ['198.51.100.3/24']}], routes: []});
	t.regex(devices(twin.pid), /198\.51\.100\.3\/24/);
	t.is(sh(`ip -o link show master ${name} | wc -l`), '2\n');
	const client = await connect(world, '198.51.100.3');
	await client.end();
	await twin.delete({force: true});

	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore', networks: [{type: 'veth', bridge: 'ctn-nowhere'}]}), {message: /ctn-nowhere|ENODEV/});
	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore', networks: [{type: 'tap'} as never]}), {code: 'ERR_ARGUMENT'});
	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore', external: ['mnt[nothing']} as never));
	t.is(sh(`ip -o link show master ${name} | wc -l`), '1\n', 'only that of the first');
	t.is(await container.status(), 'running');
	await container.delete({force: true});
});

test('a connection within the container comes back with all that neither end has sent or read yet', async t => {
	const scene = await new CheckpointWorld(t).scene('sockets', ['full']);
	await scene.move({checkpoint: {tcpEstablished: true}, restore: {tcpEstablished: true}});
	t.is(await scene.ask(), 'ok');
});

test('a device that create knows nothing of would be lost: it is named', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	within(scene.container.pid, 'ip link add lost7 type bridge');
	await t.throwsAsync(scene.container.checkpoint({imagesDir: world.imagesDir()}), {code: 'ERR_CHECKPOINT_UNSUPPORTED', message: /would be lost: lost7 \(give them to create as networks or cni/});
	t.is(await scene.ask('echo on'), 'on');
	t.is(await scene.container.status(), 'running');
	await scene.move({checkpoint: {emptyNs: ['network']}});
	t.notRegex(within(scene.container.pid, 'ip -o link'), /lost7/, 'emptyNs leaves it behind');
	t.is(await scene.ask('echo on'), 'on');
});

test('veths names the host ends of the devices that are made again; emptyNs makes none', async t => {
	const world = new CheckpointWorld(t);
	const [name, other] = [bridge(world), bridge(world)];
	const {container} = await echo(world, name);
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const options = {bundle: container.bundle, imagesDir, stdio: pipes};
	const host = `ctnv${Math.random().toString(36).slice(2, 8)}`;
	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore', veths: [{ifIn: 'eth7', ifOut: host}]}), {code: 'ERR_ARGUMENT', message: /the container has no device eth7/});
	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore', veths: [{ifIn: 'eth0'} as never]}), {code: 'ERR_ARGUMENT', message: /ifOut/});
	const moved = await world.runtime.restore(world.id(), {...options, veths: [{ifIn: 'eth0', ifOut: `${host}@${other}`}]});
	t.regex(sh(`ip -o link show ${host}`), new RegExp(`master ${other}`));
	t.regex(devices(moved.pid), /198\.51\.100\.2\/24/);
	const {imagesDir: again} = await moved.checkpoint({imagesDir: world.imagesDir()});
	const kept = await world.runtime.restore(world.id(), {...options, imagesDir: again});
	t.regex(sh(`ip -o link show ${host}`), new RegExp(`master ${other}`), 'it is so from then on');
	await kept.delete({force: true});

	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore', emptyNs: ['pid' as never]}), {code: 'ERR_ARGUMENT', message: /emptyNs/});
	const empty = await world.runtime.restore(world.id(), {...options, emptyNs: ['network']});
	t.is(within(empty.pid, 'ip -o link show type veth'), '');
	await empty.delete({force: true});
});

for (const networkLock of ['nftables', 'iptables'] as const) {
	test(`no lock by ${networkLock} outlives a checkpoint that fails, a CRIU that is killed, or one that is given up`, async t => {
		const world = new CheckpointWorld(t);
		const meddler = new Meddler();
		const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
		const outside = await networkNamespace(world);
		const scene = await world.scene('sockets', ['tcp'], {edit: config => {
			config.linux.namespaces!.find(({type}) => type === 'network')!.path = `/proc/${outside.pid}/ns/net`;
		}});
		const container = await runtime.load(scene.container.id);
		const locked: string[] = [];
		const attempt = async (end: () => void): Promise<void> => {
			await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir(), tcpEstablished: true, networkLock, onProgress(stage) {
				if (stage === 'dumped') {
					locked.push(locksOf(outside.pid));
					end();
				}
			}}));
			t.is(locksOf(outside.pid), '', 'the lock is gone');
			t.is(await scene.ask(), 'ok');
		};

		await attempt(() => {
			throw new Error('no');
		});
		await attempt(() => {
			process.kill(meddler.criu!, 'SIGKILL');
		});
		// Called off at the very lock
		const controller = new AbortController();
		const operation = container.checkpoint({imagesDir: world.imagesDir(), tcpEstablished: true, networkLock, signal: controller.signal});
		const stages: string[] = [];
		await t.throwsAsync(async () => {
			for await (const {stage} of operation) {
				stages.push(stage);
				if (stage === 'network-locked') {
					controller.abort();
				}
			}
		}, {message: /called off/});
		t.true(stages.includes('network-locked'));
		t.is(locksOf(outside.pid), '', 'the lock is gone');
		t.is(await scene.ask(), 'ok');
		t.true(locked.every(rules => locks[networkLock].test(rules)) && locked.length === 2, 'there was one');

		const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), tcpEstablished: true, networkLock});
		const kept = locksOf(outside.pid);
		t.regex(kept, locks[networkLock], 'it stays until the restore');
		const options = {bundle: container.bundle, imagesDir, stdio: pipes, tcpEstablished: true};
		for (const killAfter of [10, 20, 30]) {
			meddler.killAfter = killAfter;
			await runtime.restore(world.id(), {...options, stdio: 'ignore'}).then(async restored => restored.delete({force: true}), () => {});
			const ofDump = kept.split('\n'); // All of it, or what CRIU had not taken off yet
			t.deepEqual(locksOf(outside.pid).split('\n').filter(line => !ofDump.includes(line)), [], 'no lock but that of the dump');
		}

		meddler.killAfter = undefined;
		await runtime.abandon({imagesDir});
		t.is(locksOf(outside.pid), '');
		const closed = await world.runtime.restore(world.id(), {...options, tcpEstablished: false, tcpClose: true});
		t.is(await closed.status(), 'running');
		t.is(locksOf(outside.pid), '');
		await closed.delete({force: true});
	});
}

const moduleAt = (path: string): string => `require(${JSON.stringify(projectPath(`dist/${path}`))})`;

/** In a network namespace that it takes for that of the host. */
const onHost = (root: string, id: string, bundle: string, imagesDir: string): string => `
	const {RuntimeCore} = ${moduleAt('ts/container/runtime.js')};
	const meddler = new (${moduleAt('test/system/meddle.js')}.Meddler)();
	const runtime = new RuntimeCore(meddler.native, {root: ${JSON.stringify(root)}, criuPath: ${JSON.stringify(privateCriu)}});
	const container = await runtime.run('${id}', {bundle: ${JSON.stringify(bundle)}, stdio: ['pipe', 'pipe', 'ignore']});
	const lines = require('node:readline').createInterface({input: container.stdout})[Symbol.asyncIterator]();
	const next = async () => (await lines.next()).value;
	const rules = () => require('node:child_process').execFileSync('iptables-save', {encoding: 'utf8'}).split(String.fromCharCode(10)).filter(line => /0xc114/i.test(line)).length;
	await next();
	let locked;
	const failure = await container.checkpoint({imagesDir: '${imagesDir}', tcpEstablished: true, networkLock: 'iptables', onProgress(stage) {
		if (stage === 'dumped') {
			locked = rules();
			process.kill(meddler.criu, 'SIGKILL');
		}
	}}).catch(error => error.code);
	const left = rules();
	container.stdin.write('check' + String.fromCharCode(10));
	const said = await next();
	await container.delete({force: true});
	return {failure, isLocked: locked > 0, left, said};
`;

test('no rule of iptables for a connection in the network of the host outlives a CRIU that is killed', async t => {
	const world = new CheckpointWorld(t);
	const outside = await networkNamespace(world);
	const bundle = world.sceneBundle('sockets', ['tcp'], {edit: config => {
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'network');
	}});
	const there = `set -- nsenter -t ${outside.pid} -n "$@"`;
	t.deepEqual(await behind(world, there, onHost(world.root, world.id(), bundle, world.imagesDir())), {failure: 'ERR_CRIU_FAILED', isLocked: true, left: 0, said: 'ok'});
});
