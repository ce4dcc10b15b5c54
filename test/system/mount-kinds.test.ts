// Filesystems and bind mounts of config.json, as the container sees them.
import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Mount} from '../../ts/index.js';
import {parseMountInfo, type MountInfo} from '../../ts/linux/mountinfo.js';
import {tempDir, type BundleOptions, type Spec} from '../support/bundle.js';
import {systemTest as test, World} from './world.js';

const withMounts = (...mounts: Mount[]) => (config: Spec): void => {
	config.mounts.push(...mounts as Spec['mounts']);
};

const bind = (source: string, destination: string, ...options: string[]): Mount => ({source, destination, type: 'bind', options: ['bind', ...options]});

/** The mounts of a container, by destination: the last is on top. */
const mountsOf = async (world: World, options: BundleOptions): Promise<Map<string, MountInfo>> => {
	const {stdout, stderr} = await world.shell('cat /proc/self/mountinfo', options);
	if (stdout === '') {
		throw new Error(stderr);
	}

	return new Map(parseMountInfo(stdout).map(mount => [mount.mountPoint, mount]));
};

test('tmpcopyup begins a tmpfs with what the image has: owners, modes, links, set-user-id bits', async t => {
	const world = new World(t);
	const prepare = (rootfs: string): void => {
		const data = join(rootfs, 'data');
		mkdirSync(join(data, 'a/b'), {recursive: true});
		writeFileSync(join(data, 'a/b/file'), 'hello\n');
		writeFileSync(join(data, 'tool'), 'x');
		chownSync(join(data, 'tool'), 5, 6);
		chmodSync(join(data, 'tool'), 0o4751);
		symlinkSync('/etc/shadow', join(data, 'link'));
		execFileSync('mkfifo', ['-m', '600', join(data, 'fifo')]);
		chownSync(data, 7, 8);
		chmodSync(data, 0o3771);
		writeFileSync(join(data, 'large'), Buffer.alloc(3_000_000, 'z'));
	};

	const script = 'cd /data; stat -c "%n %a %u:%g %F" . a a/b a/b/file tool link fifo large; cat a/b/file; readlink link; wc -c <large; echo new >a/new';
	for (const edit of [withMounts({destination: '/data', type: 'tmpfs', options: ['tmpcopyup']})]) {
		const {stdout} = await world.shell(script, {writable: true, prepare, edit});
		t.is(stdout, [
			'. 3771 7:8 directory', 'a 755 0:0 directory', 'a/b 755 0:0 directory', 'a/b/file 644 0:0 regular file', 'tool 4751 5:6 regular file',
			'link 777 0:0 symbolic link', 'fifo 600 0:0 fifo', 'large 644 0:8 regular file', 'hello', '/etc/shadow', '3000000', '',
		].join('\n'));
	}
});

test('a read-only tmpfs is filled first', async t => {
	const world = new World(t);
	const prepare = (rootfs: string): void => {
		mkdirSync(join(rootfs, 'data'));
		writeFileSync(join(rootfs, 'data/file'), 'hello\n');
	};

	const {stdout} = await world.shell('cat /data/file; touch /data/x 2>/dev/null || echo ro', {
		writable: true, prepare, edit: withMounts({destination: '/data', type: 'tmpfs', options: ['tmpcopyup', 'ro']}),
	});
	t.is(stdout, 'hello\nro\n');
});

test('a tmpfs without a mode has that of the directory that it covers, sticky bit and all', async t => {
	const world = new World(t);
	const prepare = (rootfs: string): void => {
		for (const [name, mode] of [['open', 0o1777], ['closed', 0o700], ['group', 0o2775]] as const) {
			mkdirSync(join(rootfs, name));
			chmodSync(join(rootfs, name), mode);
		}
	};

	const tmpfs = (destination: string, ...options: string[]): Mount => ({destination, type: 'tmpfs', options});
	const given = {
		writable: true, prepare, args: ['stat', '-c', '%n %a', '/open', '/closed', '/group', '/given', '/missing'],
		edit: withMounts(tmpfs('/open'), tmpfs('/closed', 'size=1m'), tmpfs('/group'), tmpfs('/given', 'mode=751'), tmpfs('/missing')),
	};
	const {stdout} = await world.run(given);
	t.is(stdout, '/open 1777\n/closed 700\n/group 2775\n/given 751\n/missing 1777\n');
});

