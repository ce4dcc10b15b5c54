// One test for each kind of escape that was found in runc and that is no race; see SECURITY.md.
import {copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CtnError} from '../../ts/index.js';
import {S_IFMT, S_IFSOCK} from '../../ts/linux/constants.js';
import {tempDir, type Spec} from '../support/bundle.js';
import {execOutput, outputOf, systemTest as test, until, World} from '../system/world.js';
import {makeVictim, startAttacker} from './attack.js';

const capabilitiesOf = (status: string): Record<string, string> =>
	Object.fromEntries([...status.matchAll(/^(Cap\w+):\s*(\w+)$/gm)].map(([, name, value]) => [name!, value!]));

test('CVE-2019-16884: a symlink of the image does not put a mount on procfs', async t => {
	const world = new World(t);
	for (const target of ['/proc', '/proc/self', '/proc/sys/kernel', '../../proc/self/attr']) {
		await t.throwsAsync(world.create({
			writable: true,
			prepare: rootfs => symlinkSync(target, join(rootfs, 'innocent')),
			edit: config => {
				config.mounts.push({destination: '/innocent', type: 'tmpfs'});
			},
		}), {code: 'ERR_INIT_STEP', message: /mount \/innocent: (EXDEV|ENOENT)/}, target);
	}

	await t.throwsAsync(world.create({edit: config => {
		config.mounts.push({destination: '/proc/self/attr', type: 'tmpfs'});
	}}), {code: 'ERR_CONFIG_INVALID'});
});

test('CVE-2025-52881: a sysctl reaches the kernel, whatever covers its file', async t => {
	const world = new World(t);
	const {path, harm} = makeVictim(world);
	const {stdout} = await world.shell('cat /proc/sys/kernel/shmmni; cat /proc/sys/net/ipv4/ip_forward', {edit: config => {
		config.linux.sysctl = {'kernel.shmmni': '77', 'net.ipv4.ip_forward': '1'};
		config.mounts.push({destination: '/proc/sys/kernel/ns_last_pid', type: 'bind', source: join(path, 'secret'), options: ['bind']});
	}});
	t.is(stdout, '77\n1\n');
	t.deepEqual(harm(), []);
});

test('CVE-2025-31133: a /dev/null that is not one is refused, and nothing of /proc is open for writing', async t => {
	const world = new World(t);
	const dev = tempDir(world);
	symlinkSync('/proc/sys/kernel/core_pattern', join(dev, 'null'));
	const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
	const options = {args: ['sh', '-c', 'echo "|/evil" >&1; echo "|/evil" >/proc/keys'], edit: (config: Spec) => {
		config.mounts = [...config.mounts.filter(({destination}) => !destination.startsWith('/dev')), {destination: '/dev', type: 'bind', source: dev, options: ['bind']}];
		delete config.linux.seccomp;
	}};
	await t.throwsAsync(world.create(options), {code: 'ERR_INIT_STEP', message: /null_stdio \/dev\/null: ENODEV/});
	const piped = await world.create(options, {stdio: ['pipe', 'pipe', 'pipe']});
	await piped.start();
	piped.stdin!.destroy();
	await outputOf(piped);
	t.is(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'), before);
});

test('CVE-2016-3697: a numeric name in /etc/passwd is no user id', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('id -u; id -g; echo $HOME', {
		writable: true,
		prepare: rootfs => writeFileSync(join(rootfs, 'etc/passwd'), '1000:x:0:0:root:/evil:/bin/sh\nuser:x:1000:1000::/good:/bin/sh\n'),
		edit: config => {
			config.process.user = {uid: 1000, gid: 1000};
		},
	});
	t.is(stdout, '1000\n1000\n/good\n');
	await t.throwsAsync(world.create({edit: config => {
		config.process.user = {uid: '0', gid: 0} as never;
	}}), {code: 'ERR_CONFIG_INVALID'});
});

test('CVE-2022-29162, CVE-2016-8867: inheritable and ambient capabilities are never there unasked, with create and exec', async t => {
	const world = new World(t);
	const some = ['CAP_CHOWN', 'CAP_NET_RAW'];
	const container = await world.start({edit: config => {
		config.process.capabilities = {bounding: some, effective: some, permitted: some};
	}});
	const none = '0'.repeat(16);
	const own = capabilitiesOf(readFileSync(`/proc/${container.pid}/status`, 'utf8'));
	t.like(own, {CapInh: none, CapAmb: none, CapPrm: '0000000000002001'});
	for (const options of [{}, {capabilities: {bounding: some, effective: some, permitted: some}}, {user: {uid: 1000, gid: 1000}}]) {
		const {stdout} = await execOutput(container, ['cat', '/proc/self/status'], options);
		t.like(capabilitiesOf(stdout), {CapInh: none, CapAmb: none});
	}

	// Ambient without inheritable is not ambient
	const {stdout} = await execOutput(container, ['cat', '/proc/self/status'], {user: {uid: 1000, gid: 1000}, capabilities: {bounding: some, permitted: some, ambient: some}});
	t.like(capabilitiesOf(stdout), {CapInh: none, CapAmb: none});
});

