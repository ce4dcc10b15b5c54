import {execFileSync} from 'node:child_process';
import {existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir, type Spec} from '../support/bundle.js';
import {parseMountInfo, type MountInfo} from '../../ts/linux/mountinfo.js';
import {systemTest as test, World} from './world.js';

/** A directory of the host with `file`, and a tmpfs with `inner` below it, mounted at `sub`. */
export const hostTree = (world: World, options = 'rw'): string => {
	const path = tempDir(world);
	mkdirSync(join(path, 'sub'));
	writeFileSync(join(path, 'file'), 'of the host\n');
	execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', join(path, 'sub')]);
	world.teardown(() => {
		execFileSync('umount', [join(path, 'sub')]);
	});
	return path;
};

const mount = (source: string, destination: string, ...options: string[]) => (config: Spec): void => {
	config.mounts.push({destination, type: 'bind', source, options});
};

/** What the container sees at and below /mnt. */
const mountsOf = async (world: World, edit: (config: Spec) => void): Promise<MountInfo[]> => {
	const {stdout} = await world.run({writable: true, args: ['cat', '/proc/self/mountinfo'], edit});
	return parseMountInfo(stdout).filter(({mountPoint}) => mountPoint.startsWith('/mnt'));
};

test('a bind mount without options is writable and shows its own file system alone, rbind all below', async t => {
	const world = new World(t);
	const host = hostTree(world);
	t.deepEqual((await mountsOf(world, mount(host, '/mnt', 'bind'))).map(({mountPoint}) => mountPoint), ['/mnt']);
	t.deepEqual((await mountsOf(world, mount(host, '/mnt', 'rbind'))).map(({mountPoint}) => mountPoint), ['/mnt', '/mnt/sub']);

	t.is((await world.shell('cat /mnt/file; echo new > /mnt/new', {edit: mount(host, '/mnt', 'rbind'), writable: true})).stdout, 'of the host\n');
	t.is(readFileSync(join(host, 'new'), 'utf8'), 'new\n');
});

test('options of a bind mount are those of the mount alone, and r… options also of what is below', async t => {
	const world = new World(t);
	const host = hostTree(world);
	const [top, below] = await mountsOf(world, mount(host, '/mnt', 'rbind', 'ro', 'nosuid', 'nodev', 'noexec', 'noatime'));
	t.deepEqual(new Set(top!.options), new Set(['ro', 'nosuid', 'nodev', 'noexec', 'noatime']));
	t.deepEqual(below!.options, ['rw', 'relatime']);

	const [rtop, rbelow] = await mountsOf(world, mount(host, '/mnt', 'rbind', 'rro', 'rnosuid', 'rnoexec'));
	t.deepEqual(rtop!.options.slice(0, 3), ['ro', 'nosuid', 'noexec']);
	t.deepEqual(rbelow!.options.slice(0, 3), ['ro', 'nosuid', 'noexec']);
	t.is(execFileSync('findmnt', ['-no', 'OPTIONS', join(host, 'sub')], {encoding: 'utf8'}).split(',')[0], 'rw', 'the host keeps its own');
});

test('a read-only bind mount cannot be written to, noexec not executed from', async t => {
	const world = new World(t);
	const host = hostTree(world);
	writeFileSync(join(host, 'script'), '#!/bin/sh\necho ran\n', {mode: 0o755});
	const {stdout, stderr} = await world.shell('echo x > /mnt/file; /mnt/script; /mnt2/script', {writable: true, edit(config) {
		mount(host, '/mnt', 'bind', 'ro', 'noexec')(config);
		mount(host, '/mnt2', 'bind', 'ro')(config);
	}});
	t.is(stdout, 'ran\n');
	t.regex(stderr, /Read-only file system/);
	t.regex(stderr, /Permission denied/);
});

test('options of the source are kept by a bind mount without options, and replaced by given ones', async t => {
	const world = new World(t);
	const host = hostTree(world, 'nosuid,nodev,noexec');
	const options = async (...words: string[]) => (await mountsOf(world, mount(join(host, 'sub'), '/mnt', 'bind', ...words)))[0]!.options;
	t.deepEqual(await options(), ['rw', 'nosuid', 'nodev', 'noexec', 'relatime']);
	t.deepEqual(await options('ro'), ['ro', 'relatime']);
	t.deepEqual(await options('nosuid'), ['rw', 'nosuid', 'relatime']);
});