test('mount points are made: directories, files, what is above them, behind dangling symlinks, with the group of a set-group-id directory', async t => {
	const world = new World(t);
	const source = tempDir(world);
	writeFileSync(join(source, 'file'), 'content\n');
	const bundle = world.bundle({
		writable: true,
		args: ['sh', '-c', 'cat /a/b/file /c/file; stat -c %a /a /a/b /a/dir'],
		prepare: rootfs => {
			symlinkSync('c/file', join(rootfs, 'dangling'));
			mkdirSync(join(rootfs, 'sgid'));
			chownSync(join(rootfs, 'sgid'), 0, 77);
			chmodSync(join(rootfs, 'sgid'), 0o2755);
		},
		edit: withMounts(bind(`${source}/file`, '/a/b/file'), bind(`${source}/file`, '/dangling'), bind(source, '/a/dir'), bind(source, '/sgid/below')),
	});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await container.wait();
	const made = (path: string) => statSync(join(bundle, 'rootfs', path));
	t.true(made('a/b/file').isFile());
	t.is(made('a/b/file').mode & 0o7777, 0o755);
	t.is(made('a/b').mode & 0o7777, 0o755);
	t.true(made('c/file').isFile());
	t.is(made('sgid/below').gid, 77);
	t.is(made('sgid/below').mode & 0o7777, 0o2755);
	t.true(lstatSync(join(bundle, 'rootfs/dangling')).isSymbolicLink());
});

test('a bind mount is as its source, or exactly as its options say; rro and its like reach what is below', async t => {
	const world = new World(t);
	const source = tempDir(world);
	mkdirSync(join(source, 'below'));
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'nosuid,noexec', 'below', join(source, 'below')]);
	world.teardown(() => execFileSync('umount', [join(source, 'below')]) && undefined);
	const {stdout} = await world.shell('cat /proc/self/mountinfo', {
		writable: true,
		edit: withMounts(
			bind(source, '/plain', 'rbind'),
			bind(source, '/ro', 'rbind', 'ro'),
			bind(source, '/rro', 'rbind', 'rro'),
			bind(source, '/rnodev', 'rbind', 'rnodev', 'rsuid'),
			bind(source, '/strict', 'bind', 'ro', 'nosuid', 'nodev', 'noexec', 'nosymfollow', 'noatime'),
			bind(join(source, 'below'), '/kept', 'bind'),
			bind(join(source, 'below'), '/replaced', 'bind', 'nodev'),
		),
	});
	const mounts = new Map(parseMountInfo(stdout).map(mount => [mount.mountPoint, mount.options.join(',')]));
	t.is(mounts.get('/plain/below'), 'rw,nosuid,noexec,relatime');
	t.is(mounts.get('/ro'), 'ro,relatime');
	t.is(mounts.get('/ro/below'), 'rw,nosuid,noexec,relatime');
	t.is(mounts.get('/rro'), 'ro,relatime');
	t.is(mounts.get('/rro/below'), 'ro,nosuid,noexec,relatime');
	t.is(mounts.get('/rnodev/below'), 'rw,nodev,noexec,relatime');
	t.is(mounts.get('/strict'), 'ro,nosuid,nodev,noexec,noatime,nosymfollow');
	t.is(mounts.get('/kept'), 'rw,nosuid,noexec,relatime');
	t.is(mounts.get('/replaced'), 'rw,nodev,relatime');
});

test('mounts nest: on binds, in files of binds, and several on one place', async t => {
	const world = new World(t);
	const source = tempDir(world);
	writeFileSync(join(source, 'file'), 'below\n');
	writeFileSync(join(source, 'other'), 'above\n');
	const {stdout} = await world.shell('cat /a/file /a/tmp/deep/file; ls /a/tmp; cat /b/other', {
		writable: true,
		edit: withMounts(
			bind(source, '/a'),
			bind(`${source}/other`, '/a/file'),
			{destination: '/a/tmp', type: 'tmpfs'},
			bind(source, '/a/tmp/deep'),
			{destination: '/b', type: 'tmpfs'},
			bind(source, '/b'),
		),
	});
	t.is(stdout, 'above\nbelow\ndeep\nabove\n');
	t.true(existsSync(join(source, 'tmp')));
});

