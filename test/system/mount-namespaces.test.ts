// Mounts and the namespaces around them: propagation, id-mapped mounts, locked flags, roots of every kind.
import {execFileSync} from 'node:child_process';
import ava from 'ava';
import {chownSync, existsSync, mkdirSync, readFileSync, readdirSync, statfsSync, statSync, writeFileSync} from 'node:fs';
import {release, tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Mount} from '../../ts/index.js';
import {parseMountInfo} from '../../ts/linux/mountinfo.js';
import {tempDir, type Spec} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {elsewhere, execOutput, outputOf, systemTest as test, until, World} from './world.js';

/** Where the temporary directory is a tmpfs, as in the lab VM: that can be id-mapped since Linux 6.3. */
const isOldTmpfs = statfsSync(tmpdir()).type === 0x0102_1994 && Number(/^\d+\.\d+/.exec(release())![0]) < 6.3 && !/^6\.\d\d/.test(release());
const idMapTest = testUnless(isOldTmpfs ? 'this kernel maps no ids of a tmpfs' : process.getuid!() === 0 ? undefined : 'needs root', ava.serial);

const add = (...mounts: Mount[]) => (config: Spec): void => {
	config.mounts.push(...mounts as Spec['mounts']);
};

const bind = (source: string, destination: string, ...options: string[]): Mount => ({source, destination, type: 'bind', options: ['bind', ...options]});

const inUserNamespace = (config: Spec): void => {
	config.linux.namespaces!.push({type: 'user'});
	config.linux.uidMappings = [{containerID: 0, hostID: 100_000, size: 65_536}];
	config.linux.gidMappings = [{containerID: 0, hostID: 100_000, size: 65_536}];
};

/** A directory that is a mount of its own, shared as most are under systemd. */
const sharedDirectory = (world: World): string => {
	const path = tempDir(world);
	execFileSync('mount', ['-t', 'tmpfs', 'shared', path]);
	execFileSync('mount', ['--make-shared', path]);
	world.teardown(() => execFileSync('umount', ['--recursive', path]) && undefined);
	return path;
};

test('propagation: what the host mounts later is seen as asked for, what the container mounts stays in it', async t => {
	const world = new World(t);
	const source = sharedDirectory(world);
	mkdirSync(join(source, 'late'));
	mkdirSync(join(source, 'own'));
	const container = await world.start({
		writable: true,
		edit: config => {
			add(bind(source, '/default'), bind(source, '/private', 'rprivate'), bind(source, '/slave', 'rslave'), bind(source, '/shared', 'rshared'))(config);
			config.process.capabilities!.bounding!.push('CAP_SYS_ADMIN');
			config.process.capabilities!.effective!.push('CAP_SYS_ADMIN');
			config.process.capabilities!.permitted!.push('CAP_SYS_ADMIN');
		},
	});
	execFileSync('mount', ['-t', 'tmpfs', 'late', join(source, 'late')]);
	const seen = await execOutput(container, ['sh', '-c', 'grep " /[a-z]*/late " /proc/self/mountinfo | cut -d" " -f5 | sort']);
	t.is(seen.stdout, '/default/late\n/shared/late\n/slave/late\n');
	for (const place of ['default', 'private', 'slave']) {
		t.is((await execOutput(container, ['mount', '-t', 'tmpfs', 'own', `/${place}/own`])).code, 0);
	}

	t.false(readFileSync('/proc/self/mountinfo', 'utf8').includes(join(source, 'own')));
	t.is((await execOutput(container, ['mount', '-t', 'tmpfs', 'own', '/shared/own'])).code, 0);
	t.true(readFileSync('/proc/self/mountinfo', 'utf8').includes(join(source, 'own')));
	await container.delete({force: true});
});

test('rootfsPropagation of every kind is that of the root, and nothing of the host is shared with it', async t => {
	const world = new World(t);
	const rootfs = join(sharedDirectory(world), 'rootfs');
	execFileSync('cp', ['-a', join(world.bundle({writable: true}), 'rootfs'), rootfs]);
	const expected = {private: /^$/, rprivate: /^$/, slave: /^master:\d+$/, rslave: /^master:\d+$/, shared: /^shared:\d+$/, rshared: /^shared:\d+$/, unbindable: /^unbindable$/, runbindable: /^unbindable$/} as const;
	for (const [propagation, tags] of Object.entries(expected)) {
		const {stdout, stderr} = await world.shell('cat /proc/self/mountinfo', {edit: config => {
			config.root = {path: rootfs, readonly: true};
			config.linux.rootfsPropagation = propagation as 'private';
		}});
		const mounts = parseMountInfo(stdout);
		const root = mounts.findLast(({mountPoint}) => mountPoint === '/');
		t.regex(root?.propagation.join(' ') ?? stderr, tags, propagation);
		t.is(mounts.filter(({mountPoint}) => mountPoint === '/proc/sys').length, 1);
		const host = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
		t.deepEqual(host.filter(mount => mount.mountPoint.startsWith(`${rootfs}/`)), [], propagation);
		const ours = root?.propagation.find(tag => tag.startsWith('shared:'));
		t.false(ours !== undefined && host.some(mount => mount.propagation.includes(ours)), propagation);
	}
});