test('CVE-2016-9962: who joins a container cannot be traced, read or robbed by it; and nobody that shares our memory is seen in it', async t => {
	const world = new World(t);
	const program = (await import('../support/workload.js')).buildWorkload('attach');
	const capabilities = ['CAP_KILL', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_SETUID'];
	const attacker = await world.start({
		writable: true,
		args: ['/attack'],
		prepare: rootfs => copyFileSync(program, join(rootfs, 'attack')),
		edit: config => {
			config.process.capabilities = {bounding: capabilities, effective: capabilities, permitted: capabilities};
		},
	}, {stdio: ['ignore', 'pipe', 'ignore']});
	let said = '';
	attacker.stdout!.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	await until(() => said !== '', 'the attacker');
	for (let round = 0; round < 60; round++) {
		const process = await attacker.exec({args: ['true'], capabilities: {}});
		t.deepEqual(await process.wait(), {code: 0, signal: null});
		if (round % 4 === 0) {
			const neighbour = await world.create({args: ['true'], edit: config => {
				config.linux.namespaces = config.linux.namespaces!.map(namespace => namespace.type === 'pid' ? {type: 'pid', path: `/proc/${attacker.pid}/ns/pid`} : namespace);
			}});
			await neighbour.delete({force: true});
		}
	}

	t.regex(said, /^ready\nsaw one\n/); // It was quick enough to see them
	t.deepEqual(said.split('\n').filter(line => /traced|opened|took|which is/.test(line)), []);
});

test('CVE-2024-21626: a program that was restored has no descriptor of ours', async t => {
	const world = new World(t);
	const imagesDir = join(tempDir(world), 'images');
	const container = await world.start();
	await container.checkpoint({imagesDir});
	const restored = await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: 'ignore'});
	t.deepEqual(readdirSync(`/proc/${restored.pid}/fd`), ['0', '1', '2']);
	t.like(await execOutput(restored, ['ls', '/proc/self/fd']), {stdout: '0\n1\n2\n3\n'}); // 3 is the directory itself
});

test('CVE-2024-21626: no number of a descriptor is a cwd or a program, with create and exec', async t => {
	const world = new World(t);
	const container = await world.start();
	for (let fd = 3; fd < 20; fd++) {
		for (const path of [`/proc/self/fd/${fd}`, `/proc/self/fd/${fd}/..`]) {
			await t.throwsAsync(container.exec({args: ['true'], cwd: path}), {code: 'ERR_INIT_STEP'}, path);
		}

		await t.throwsAsync(world.create({args: ['true'], edit: config => {
			config.process.cwd = `/proc/self/fd/${fd}`;
		}}), {code: 'ERR_INIT_STEP'});
		// With the directory of a cgroup this was a program of the host
		for (const up of [0, 3, 10]) {
			const args = [`/proc/self/fd/${fd}/${'../'.repeat(up)}${process.execPath.slice(1)}`];
			for (const run of [async () => world.create({args}), async () => container.exec({args})]) {
				t.regex((await t.throwsAsync<CtnError>(run(), undefined, args[0])).code, /^ERR_COMMAND_NOT_/);
			}
		}
	}
});