test('symlinks as source and destination: followed, copied, or mounted themselves', async t => {
	const world = new World(t);
	const source = tempDir(world);
	writeFileSync(join(source, 'file'), 'content\n');
	symlinkSync('file', join(source, 'link'));
	const bundle = world.bundle({
		writable: true,
		args: ['sh', '-c', 'cat /followed; for link in /copied /itself /kept; do readlink $link; done; cat /plain; cut -d" " -f4,5 /proc/self/mountinfo | grep -o "[a-z]* /kept"'],
		prepare: rootfs => symlinkSync('/nowhere', join(rootfs, 'kept')),
		edit: withMounts(
			bind(`${source}/link`, '/followed'),
			bind(`${source}/link`, '/copied', 'copy-symlink'),
			bind(`${source}/file`, '/plain', 'copy-symlink'),
			bind(`${source}/link`, '/itself', 'src-nofollow'),
			bind(`${source}/link`, '/kept', 'src-nofollow', 'dest-nofollow'),
		),
	});
	const container = await world.runtime.run(world.id(), {bundle, stdio: ['ignore', 'pipe', 'pipe']});
	const {outputOf} = await import('./world.js');
	t.is((await outputOf(container)).stdout, 'content\nfile\nfile\nfile\ncontent\nlink /kept\n');
	t.is(readlinkSync(join(bundle, 'rootfs/copied')), 'file');
	t.is(readlinkSync(join(bundle, 'rootfs/kept')), '/nowhere');
});

test('remount changes what was mounted before: attributes, and options of a filesystem', async t => {
	const world = new World(t);
	const source = tempDir(world);
	const mounts = await mountsOf(world, {
		writable: true,
		edit: withMounts(
			bind(source, '/bound', 'nodev'),
			{destination: '/bound', options: ['bind', 'remount', 'ro', 'nosuid']},
			{destination: '/tmpfs', type: 'tmpfs', options: ['size=1m']},
			{destination: '/tmpfs', type: 'tmpfs', options: ['remount', 'size=2m', 'nosuid']},
			{destination: '/', options: ['remount', 'nosuid']},
		),
	});
	t.deepEqual(mounts.get('/bound')?.options, ['ro', 'nosuid', 'relatime']);
	t.deepEqual(mounts.get('/tmpfs')?.options, ['rw', 'nosuid', 'relatime']);
	t.true(mounts.get('/tmpfs')?.superOptions.includes('size=2048k'));
	t.true(mounts.get('/')?.options.includes('nosuid'));
});

test('an overlay is mounted, with more layers than one option of the kernel has room for', async t => {
	const world = new World(t);
	const layers = tempDir(world);
	const names = Array.from({length: 20}, (_, index) => `${layers}/layer-${index}-${'x'.repeat(40)}`);
	for (const [index, name] of names.entries()) {
		mkdirSync(name);
		writeFileSync(join(name, `file-${index}`), '');
	}

	for (const name of ['upper', 'work']) {
		mkdirSync(join(layers, name));
	}

	for (const lower of [names.slice(0, 2), names]) {
		const {stdout, stderr} = await world.shell('ls /over | wc -l; touch /over/written; grep " /over " /proc/self/mountinfo | cut -d" " -f6', {
			writable: true,
			edit: withMounts({destination: '/over', type: 'overlay', options: [`lowerdir=${lower.join(':')}`, `upperdir=${layers}/upper`, `workdir=${layers}/work`, 'nosuid']}),
		});
		t.is(stdout, `${lower.length}\nrw,nosuid,relatime\n`, stderr);
		t.true(existsSync(join(layers, 'upper/written')));
		execFileSync('rm', [join(layers, 'upper/written')]);
	}
});

test('a filesystem on a block device is mounted, and read-only is read-only', async t => {
	const world = new World(t);
	const image = join(tempDir(world), 'image');
	execFileSync('truncate', ['-s', '8M', image]);
	execFileSync('mkfs.ext4', ['-q', image]);
	const device = execFileSync('losetup', ['--find', '--show', image], {encoding: 'utf8'}).trim();
	world.teardown(() => execFileSync('losetup', ['--detach', device]) && undefined);
	const on = (...options: string[]) => withMounts({destination: '/disk', type: 'ext4', source: device, options});
	const written = await world.shell('echo hello >/disk/file && cat /disk/file', {writable: true, edit: on('noatime', 'data=ordered')});
	t.is(written.stdout, 'hello\n', written.stderr);
	const read = await world.shell('cat /disk/file; touch /disk/x 2>/dev/null || echo ro; grep " /disk " /proc/self/mountinfo | sed "s/.* - //"', {writable: true, edit: on('ro')});
	t.is(read.stdout, `hello\nro\next4 ${device} ro\n`);
	t.deepEqual(readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(line => line.includes(device)), []);
});
