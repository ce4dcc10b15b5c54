// Devices of network namespaces. All of it happens in a network namespace that stands for the host's.
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import type {CreateOptions} from '../../ts/index.js';
import type {Spec} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {systemTest as test, World} from './world.js';

interface Result {
	readonly [key: string]: unknown;
	readonly error?: string;
}

/**
 * Runs the body of an async function in a Node process that has a network of its own. It knows
 * `runtime`, `create(options)` of the bundle, `run(command)` of the host, and `inside(container, command)`.
 */
const onHost = async (world: World, body: string, edit?: (config: Spec) => unknown): Promise<Result> => {
	const bundle = world.bundle({args: ['sleep', '1000'], ...(edit && {edit})});
	const script = `
		const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
		const {execSync} = require('node:child_process');
		const {text} = require('node:stream/consumers');
		const runtime = new Runtime({root: ${JSON.stringify(world.root)}});
		const create = async (options, id = ${JSON.stringify(world.id())}) => runtime.run(id, {bundle: ${JSON.stringify(bundle)}, stdio: 'ignore', ...options});
		const run = command => execSync(command, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
		const names = () => run('ls /sys/class/net').split(/\\s+/).filter(name => name !== '' && !/^(lo|ifb\\d|sit0|tunl0|ip6tnl0|gre.*|erspan0|ip.*vti0)$/.test(name));
		const inside = async (container, command) => {
			const process = await container.exec({args: ['sh', '-c', command], stdio: ['ignore', 'pipe', 'pipe']});
			const [output, error] = await Promise.all([text(process.stdout), text(process.stderr), process.wait()]);
			return output + error;
		};
		const say = value => process.stdout.write(JSON.stringify(value ?? null));
		(async () => {
			${body}
		})().then(say, error => say({error: error.code ?? String(error), errno: error.errno, subject: error.subject, message: error.message}));
	`;
	// sysfs shows the network namespace it was mounted in; the cgroups below it stay
	const prepare = 'mount --rbind /sys/fs/cgroup /mnt && mount -t sysfs sysfs /sys && mount --move /mnt /sys/fs/cgroup && ip link set lo up && exec "$0" "$@"';
	const {stdout} = await promisify(execFile)('unshare', ['--net', '--mount', '--propagation', 'slave', 'sh', '-c', prepare, process.execPath, '-e', script]);
	return JSON.parse(stdout) as Result;
};

test('a device of the host goes to the container under its new name, with its addresses, and up', async t => {
	const world = new World(t);
	const {devices, seen, addresses, flags, after} = await onHost(world, `
		run('ip link add host0 type veth peer name peer0 && ip address add 10.9.0.2/24 dev host0 && ip address add fd09::2/64 dev host0 nodad && ip link set host0 up && ip link set peer0 up');
		const container = await create({});
		const result = {
			devices: names(),
			seen: (await inside(container, 'ls /sys/class/net')).split(/\\s+/).filter(name => name.startsWith('data')),
			addresses: run(\`nsenter --target \${container.pid} --net ip -br address show data\`),
			flags: run(\`nsenter --target \${container.pid} --net cat /sys/class/net/data/flags 2>/dev/null || true\`),
			after: undefined,
		};
		await container.delete({force: true});
		return {...result, after: names().filter(name => name !== 'peer0')};
	`, config => {
		config.linux.netDevices = {host0: {name: 'data'}};
	});
	t.deepEqual(devices, ['peer0']);
	t.deepEqual(seen, ['data']);
	t.regex(String(addresses), /data@\S+\s+UP\s.*10\.9\.0\.2\/24.*fd09::2\/64/);
	t.not(flags, undefined);
	t.deepEqual(after, []);
});

test('a device that is not there, or a name that is taken, is an error, and nothing is left', async t => {
	const world = new World(t);
	const missing = await onHost(world, 'return create({});', config => {
		config.linux.netDevices = {nothing0: {}};
	});
	t.like(missing, {error: 'ERR_NATIVE', errno: 'ENODEV', subject: 'nothing0'});
	const taken = await onHost(world, `
		run('ip link add host0 type veth peer name peer0 && ip link set host0 up');
		const error = await create({}).catch(error => error);
		return {errno: error.errno, state: run('ip -br link show host0'), list: await runtime.list()};
	`, config => {
		config.linux.netDevices = {host0: {name: 'lo'}};
	});
	t.like(taken, {errno: 'EEXIST', list: []});
	t.regex(String(taken['state']), /UP/);
});