test('a file can be mounted, on one that is there or is made', async t => {
	const world = new World(t);
	const host = tempDir(world);
	writeFileSync(join(host, 'resolv.conf'), 'nameserver 127.0.0.1\n');
	const bundle = world.bundle({writable: true, args: ['cat', '/etc/resolv.conf', '/etc/passwd', '/deep/er/file'], edit(config) {
		for (const target of ['/etc/resolv.conf', '/etc/passwd', '/deep/er/file']) {
			mount(join(host, 'resolv.conf'), target, 'bind', 'ro')(config);
		}
	}});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	t.is((await container.wait()).code, 0);
	t.true(lstatSync(join(bundle, 'rootfs/deep/er/file')).isFile());
	t.is(readFileSync(join(bundle, 'rootfs/deep/er/file'), 'utf8'), '');
	t.true(readFileSync(join(bundle, 'rootfs/etc/passwd'), 'utf8').startsWith('root:'));
});

test('a relative source is below the bundle, one that is missing is an error', async t => {
	const world = new World(t);
	const bundle = world.bundle({writable: true, args: ['cat', '/mnt/hello'], edit: mount('data', '/mnt', 'bind')});
	await t.throwsAsync(world.runtime.create(world.id(), {bundle, stdio: 'ignore'}), {code: 'ERR_CONFIG_INVALID', message: /the bind mount source .*\/data does not exist/});
	mkdirSync(join(bundle, 'data'));
	writeFileSync(join(bundle, 'data/hello'), '');
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	t.is((await container.wait()).code, 0);
});

test('a later mount may be on an earlier one, and hides what was there', async t => {
	const world = new World(t);
	const host = hostTree(world);
	const {stdout} = await world.shell('ls /mnt /mnt/a; grep " /mnt/a " /proc/self/mounts | tail -1 | cut -d" " -f1', {writable: true, edit(config) {
		config.mounts.push({destination: '/mnt', type: 'tmpfs', source: 'first', options: ['size=1m']});
		mount(host, '/mnt/a', 'bind')(config);
		config.mounts.push({destination: '/mnt/a', type: 'tmpfs', source: 'last', options: ['size=1m']});
	}});
	t.is(stdout, '/mnt:\na\n\n/mnt/a:\nlast\n');
});

test('a tmpfs has its size, mode and options, and may be read-only with targets below it', async t => {
	const world = new World(t);
	const host = hostTree(world);
	const {stdout} = await world.shell('stat -c %a /mnt; df -k /mnt | tail -1 | awk \'{print $2}\'; cat /ro/in/file; touch /ro/x 2>&1', {writable: true, edit(config) {
		config.mounts.push({destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options: ['size=64k', 'mode=1711', 'nosuid']});
		config.mounts.push({destination: '/ro', type: 'tmpfs', source: 'tmpfs', options: ['ro']});
		mount(host, '/ro/in', 'bind')(config);
	}});
	t.is(stdout, '1711\n64\nof the host\ntouch: /ro/x: Read-only file system\n');
});

test('a target that is a symlink is followed within the root filesystem', async t => {
	const world = new World(t);
	const host = tempDir(world);
	writeFileSync(join(host, 'inside'), '');
	const outside = tempDir(world);
	const bundle = world.bundle({writable: true, args: ['sh', '-c', 'ls /real /abs/x /up/x /dangling'], edit(config) {
		for (const target of ['/link', '/absolute/x', '/upwards/x', '/dangling']) {
			mount(host, target, 'bind')(config);
		}
	}, prepare(rootfs) {
		mkdirSync(join(rootfs, 'real'));
		symlinkSync('real', join(rootfs, 'link'));
		mkdirSync(join(rootfs, 'abs'));
		symlinkSync('/abs', join(rootfs, 'absolute'));
		symlinkSync('../../../../../../up', join(rootfs, 'upwards'));
		symlinkSync(outside, join(rootfs, 'dangling'));
	}});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	t.is((await container.wait()).code, 0);
	t.true(existsSync(join(bundle, 'rootfs/up/x')));
	t.true(existsSync(join(bundle, 'rootfs', outside)), 'made inside');
	t.deepEqual(execFileSync('ls', ['-A', outside], {encoding: 'utf8'}), '');
});

test('options of a file system that it does not know are refused, with the word', async t => {
	const world = new World(t);
	await t.throwsAsync(world.shell('true', {writable: true, edit(config) {
		config.mounts.push({destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options: ['nonsense=1']});
	}}), {code: 'ERR_INIT_STEP', message: /mount nonsense=1: EINVAL/});
	await t.throwsAsync(world.shell('true', {writable: true, edit(config) {
		config.mounts.push({destination: '/mnt', type: 'nosuchfs', source: 'none'});
	}}), {code: 'ERR_INIT_STEP', message: /mount nosuchfs: ENODEV/});
});