idMapTest('an id-mapped mount shows other owners than the disk has, and writes its own', async t => {
	const world = new World(t);
	const source = tempDir(world);
	for (const [name, owner] of [['zero', 0], ['thousand', 1000]] as const) {
		writeFileSync(join(source, name), '');
		chownSync(join(source, name), owner, owner);
	}

	const mappings = [{containerID: 0, hostID: 5000, size: 2000}];
	const plain = await world.shell('cd /data && stat -c "%n %u %g" * && touch /data/new', {
		writable: true, edit: config => {
			add({...bind(source, '/data'), uidMappings: mappings, gidMappings: mappings})(config);
			config.process.user = {uid: 5007, gid: 5007};
			config.process.capabilities = {};
		},
	});
	t.is(plain.stdout, 'thousand 6000 6000\nzero 5000 5000\n', plain.stderr);
	t.not(plain.code, 0); // A directory of 5000: not theirs

	execFileSync('chmod', ['777', source]);
	const written = await world.shell('touch /data/new', {
		writable: true, edit: config => {
			add({...bind(source, '/data'), uidMappings: mappings, gidMappings: mappings})(config);
			config.process.user = {uid: 5007, gid: 5008};
			config.process.capabilities = {};
		},
	});
	t.is(written.code, 0, written.stderr);
	t.like(statSync(join(source, 'new')), {uid: 7, gid: 8});
});

idMapTest('idmap and ridmap take the ids of the container: a volume of the host fits its user namespace', async t => {
	const world = new World(t);
	const source = tempDir(world);
	mkdirSync(join(source, 'below'));
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'below', join(source, 'below')]);
	world.teardown(() => execFileSync('umount', [join(source, 'below')]) && undefined);
	writeFileSync(join(source, 'file'), '');
	chownSync(join(source, 'file'), 3, 4);
	const script = 'stat -c "%u:%g" /plain/file /idmap/file /idmap/below /ridmap/below; echo >/ridmap/below/new && echo written';
	const given = {
		writable: true,
		prepare: (rootfs: string) => execFileSync('chown', ['-R', '100000:100000', rootfs]) && undefined,
		edit: (config: Spec) => {
			inUserNamespace(config);
			add(bind(source, '/plain', 'rbind'), bind(source, '/idmap', 'rbind', 'idmap'), bind(source, '/ridmap', 'rbind', 'ridmap'))(config);
		},
	};
	const {stdout, stderr} = await world.shell(script, given);
	t.is(stdout, '65534:65534\n3:4\n65534:65534\n0:0\nwritten\n', stderr);
	t.like(statSync(join(source, 'below/new')), {uid: 0, gid: 0});
});

test('what a user namespace has locked stays as it is, and is an error where it is to be cleared by name', async t => {
	const world = new World(t);
	const source = tempDir(world);
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'nosuid,nodev,noexec', 'locked', source]);
	world.teardown(() => execFileSync('umount', [source]) && undefined);
	const bundle = (...options: string[]) => world.bundle({writable: true, args: ['grep', ' /data ', '/proc/self/mountinfo'], edit: config => {
		add(bind(source, '/data', ...options))(config);
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'network');
		config.mounts = config.mounts.filter(({type}) => type !== 'sysfs' && type !== 'cgroup');
		delete config.linux.maskedPaths;
		delete config.linux.readonlyPaths;
		delete config.process.rlimits;
	}});
	// A runtime in a user namespace, whose mount namespace came from the host: there the flags are locked
	const inside = (path: string): {error?: string; subject?: string; options?: string} => {
		const script = `
			const {linuxNative} = require(process.argv[1]);
			const {parseMountOptions} = require(process.argv[2]);
			const {bindTree} = require(process.argv[3]);
			const config = JSON.parse(require('node:fs').readFileSync(process.argv[4] + '/config.json', 'utf8'));
			const mount = config.mounts.at(-1);
			const op = bindTree(mount, parseMountOptions(mount.options, mount.type), config, process.argv[4]);
			linuxNative().batch([op]).then(([tree]) => {
				const target = process.argv[4] + '/rootfs/tmp';
				return linuxNative().batch([{op: 'attach', tree, path: target}]).then(() => {
					const line = require('node:fs').readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').find(line => line.includes(' ' + target + ' '));
					return {options: line.split(' ')[5]};
				});
			}).catch(error => ({error: error.errno, subject: error.subject})).then(result => console.log(JSON.stringify(result)));
		`;
		const dist = (name: string): string => projectPath(`dist/ts/${name}.js`);
		return JSON.parse(execFileSync('unshare', ['--user', '--map-root-user', '--mount', process.execPath, '-e', script, dist('native/linux'), dist('linux/mount-options'), dist('launch/bind'), path], {encoding: 'utf8'})) as {error?: string};
	};

	t.deepEqual(inside(bundle()), {options: 'rw,nosuid,nodev,noexec,relatime'});
	t.deepEqual(inside(bundle('ro')), {options: 'ro,nosuid,nodev,noexec,relatime'});
	t.deepEqual(inside(bundle('nosymfollow')), {options: 'rw,nosuid,nodev,noexec,relatime,nosymfollow'});
	t.deepEqual(inside(bundle('exec')), {error: 'EPERM', subject: source});
	t.deepEqual(inside(bundle('ro', 'dev')), {error: 'EPERM', subject: source});
});