test('a veth pair at a bridge: address, gateway, hardware address, mtu, queue, hairpin, routes; and nothing is left of it', async t => {
	const world = new World(t);
	const result = await onHost(world, `
		run('ip link add br0 type bridge && ip address add 10.8.0.1/24 dev br0 && ip address add fd08::1/64 dev br0 nodad && ip link set br0 up');
		const container = await create({
			networks: [{type: 'loopback'}, {
				type: 'veth', hostName: 'web0', bridge: 'br0', macAddress: '02:00:00:00:00:07', mtu: 1400, txQueueLength: 500, hairpin: true,
				addresses: ['10.8.0.2/24', 'fd08::2/64'], gateways: ['10.8.0.1', 'fd08::1'],
			}],
			routes: [{destination: '192.0.2.0/24', gateway: '10.8.0.9'}, {destination: '198.51.100.0/24', device: 'eth0', source: '10.8.0.2'}],
		});
		const ip = command => run(\`nsenter --target \${container.pid} --net ip \${command}\`);
		const result = {
			link: ip('-o link show eth0'),
			addresses: ip('-br address show eth0'),
			routes: ip('route').trim().split('\\n').map(line => line.trim()),
			routes6: ip('-6 route show default'),
			hairpin: run('bridge -d link show dev web0'),
			ping: await inside(container, 'ping -c 1 -W 2 10.8.0.1 | grep -c "1 packets received"'),
			ping6: run('busybox ping -c 1 -W 2 10.8.0.2 >/dev/null && echo answered'),
			host: names().sort(),
		};
		await container.delete({force: true});
		return {...result, after: names()};
	`, config => {
		config.process.capabilities!.bounding!.push('CAP_NET_RAW');
		config.process.capabilities!.effective!.push('CAP_NET_RAW');
		config.process.capabilities!.permitted!.push('CAP_NET_RAW');
	});
	t.is(result.error, undefined, JSON.stringify(result));
	t.regex(String(result['link']), /mtu 1400 .*state UP.*qlen 500.*02:00:00:00:00:07/);
	t.regex(String(result['addresses']), /10\.8\.0\.2\/24 fd08::2\/64/);
	t.deepEqual(result['routes'], ['default via 10.8.0.1 dev eth0 proto static', '10.8.0.0/24 dev eth0 proto kernel scope link src 10.8.0.2', '192.0.2.0/24 via 10.8.0.9 dev eth0 proto static', '198.51.100.0/24 dev eth0 proto static scope link src 10.8.0.2']);
	t.regex(String(result['routes6']), /default via fd08::1 dev eth0/);
	t.regex(String(result['hairpin']), /hairpin on/);
	t.is(result['ping'], '1\n');
	t.deepEqual(result['host'], ['br0', 'web0']);
	t.deepEqual(result['after'], ['br0']);
});

test('containers have pairs of their own, also in a user namespace, and those of a failed create are gone', async t => {
	const world = new World(t);
	const result = await onHost(world, `
		run('ip link add br0 type bridge && ip link set br0 up');
		const networks = index => ({networks: [{type: 'veth', bridge: 'br0', addresses: ['10.8.0.' + index + '/24']}]});
		const containers = await Promise.all([2, 3, 4].map(index => create(networks(index), ${JSON.stringify(world.prefix)} + 'many' + index)));
		const count = names().length;
		const refused = await create({networks: [{type: 'veth', name: 'eth0'}, {type: 'veth', name: 'eth0'}]}, ${JSON.stringify(world.prefix)} + 'x').catch(error => error.errno);
		const noBridge = await create({networks: [{type: 'veth', bridge: 'br9'}]}, ${JSON.stringify(world.prefix)} + 'y').catch(error => error.errno);
		const badRoute = await create({...networks(9), routes: [{gateway: '203.0.113.1'}]}, ${JSON.stringify(world.prefix)} + 'z').catch(error => error.errno);
		const afterFailures = names().length;
		const other = await runtime.load(containers[0].id);
		await other.delete({force: true});
		const afterOne = names().length;
		await Promise.all(containers.slice(1).map(container => container.delete({force: true})));
		return {count, refused, noBridge, badRoute, afterFailures, afterOne, after: names()};
	`, config => {
		config.linux.namespaces!.push({type: 'user'});
		config.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
		config.linux.gidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
	});
	t.deepEqual(result, {count: 4, refused: 'EEXIST', noBridge: 'ENODEV', badRoute: 'ENETUNREACH', afterFailures: 4, afterOne: 3, after: ['br0']});
});

test('delete removes no device of somebody else who has the name by now, and a joined network is left as it was', async t => {
	const world = new World(t);
	const result = await onHost(world, `
		run('ip netns add joined-${process.pid}');
		try {
			const config = JSON.parse(require('node:fs').readFileSync(${JSON.stringify(world.bundle())} + '/config.json', 'utf8'));
			config.process.args = ['sleep', '1000'];
			config.linux.namespaces = config.linux.namespaces.map(namespace => namespace.type === 'network' ? {type: 'network', path: '/run/netns/joined-${process.pid}'} : namespace);
			const container = await create({config, networks: [{type: 'veth', hostName: 'web0'}]});
			const before = names();
			run('ip link set web0 down && ip link set web0 name mine && ip link set mine up && ip link add web0 type veth peer name other');
			await container.delete({force: true});
			const between = names().sort();
			const second = await create({config, networks: [{type: 'veth', hostName: 'web1', name: 'eth1'}]}, ${JSON.stringify(world.prefix)} + 'second');
			await second.delete({force: true});
			return {before, between, after: names().sort(), joined: run('ip netns exec joined-${process.pid} ls /sys/class/net').includes('eth1')};
		} finally {
			run('ip netns delete joined-${process.pid}');
		}
	`);
	t.deepEqual(result, {before: ['web0'], between: ['mine', 'other', 'web0'], after: ['mine', 'other', 'web0'], joined: false});
});

test('networks without a network namespace are refused', async t => {
	const world = new World(t);
	const options: Partial<CreateOptions> = {networks: [{type: 'veth'}]};
	await t.throwsAsync(world.create({edit: config => {
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'network');
	}}, options), {code: 'ERR_ARGUMENT', message: /need a network namespace/});
});
