// Networks of CNI, made by Debian's plugins: in a network namespace that is the host for them, so that this one is left alone.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import ava from 'ava';
import type {CniNetwork, CniOptions, Container, NetworkStatus} from '../../ts/index.js';
import {nativeCommand} from '../command/hosts.js';
import {noCriu} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';
import {CheckpointWorld, pipes} from './checkpoint-world.js';
import {connect, networkNamespace, sh, within, type Peer} from './network-world.js';
import {until} from './world.js';

const pluginDirectory = '/usr/lib/cni';
const noRoot = process.getuid!() === 0 ? undefined : 'needs root';
const noPlugins = existsSync(`${pluginDirectory}/bridge`) ? undefined : 'containernetworking-plugins is not installed';
const test = testUnless(noRoot ?? noPlugins, ava.serial);
const commandTest = testUnless(noRoot ?? noPlugins ?? (existsSync(nativeCommand) ? undefined : 'there is no native command'), ava.serial);
const criuTest = steady(testUnless(noRoot ?? noPlugins ?? noCriu, ava.serial));

interface Host {
	/** A process in it. */
	readonly pid: number;
	readonly cni: CniOptions;
	readonly network: CniNetwork;
	leases(): string[];
	devices(): string[];
	rules(): string;
}

/** Each plugin as it is, started in the namespace. */
const makeHost = async (world: CheckpointWorld): Promise<Host> => {
	const {pid} = await networkNamespace(world);
	const directory = tempDir(world);
	for (const name of ['bridge', 'host-local', 'portmap', 'loopback']) {
		writeFileSync(`${directory}/${name}`, `#!/bin/sh\nexec nsenter --net=/proc/${pid}/ns/net ${pluginDirectory}/${name}\n`, {mode: 0o755});
	}

	const dataDir = `${directory}/leases`;
	const network: CniNetwork = {cniVersion: '1.0.0', name: 'blue', plugins: [
		{
			type: 'bridge', bridge: 'ctnbr0', isGateway: true, ipMasq: true, capabilities: {mac: true, ips: true},
			ipam: {type: 'host-local', dataDir, ranges: [[{subnet: '198.51.100.0/24'}]], routes: [{dst: '0.0.0.0/0'}]},
		},
		{type: 'portmap', capabilities: {portMappings: true}},
		{type: 'loopback'},
	]};
	return {
		pid,
		network,
		cni: {networks: [network], binDirs: [directory], capabilities: {portMappings: [{hostPort: 4711, containerPort: 4711, protocol: 'tcp'}]}},
		leases: () => existsSync(`${dataDir}/blue`) ? readdirSync(`${dataDir}/blue`).filter(name => /^\d/.test(name)).sort() : [],
		devices: () => within(pid, 'ip -o link show type veth').split('\n').filter(Boolean),
		rules: () => within(pid, '/usr/sbin/iptables-save -t nat').split('\n').filter(line => /198\.51\.100\.\d+[/ :]|dport 4711/.test(line)).join('\n'),
	};
};

const gone = (host: Host): unknown => ({leases: host.leases(), devices: host.devices(), rules: host.rules()});
const nothing = {leases: [], devices: [], rules: ''};

const addressOf = ({network}: Container): string => network['blue']!.interfaces['eth0']!.subnets[0]!.ipnet;

const talk = async (world: CheckpointWorld, {pid}: Host, address: string): Promise<void> => {
	const client = await connect(world, address, ['nsenter', '-t', String(pid), '-n']);
	const said = await client.tell('send one');
	await client.end();
	if (said !== 'ok') {
		throw new Error(`nobody answers at ${address}`);
	}
};

test('a container is in its networks from before the hooks of create until it is deleted', async t => {
	const world = new CheckpointWorld(t);
	const host = await makeHost(world);
	const seen = `${tempDir(world)}/seen`;
	const scene = await world.scene('sockets', ['echo', '4711'], {
		create: {cni: host.cni},
		edit(config) {
			config.hooks = {createRuntime: [{path: '/bin/sh', args: ['sh', '-c', `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/'); /usr/bin/nsenter -t $pid -n /sbin/ip -o -4 address show eth0 >${seen}`]}]};
		},
	});
	const {container} = scene;
	t.regex(readFileSync(seen, 'utf8'), /inet 198\.51\.100\.2\/24/);
	const mac = /link\/ether (\S+)/.exec(within(container.pid, 'ip -o link show eth0'))![1]!;
	const status: NetworkStatus[string] = {interfaces: {eth0: {subnets: [{ipnet: '198.51.100.2/24', gateway: '198.51.100.1'}], mac_address: mac}}};
	t.deepEqual(container.network['blue']!.interfaces['eth0'], status.interfaces['eth0']);
	t.regex(within(container.pid, 'ip route'), /default via 198\.51\.100\.1/);
	t.deepEqual((await world.runtime.load(container.id)).network, container.network, 'other programs see it, too');
	t.deepEqual(host.leases(), ['198.51.100.2']);
	t.is(host.devices().length, 1);
	t.regex(host.rules(), /--dport 4711/);
	await talk(world, host, '198.51.100.2');
	await talk(world, host, '198.51.100.1'); // The port of the host

	await (await world.runtime.load(container.id)).delete({force: true});
	t.deepEqual(gone(host), nothing);
	t.false(existsSync(`${world.root}/${container.id}`));
});