test('a read-only root is read-only, what is mounted on it is not', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('touch /x 2>/dev/null || echo ro; touch /data/x && echo rw; touch /dev/x && echo dev', {
		writable: true, edit: config => {
			config.root.readonly = true;
			add({destination: '/data', type: 'tmpfs'})(config);
		},
	});
	t.is(stdout, 'ro\nrw\ndev\n');
});

test('without pivot_root: the same container, and nothing of the host to be seen or mounted', async t => {
	const world = new World(t);
	// In a user namespace a procfs of its own would show what is masked: the kernel refuses it as long as
	// no full one is visible, and one of the host below our root would count
	const asUser = (config: Spec): void => {
		config.process.user = {uid: 1000, gid: 1000};
		config.process.capabilities = {};
	};
	const script = 'unshare -U -r true && echo unshared; unshare -U -r -m -p -f mount -t proc proc /tmp 2>/dev/null && echo mounted; cd ../../../..; ls -d etc/passwd';
	const container = await world.create({args: ['sh', '-c', script], edit: asUser}, {noPivot: true, stdio: ['ignore', 'pipe', 'pipe']});
	await container.start();
	const output = await outputOf(container);
	t.is(output.stdout, 'unshared\netc/passwd\n', output.stderr);

	const running = await world.start({writable: true, edit: config => {
		config.process.capabilities!.bounding!.push('CAP_SYS_CHROOT');
	}}, {noPivot: true});
	t.like(await execOutput(running, ['sh', '-c', 'ls /; cat /etc/passwd | head -1; cd ..; pwd']), {code: 0, stdout: 'bin\ndev\netc\nproc\nroot\nsys\ntmp\nusr\nvar\nroot:x:0:0:root:/root:/bin/sh\n/\n'});
	t.is((await execOutput(running, ['sh', '-c', 'cat /proc/kcore | wc -c'])).stdout, '0\n');
	const ofHost = parseMountInfo(readFileSync(`/proc/${running.pid}/mountinfo`, 'utf8'));
	t.true(ofHost.every(({mountPoint}) => !mountPoint.startsWith('/work')));
	await t.throwsAsync(world.create({edit: config => {
		config.linux.rootfsPropagation = 'private';
	}}, {noPivot: true}), {code: 'ERR_CONFIG_INVALID'});
});

/** Nothing is mounted yet. */
const onHost = (config: Spec): void => {
	config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'mount');
	config.mounts = [];
	delete config.linux.maskedPaths;
	delete config.linux.readonlyPaths;
};

/** What the host has mounted there, in order, by path below the root filesystem. */
const mountedOn = (rootfs: string): string[] =>
	parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).filter(({mountPoint}) => mountPoint.startsWith(rootfs)).map(({mountPoint}) => mountPoint.slice(rootfs.length));

test('without a mount namespace: a root directory of the host, with devices and nothing mounted', async t => {
	const world = new World(t);
	const container = await world.start({writable: true, edit: onHost});
	const {stdout} = await execOutput(container, ['sh', '-c', 'ls /proc; head -1 /etc/passwd; echo x >/dev/null; stat -c %t:%T /dev/full; pwd; cd ..; pwd']);
	t.is(stdout, 'root:x:0:0:root:/root:/bin/sh\n1:7\n/\n/\n');
	t.is(statSync(`/proc/${container.pid}/ns/mnt`).ino, statSync('/proc/self/ns/mnt').ino);
	t.true(existsSync(join(container.bundle, 'rootfs/dev/null')));
	t.deepEqual(mountedOn(join(container.bundle, 'rootfs')), []);
	await t.throwsAsync(container.checkpoint({imagesDir: `${tempDir(world)}/images`}), {code: 'ERR_CHECKPOINT_UNSUPPORTED', message: /no mount namespace/});
});

