import {execFileSync} from 'node:child_process';
import {readdirSync, readlinkSync} from 'node:fs';
import type {Spec} from '../support/bundle.js';
import type {NamespaceType} from '../../ts/index.js';
import {execOutput, isV2, memoryInside, systemTest as test, until, World} from './world.js';

const files = {pid: 'pid', network: 'net', ipc: 'ipc', uts: 'uts', mount: 'mnt', cgroup: 'cgroup', user: 'user', time: 'time'} as const;

const inside = async (world: World, edit: (config: Spec) => void, script = 'for n in pid net ipc uts mnt cgroup user; do readlink /proc/self/ns/$n; done') =>
	(await world.shell(script, {edit})).stdout.trim().split('\n');

const without = (type: NamespaceType) => (config: Spec): void => {
	config.linux.namespaces = config.linux.namespaces!.filter(namespace => namespace.type !== type);
};

const joined = (type: NamespaceType, path: string) => (config: Spec): void => {
	config.linux.namespaces = [...config.linux.namespaces!.filter(namespace => namespace.type !== type), {type, path}];
};

const host = (type: NamespaceType): string => readlinkSync(`/proc/self/ns/${files[type]}`);

test('namespaces that config.json names are new, the others are those of the host', async t => {
	const world = new World(t);
	const own = await inside(world, () => {});
	t.deepEqual([own.includes(host('cgroup')), own.includes(host('user'))], [true, true]);
	for (const type of ['pid', 'network', 'ipc', 'uts', 'mount'] as const) {
		t.false(own.includes(host(type)), type);
	}

	for (const type of ['network', 'ipc', 'uts'] as const) {
		const all = await inside(world, config => {
			without(type)(config);
			delete config.hostname;
		});
		t.true(all.includes(host(type)), type);
	}
});

test('without a pid namespace the program is a process of the host, and ends as one', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'sleep 1000 & sleep 1000; true'], edit: without('pid')});
	t.is(readlinkSync(`/proc/${container.pid}/ns/pid`), host('pid'));
	await until(async () => (await container.processes()).length === 3, 'the processes');
	await container.kill('SIGTERM');
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGTERM'});
	t.is((await container.processes()).length, 2, 'those that it left behind');
	await container.delete();
	t.deepEqual((await world.leftBehind()).processes, []);
});

test('a network namespace can be joined by its path, and is not changed', async t => {
	const world = new World(t);
	const name = `ctn-${world.prefix}net`;
	execFileSync('ip', ['netns', 'add', name]);
	world.teardown(() => {
		execFileSync('ip', ['netns', 'delete', name]);
	});
	execFileSync('ip', ['-n', name, 'addr', 'add', '10.9.8.7/32', 'dev', 'lo']);
	const [lo] = await inside(world, joined('network', `/run/netns/${name}`), 'echo $(ip -o -4 addr | grep -o "10[.0-9]*") $(cat /sys/class/net/lo/flags)');
	t.is(lo, '10.9.8.7 0x8', 'lo is down, as it was');
});

test('with the network of the host the program sees its interfaces', async t => {
	const world = new World(t);
	const links = (): string[] => readdirSync('/sys/class/net');
	const before = links();
	const seen = await inside(world, config => {
		without('network')(config);
		config.mounts = config.mounts.map(mount => mount.destination === '/sys' ? {...mount, type: 'bind', source: '/sys', options: ['rbind', 'ro']} : mount);
	}, 'ls /sys/class/net');
	const after = links();
	// Others make and remove theirs meanwhile
	t.deepEqual(before.filter(link => after.includes(link) && !seen.includes(link)), []);
	t.deepEqual(seen.filter(link => !before.includes(link) && !after.includes(link)), []);
	t.true(seen.includes('lo'));
});

test('ipc and uts of another container can be joined', async t => {
	const world = new World(t);
	const other = await world.start();
	const lines = await inside(world, config => {
		joined('ipc', `/proc/${other.pid}/ns/ipc`)(config);
		joined('uts', `/proc/${other.pid}/ns/uts`)(config);
		config.hostname = 'renamed';
	});
	t.true(lines.includes(readlinkSync(`/proc/${other.pid}/ns/ipc`)));
	t.true(lines.includes(readlinkSync(`/proc/${other.pid}/ns/uts`)));
	t.is((await execOutput(other, ['hostname'])).stdout, 'renamed\n');
});