test('CVE-2023-27561, CVE-2019-19921: a root filesystem whose /proc, /sys and /dev are exchanged while it starts', async t => {
	const world = new World(t);
	const victim = makeVictim(world);
	const source = world.bundle({writable: true});
	const rootfs = join(source, 'rootfs');
	for (const name of ['proc', 'sys', 'dev']) {
		symlinkSync(victim.path, join(rootfs, `${name}-link`));
		mkdirSync(join(rootfs, `${name}-fake`));
	}

	await startAttacker(world, 'exchange', ['proc', 'sys', 'dev'].flatMap(name => [`/volume/${name}`, `/volume/${name}-link`]), rootfs);
	const bundle = world.bundle({args: ['/bin/busybox', 'sh', '-c', 'cat /proc/self/attr/current /*/secret /proc/sysrq-trigger 2>/dev/null'], edit: config => {
		config.root = {path: rootfs};
		config.linux.sysctl = {'kernel.shmmni': '77'};
	}});
	let refused = 0;
	let started = 0;
	for (const end = Date.now() + 2500; Date.now() < end;) {
		const container = await world.runtime.create(world.id(), {bundle, stdio: ['ignore', 'pipe', 'ignore']}).catch(() => {
			refused++;
		});
		if (container) {
			started++;
			await container.start();
			t.false((await outputOf(container)).stdout.includes(victim.secret));
			await container.delete({force: true});
		}

		t.deepEqual(victim.harm(), []);
	}

	t.log(`${started} started, ${refused} refused`);
	t.true(refused > 0 && started > 0);
});

test('the state directory is for root alone, and no id leads out of it', async t => {
	const world = new World(t);
	const container = await world.create();
	t.is(statSync(world.root).mode & 0o777, 0o700);
	const directory = join(world.root, container.id);
	t.is(statSync(directory).mode & 0o777, 0o700);
	for (const name of readdirSync(directory)) {
		const {mode} = statSync(join(directory, name));
		t.true((mode & S_IFMT) === S_IFSOCK || (mode & 0o077) === 0, name); // A socket can be reached through its directory alone
	}

	for (const id of ['..', '.', '', '/', '../x', 'a/b', 'a\0b', '%2e%2e', 'a\nb', 'x'.repeat(5000), '../../etc', '..\u2215x']) {
		await t.throwsAsync(world.runtime.load(id), {code: 'ERR_CONTAINER_ID'}, id);
		await t.throwsAsync(world.runtime.create(id, {bundle: container.bundle, stdio: 'ignore'}), {code: 'ERR_CONTAINER_ID'}, id);
	}

	t.deepEqual(readdirSync(world.root), [container.id]);
	t.false(existsSync(join(world.root, '../x')));
});

test('a container that fills its own cgroup tree is frozen, counted and deleted all the same', async t => {
	const world = new World(t);
	const container = await world.start({
		args: ['sh', '-c', 'cd /sys/fs/cgroup/memory; for i in $(seq 150); do mkdir a$i; done; for i in $(seq 30); do mkdir d; cd d; sleep 1000 & echo $! >cgroup.procs; done; echo full; wait'],
		edit: config => {
			config.mounts = config.mounts.filter(({destination}) => destination !== '/sys/fs/cgroup');
			config.mounts.push({destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid']});
		},
	}, {stdio: ['ignore', 'pipe', 'ignore']});
	await new Promise(resolve => {
		container.stdout!.once('data', resolve);
	});
	t.is((await container.processes()).length, 31);
	await container.pause();
	t.is(await container.status(), 'paused');
	await container.delete({force: true});
	t.deepEqual((await world.leftBehind()).cgroups, []);
});

test('hostile names: of programs, of mount points, of files and of the container itself', async t => {
	const world = new World(t);
	const names = [') R 1 (x', 'a b\\040\tc', 'line\nbreak', '"quoted"', 'ünïcödé', '-rf', '$(reboot)', '%s%n'];
	const source = tempDir(world);
	writeFileSync(join(source, 'file'), 'content\n');
	const container = await world.start({
		writable: true,
		args: ['/) R 1 (x', '1000'],
		prepare: rootfs => copyFileSync('/bin/sleep', join(rootfs, ') R 1 (x')),
		edit: config => {
			for (const name of names.slice(1)) {
				config.mounts.push({destination: `/${name}/${name}`, type: 'bind', source, options: ['bind']});
			}

			config.mounts.push({destination: '/lib', type: 'bind', source: '/lib', options: ['rbind', 'ro']}, {destination: '/lib64', type: 'bind', source: '/lib64', options: ['rbind', 'ro']});
			config.hostname = '; reboot';
			config.process.env!.push('X=\n\u001b[0m"$(id)`id`');
		},
	});
	t.is(await container.status(), 'running');
	await container.pause();
	t.is(await container.status(), 'paused');
	await container.resume();
	for (const name of names.slice(1)) {
		t.is((await execOutput(container, ['cat', `/${name}/${name}/file`])).stdout, 'content\n', name);
	}

	t.is((await execOutput(container, ['hostname'])).stdout, '; reboot\n');
	const loaded = await world.runtime.load(container.id);
	t.is(await loaded.status(), 'running');
	await loaded.delete({force: true});
});