test('without a mount namespace mounts are on the host, and go with the container', async t => {
	const world = new World(t);
	const edit = (config: Spec): void => {
		onHost(config);
		config.root.readonly = true;
		config.mounts = [{destination: '/proc', type: 'proc', source: 'proc'}, {destination: '/data', type: 'tmpfs', source: 'tmpfs'}];
	};
	const mounted = ['', '/proc', '/data'];
	const bundle = world.bundle({args: ['sleep', '1000'], writable: true, edit});
	const rootfs = join(bundle, 'rootfs');
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	t.deepEqual(mountedOn(rootfs), mounted);
	const {stdout, stderr} = await execOutput(container, ['sh', '-c', 'head -1 /proc/self/stat | cut -d " " -f 2; echo x > /data/x && echo written; echo x > /x; cd ..; pwd']);
	t.is(stdout, '(head)\nwritten\n/\n');
	t.regex(stderr, /Read-only file system/);
	t.deepEqual(readdirSync(join(rootfs, 'data')), ['x'], 'it is there for the host, too');
	await container.delete({force: true});
	t.deepEqual(mountedOn(rootfs), []);

	// As does what a create that fails has mounted, and one whose program is killed
	await t.throwsAsync(world.create({args: ['/nothing'], writable: true, edit}), {code: 'ERR_COMMAND_NOT_FOUND'});
	const id = world.id();
	await elsewhere(world, `await runtime.create('${id}', {bundle: ${JSON.stringify(bundle)}, stdio: 'ignore'}); process.kill(process.pid, 'SIGKILL')`).catch(() => {});
	t.deepEqual(mountedOn(rootfs), mounted);
	const left = await world.runtime.load(id);
	execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', rootfs]);
	await t.throwsAsync(left.delete({force: true}), {code: 'ERR_NATIVE', message: /something is mounted over them/});
	execFileSync('umount', [rootfs]);
	await left.delete({force: true});
	t.deepEqual(mountedOn(rootfs), []);
});

test('without a mount namespace what the host had mounted on the root filesystem stays', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['true'], writable: true, edit(config) {
		onHost(config);
		config.linux.rootfsPropagation = 'private';
	}});
	const rootfs = join(bundle, 'rootfs');
	execFileSync('mount', ['--bind', rootfs, rootfs]);
	world.teardown(() => {
		execFileSync('umount', [rootfs]);
	});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	t.deepEqual(await container.wait(), {code: 0, signal: null});
	t.true(mountedOn(rootfs).length > 1); // Three where the host's mounts are shared: on the one below, too
	await container.delete();
	t.deepEqual(mountedOn(rootfs), ['']);
});

test('namespaces are joined by path, each for itself', async t => {
	const world = new World(t);
	const other = await world.start({edit: config => {
		config.hostname = 'other';
		config.linux.namespaces!.push({type: 'user'});
		config.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
		config.linux.gidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
	}});
	for (const [types, file] of [[['ipc'], 'ipc'], [['uts'], 'uts'], [['pid'], 'pid'], [['network'], 'net'], [['user'], 'user'], [['user', 'ipc', 'uts', 'pid', 'network'], 'uts']] as const) {
		const container = await world.start({edit: config => {
			delete config.hostname;
			config.linux.namespaces = config.linux.namespaces!.filter(({type}) => !(types as readonly string[]).includes(type));
			for (const type of types) {
				config.linux.namespaces.push({type, path: `/proc/${other.pid}/ns/${type === 'network' ? 'net' : type}`});
			}

			// What a namespace of another user owns cannot be set up from here
			config.mounts = config.mounts.filter(({type}) => type !== 'sysfs' && type !== 'cgroup');
		}});
		t.is(statSync(`/proc/${container.pid}/ns/${file}`).ino, statSync(`/proc/${other.pid}/ns/${file}`).ino, types.join());
		t.is((await execOutput(container, ['true'])).code, 0, types.join());
		if ((types as readonly string[]).includes('uts')) {
			t.is((await execOutput(container, ['hostname'])).stdout, 'other\n');
		}
	}
});

test('a container in the pid namespace of the host sees its processes, and delete ends only its own', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'sleep 1000 & exec sleep 1000'], edit: config => {
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'pid');
	}});
	const {stdout} = await execOutput(container, ['sh', '-c', `[ -d /proc/${process.pid} ] && echo host; cat /proc/1/comm`]);
	t.regex(stdout, /^host\n/);
	await until(async () => (await container.processes()).length === 2, 'both');
	const pids = await container.processes();
	await container.delete({force: true});
	await until(() => pids.every(pid => !existsSync(`/proc/${pid}`)), 'what pid 1 of the host has to wait for');
});