test('what a container that has died has on the host goes with its delete, and DEL can be repeated', async t => {
	const world = new CheckpointWorld(t);
	const host = await makeHost(world);
	const container = await world.start({}, {cni: host.cni});
	await container.kill('SIGKILL');
	await container.wait();
	t.is(host.leases().length, 1);
	const [directory] = host.cni.binDirs!;
	const bridge = readFileSync(`${directory}/bridge`, 'utf8');
	writeFileSync(`${directory}/bridge`, '#!/bin/sh\necho \'{"code":11,"msg":"not now"}\'; exit 1\n');
	await t.throwsAsync(container.delete(), {code: 'ERR_CNI', message: /plugin bridge of network blue failed at DEL: not now/});
	t.is(await container.status(), 'stopped', 'it is still known');
	t.is(host.devices().length, 1);
	writeFileSync(`${directory}/bridge`, bridge);
	await container.delete();
	t.deepEqual(gone(host), nothing);
});

test('a plugin that fails leaves nothing of those before it', async t => {
	const world = new CheckpointWorld(t);
	const host = await makeHost(world);
	writeFileSync(`${host.cni.binDirs![0]}/broken`, '#!/bin/sh\necho \'{"code":100,"msg":"broken"}\'; exit 1\n', {mode: 0o755});
	const plugins = [...host.network.plugins, {type: 'broken'}];
	await t.throwsAsync(world.create({}, {cni: {...host.cni, networks: [{...host.network, plugins}]}}), {code: 'ERR_CNI', message: /plugin broken of network blue failed at ADD: broken \(code 100\)/});
	t.deepEqual(gone(host), nothing);
	await t.throwsAsync(world.create({}, {cni: {...host.cni, networks: [{...host.network, plugins: [{type: 'nowhere'}]}]}}), {code: 'ERR_CNI', message: /failed to find plugin/});
	writeFileSync(`${host.cni.binDirs![0]}/hanging`, '#!/bin/sh\nexec sleep 1000\n', {mode: 0o755});
	const hanging = [...host.network.plugins, {type: 'hanging'}];
	await t.throwsAsync(world.create({}, {cni: {...host.cni, networks: [{...host.network, plugins: hanging}], timeoutMs: 1500}}), {code: 'ERR_CNI', message: /plugin hanging .* it takes longer than 1500 ms, and was killed \(look at/});
	t.deepEqual(gone(host), nothing);
	await t.throwsAsync(world.create({args: ['/nowhere']}, {cni: host.cni}), {code: 'ERR_COMMAND_NOT_FOUND'});
	t.deepEqual(gone(host), nothing);
	t.deepEqual(existsSync(world.root) ? readdirSync(world.root) : [], []);
});

test('a network namespace that config.json names keeps nothing', async t => {
	const world = new CheckpointWorld(t);
	const [host, outside] = [await makeHost(world), await networkNamespace(world)];
	const container = await world.start({edit(config) {
		config.linux.namespaces!.find(({type}) => type === 'network')!.path = `/proc/${outside.pid}/ns/net`;
	}}, {cni: host.cni});
	t.regex(within(outside.pid, 'ip -o -4 address show eth0'), /198\.51\.100\.2/);
	await container.delete({force: true});
	t.deepEqual(gone(host), nothing);
	t.throws(() => within(outside.pid, 'ip link show eth0 2>/dev/null'));
});

commandTest('the native command deletes what a Node program has attached', async t => {
	const world = new CheckpointWorld(t);
	const host = await makeHost(world);
	const container = await world.start({}, {cni: host.cni});
	t.is(host.leases().length, 1);
	sh(`${nativeCommand} --root ${world.root} delete --force ${container.id}`);
	t.deepEqual(gone(host), nothing);
	t.false(existsSync(`${world.root}/${container.id}`));
});

criuTest('a restore asks for the addresses of before, and has others on request', async t => {
	const world = new CheckpointWorld(t);
	const host = await makeHost(world);
	const scene = await world.scene('sockets', ['echo', '4711'], {create: {cni: host.cni}});
	const {container} = scene;
	const first = await world.start({}, {cni: {...host.cni, capabilities: {}}});
	t.is(addressOf(first), '198.51.100.3/24');
	const {network} = container;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	t.is(readFileSync(`${imagesDir}/network.status`, 'utf8'), JSON.stringify(network, undefined, 2));
	t.deepEqual(host.leases(), ['198.51.100.3']);

	const options = {bundle: container.bundle, imagesDir, stdio: pipes};
	await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore'}), {code: 'ERR_ARGUMENT', message: /was in networks of CNI: blue/});
	const apart = await world.runtime.restore(world.id(), {...options, emptyNs: ['network']});
	t.is(within(apart.pid, 'ip -o link show type veth'), '', 'it can go without');
	await apart.delete({force: true});
	const restored = await world.runtime.restore(world.id(), {...options, cni: host.cni});
	t.deepEqual(restored.network, network, 'the same address and hardware address');
	t.regex(within(restored.pid, 'ip -o -4 address show eth0'), /198\.51\.100\.2\/24/);
	t.true(within(restored.pid, 'ip -o link show eth0').includes(network['blue']!.interfaces['eth0']!.mac_address!));
	await talk(world, host, '198.51.100.2');
	await talk(world, host, '198.51.100.1'); // The port of the host

	const taken = await t.throwsAsync(world.runtime.restore(world.id(), {...options, stdio: 'ignore', cni: {...host.cni, capabilities: {}}}), {code: 'ERR_CNI'});
	t.regex(taken!.message, /newAddresses/);
	t.deepEqual(host.leases(), ['198.51.100.2', '198.51.100.3'], 'the lease of the other stays');
	const twin = await world.runtime.restore(world.id(), {...options, cni: {...host.cni, capabilities: {}, newAddresses: true}});
	t.is(addressOf(twin), '198.51.100.4/24');
	await talk(world, host, '198.51.100.4');

	for (const one of [first, restored, twin]) {
		await one.delete({force: true});
	}

	t.deepEqual(gone(host), nothing);
});

criuTest('a connection survives a checkpoint and restore', async t => {
	const world = new CheckpointWorld(t);
	const host = await makeHost(world);
	const scene = await world.scene('sockets', ['echo', '4711'], {create: {cni: host.cni}});
	const client = await connect(world, '198.51.100.2', ['nsenter', '-t', String(host.pid), '-n']);
	t.is(await scene.ask('accept'), 'ok');
	await scene.move({checkpoint: {tcpEstablished: true}, restore: {tcpEstablished: true, cni: host.cni}});
	t.is(await client.tell('send one'), 'ok');
	t.is(await scene.ask(), 'ok');
	t.is(await client.tell('here one'), 'ok');
	await client.end();
	await scene.container.delete({force: true});
	t.deepEqual(gone(host), nothing);
});

criuTest('what comes in while the network is there and the sockets are not yet breaks no connection', async t => {
	const world = new CheckpointWorld(t);
	const host = await makeHost(world);
	const directory = tempDir(world);
	const scene = await world.scene('sockets', ['echo', '4711'], {
		create: {cni: host.cni},
		edit(config) {
			// At the restore it lasts until the client has sent something; its kernel answers at once to what no socket wants
			config.hooks = {createRuntime: [{path: '/bin/sh', args: ['sh', '-c', `[ -e ${directory}/armed ] || exit 0; touch ${directory}/up; n=0; until [ -e ${directory}/sent ] || [ $n = 200 ]; do n=$((n + 1)); sleep 0.05; done; sleep 0.3`]}]};
		},
	});
	// The client is in a network of its own behind the host, by way of the default route
	const away = await networkNamespace(world);
	within(host.pid, `ip link add far0 type veth peer name eth0 netns ${away.pid}; ip address add 203.0.113.1/24 dev far0; ip link set far0 up; sysctl -qw net.ipv4.ip_forward=1`);
	within(away.pid, 'ip address add 203.0.113.2/24 dev eth0; ip link set eth0 up; ip route add default via 203.0.113.1');
	const connected = async (address: string): Promise<Peer> => {
		const client = await connect(world, address, ['nsenter', '-t', String(away.pid), '-n']);
		t.is(await scene.ask('accept'), 'ok');
		t.is(await client.tell('send one'), 'ok');
		await until(async () => await scene.ask() === 'ok', 'what it has sent');
		t.is(await client.tell('here one'), 'ok');
		return client;
	};

	const client = await connected('198.51.100.2');
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), tcpEstablished: true});
	writeFileSync(`${directory}/armed`, '');
	const restored = world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: pipes, tcpEstablished: true, cni: host.cni});
	await until(() => existsSync(`${directory}/up`), 'the network');
	t.is(await client.tell('send two'), 'ok');
	writeFileSync(`${directory}/sent`, '');
	scene.become(await restored);
	await until(async () => await scene.ask() === 'ok', 'what was sent meanwhile');
	t.is(await client.tell('here two'), 'ok');
	t.is(within(scene.container.pid, '/usr/sbin/nft list tables'), '', 'nothing is held back any more');
	await client.end();
	within(host.pid, 'ip link del far0');
	await scene.container.delete({force: true});
	t.deepEqual(gone(host), nothing);
});