test('a pid namespace of another container can be joined; the container ends apart from it', async t => {
	const world = new World(t);
	const other = await world.start({args: ['sleep', '1001']});
	const container = await world.start({args: ['sleep', '1002'], edit: joined('pid', `/proc/${other.pid}/ns/pid`)});
	t.is(readlinkSync(`/proc/${container.pid}/ns/pid`), readlinkSync(`/proc/${other.pid}/ns/pid`));
	t.regex((await execOutput(container, ['ps', '-o', 'pid,args'])).stdout, /1 sleep 1001\n +\d+ sleep 1002\n/);
	t.deepEqual((await container.processes()).length, 1);
	await container.kill('SIGTERM');
	t.deepEqual(await container.wait(), {code: null, signal: 'SIGTERM'});
	t.is(await other.status(), 'running');
	await container.delete();
});

test('a namespace that is not there, or of another kind, is refused', async t => {
	const world = new World(t);
	await t.throwsAsync(world.create({edit: joined('network', '/run/netns/no-such-net')}), {message: /no-such-net.*ENOENT/});
	await t.throwsAsync(world.create({edit: joined('network', `/proc/${process.pid}/ns/uts`)}), {code: 'ERR_INIT_STEP', message: /setns.*EINVAL/});
	await t.throwsAsync(world.create({edit: joined('network', '/etc/passwd')}), {code: 'ERR_INIT_STEP', message: /setns.*EINVAL/});
});

test('in a cgroup namespace the program is at the root of its cgroups', async t => {
	const world = new World(t);
	const lines = await inside(world, config => {
		config.linux.namespaces!.push({type: 'cgroup'});
	}, `grep -E ":(memory|pids|):" /proc/self/cgroup | cut -d: -f3; ls -d ${memoryInside}/memory.*m*a*x*`);
	t.deepEqual(lines.filter(line => !line.startsWith('/s')), isV2 ? ['/'] : ['/', '/', '/']);
	t.true(lines.includes(`${memoryInside}/memory.${isV2 ? 'max' : 'max_usage_in_bytes'}`), lines.join());
});

test('hostname and domainname are those of config.json, and not those of the host', async t => {
	const world = new World(t);
	const before = execFileSync('uname', ['-n'], {encoding: 'utf8'});
	t.deepEqual(await inside(world, config => {
		config.hostname = 'a-host';
		config.domainname = 'example.org';
	}, 'hostname; cat /proc/sys/kernel/domainname'), ['a-host', 'example.org']);
	t.is(execFileSync('uname', ['-n'], {encoding: 'utf8'}), before);
});

test('sysctls are set in the namespaces of the container alone', async t => {
	const world = new World(t);
	const read = (name: string): string => execFileSync('cat', [`/proc/sys/${name}`], {encoding: 'utf8'}).trim();
	const names = ['net/ipv4/ip_unprivileged_port_start', 'kernel/msgmax', 'net/ipv4/conf/all/forwarding'];
	const before = names.map(name => read(name));
	t.deepEqual(await inside(world, config => {
		config.linux.sysctl = {'net.ipv4.ip_unprivileged_port_start': '80', 'kernel.msgmax': '4242', 'net/ipv4/conf/all/forwarding': '1'};
	}, names.map(name => `cat /proc/sys/${name}`).join(';')), ['80', '4242', '1']);
	t.deepEqual(names.map(name => read(name)), before);

	await t.throwsAsync(world.create({edit(config) {
		config.linux.sysctl = {'net.no.such': '1'};
	}}), {code: 'ERR_INIT_STEP', message: /sysctl net\/no\/such: ENOENT/});
	await t.throwsAsync(world.create({edit(config) {
		config.linux.sysctl = {'vm.overcommit_memory': '1'};
	}}), {code: 'ERR_CONFIG_INVALID'});
});

test('the container is in no session and process group of the host', async t => {
	const world = new World(t);
	const [line] = await inside(world, () => {}, 'cut -d" " -f1,5,6,7 /proc/1/stat');
	t.is(line, '1 1 1 0');
});
