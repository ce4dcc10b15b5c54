import {chownSync, mkdirSync, readdirSync, readlinkSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {BundleOptions, Spec} from '../support/bundle.js';
import {tempDir} from '../support/bundle.js';
import {execOutput, isV2, systemTest as test, World} from './world.js';

const first = 100_000;

/** A root filesystem that belongs to root of the container, who is a nobody on the host. */
const mapped = (edit: (config: Spec) => void = () => {}): BundleOptions => ({
	writable: true,
	prepare(rootfs) {
		for (const name of ['.', ...readdirSync(rootfs)]) {
			chownSync(join(rootfs, name), first, first);
		}
	},
	edit(config) {
		config.linux.namespaces!.push({type: 'user'});
		config.linux.uidMappings = [{containerID: 0, hostID: first, size: 65_536}];
		config.linux.gidMappings = [{containerID: 0, hostID: first, size: 65_536}];
		edit(config);
	},
});

test('root of a container with a user namespace is a nobody of the host', async t => {
	const world = new World(t);
	const container = await world.start(mapped());
	const uids = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${container.pid}/status`, 'utf8'))![1];
	t.is(Number(uids), first);
	t.not(readlinkSync(`/proc/${container.pid}/ns/user`), readlinkSync('/proc/self/ns/user'));
	t.is(readFileSync(`/proc/${container.pid}/uid_map`, 'utf8').trim().split(/\s+/).join(' '), `0 ${first} 65536`);

	const {stdout} = await execOutput(container, ['sh', '-c', 'id -u; id -g; touch /tmp/x; stat -c %u /tmp/x; stat -c %u /proc/1']);
	t.is(stdout, '0\n0\n0\n0\n');
});

test('the namespaces of the container belong to its user namespace', async t => {
	const world = new World(t);
	const {stdout, stderr, code} = await world.shell('hostname changed && hostname; ip link set lo down && ip addr add 10.0.0.1/8 dev lo && echo net; mount -t tmpfs t /tmp && echo mnt', mapped(config => {
		for (const set of ['bounding', 'permitted', 'effective'] as const) {
			config.process.capabilities![set] = ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'];
		}
	}));
	t.is(stdout, 'changed\nnet\nmnt\n', stderr);
	t.is(code, 0);
});

test('devices, terminal and hidden paths work in a user namespace', async t => {
	const world = new World(t);
	const script = 'echo x > /dev/null && head -c 3 /dev/zero | wc -c; wc -c < /proc/keys; tty; stat -c "%u %F" /dev/tty /dev/console';
	const container = await world.create({...mapped(config => {
		config.process.terminal = true;
	}), args: ['sh', '-c', script]});
	let said = '';
	container.terminal!.on('data', (data: Buffer) => {
		said += data.toString();
	});
	const ended = new Promise(resolve => {
		container.terminal!.once('end', resolve);
	});
	await container.start();
	await container.wait();
	await ended;
	t.is(said.replaceAll('\r', ''), '3\n0\n/dev/pts/0\n65534 character special file\n0 character special file\n');
});

test('a plain user of the container is another nobody of the host', async t => {
	const world = new World(t);
	const options = mapped(config => {
		config.process.user = {uid: 1000, gid: 1000, additionalGids: [1001]};
	});
	const container = await world.start(options, {stdio: ['ignore', 'pipe', 'pipe']});
	t.regex(readFileSync(`/proc/${container.pid}/status`, 'utf8'), new RegExp(`^Uid:\\s+${first + 1000}\\s[^]*^Groups:\\s+${first + 1001}\\s*$`, 'm'));
	t.is((await execOutput(container, ['sh', '-c', 'id -u; id -G; echo x > /dev/stderr'])).stdout, '1000\n1000 1001\n');
	container.stdout!.destroy();
	container.stderr!.destroy();
});

test('exec in a user namespace runs within the limits it is given', async t => {
	const world = new World(t);
	const container = await world.start(mapped());
	t.like(await execOutput(container, ['sh', '-c', 'ulimit -n; id -u; cat /proc/self/oom_score_adj'], {rlimits: [{type: 'RLIMIT_NOFILE', soft: 99, hard: 99}]}), {code: 0, stdout: '99\n0\n0\n'});
	await t.throwsAsync(container.exec({args: ['true'], user: {uid: 70_000, gid: 0}}), {code: 'ERR_INIT_STEP', message: /credentials uid: EINVAL/});
	t.is((await container.processes()).length, 1);
});

test('what belongs to root of the host cannot be touched from a user namespace', async t => {
	const world = new World(t);
	const host = tempDir(world);
	writeFileSync(join(host, 'secret'), 'secret\n', {mode: 0o600});
	mkdirSync(join(host, 'dir'));
	const {stdout, stderr} = await world.shell('cat /mnt/secret; touch /mnt/dir/x; chmod 666 /dev/zero; echo end', mapped(config => {
		config.mounts.push({destination: '/mnt', type: 'bind', source: host, options: ['rbind']});
	}));
	t.is(stdout, 'end\n');
	t.is(stderr.match(/Permission denied|Operation not permitted/g)?.length, 3, stderr);
});

test('a user namespace of another container can be joined', async t => {
	const world = new World(t);
	const other = await world.start(mapped());
	const {stdout} = await world.shell('readlink /proc/self/ns/user; id -u; touch /new && echo made', mapped(config => {
		config.linux.namespaces = config.linux.namespaces!.map(namespace => namespace.type === 'user' ? {...namespace, path: `/proc/${other.pid}/ns/user`} : namespace);
		delete config.linux.uidMappings;
		delete config.linux.gidMappings;
	}));
	t.is(stdout, `${readlinkSync(`/proc/${other.pid}/ns/user`)}\n0\nmade\n`);
});

test('user, pid, network and mount namespaces of a container can be new together with a cgroup namespace', async t => {
	const world = new World(t);
	const {stdout} = await world.shell(`grep ${isV2 ? '::' : ':memory:'} /proc/self/cgroup | cut -d: -f3; echo $$`, mapped(config => {
		config.linux.namespaces!.push({type: 'cgroup'});
	}));
	t.is(stdout, '/\n1\n');
});
