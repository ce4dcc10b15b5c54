// An image is whatever somebody put into it: symlinks where mounts go, files where directories are expected.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir, type BundleOptions} from '../support/bundle.js';
import {CtnError} from '../../ts/index.js';
import {systemTest as test, World} from './world.js';

/** A directory of the host, with something in it, and how it looks. */
const victim = (world: World) => {
	const path = tempDir(world);
	writeFileSync(join(path, 'null'), 'mine');
	mkdirSync(join(path, 'pts'));
	const look = (): string => execFileSync('find', [path, '-printf', '%P %y %m %s %U %l\n'], {encoding: 'utf8'}).split('\n').sort().join('\n');
	const before = look();
	return {path, isUntouched: () => look() === before};
};

/** Replaces a path of the image by a symlink. */
const symlinked = (name: string, target: string, more: BundleOptions = {}): BundleOptions => ({writable: true, ...more, prepare(rootfs) {
	rmSync(join(rootfs, name), {recursive: true, force: true});
	symlinkSync(target, join(rootfs, name));
	more.prepare?.(rootfs);
}});

test('/dev that leads out of the image is taken as a path of the image', async t => {
	const world = new World(t);
	for (const up of ['', '../../../../../../../..']) {
		const {path, isUntouched} = victim(world);
		const {stdout} = await world.shell('echo x > /dev/null; ls /dev/ | grep -c .; tty < /dev/null', symlinked('dev', up + path, {prepare(rootfs) {
			mkdirSync(join(rootfs, path), {recursive: true});
		}}));
		t.regex(stdout, /^1\d\n/);
		t.true(isUntouched());

		// Where it leads to nothing in the image, that is made in the image
		const dangling = world.bundle(symlinked('dev', up + path, {args: ['ls', '/dev/null']}));
		const container = await world.runtime.run(world.id(), {bundle: dangling, stdio: 'ignore'});
		t.is((await container.wait()).code, 0);
		t.true(isUntouched());
		t.true(existsSync(join(dangling, 'rootfs', path)));
	}
});

test('/proc and /sys that are symlinks are refused', async t => {
	const world = new World(t);
	const {path, isUntouched} = victim(world);
	for (const [name, target] of [['proc', path], ['proc', 'root'], ['proc', '/no/such/place'], ['sys', path], ['sys', '/root']] as const) {
		await t.throwsAsync(world.create(symlinked(name, target)), {code: 'ERR_INIT_STEP', message: `container init could not mount /${name}: ELOOP`}, `${name} -> ${target}`);
	}

	t.true(isUntouched());
	t.deepEqual(await world.runtime.list(), []);
});

test('symlinks below /dev of an image that keeps its own lead nowhere', async t => {
	const world = new World(t);
	const {path, isUntouched} = victim(world);
	const options: BundleOptions = {writable: true, args: ['true'], edit(config) {
		config.mounts = config.mounts.filter(({destination}) => destination !== '/dev');
	}, prepare(rootfs) {
		symlinkSync(path, join(rootfs, 'dev/pts'));
		symlinkSync(join(path, 'null'), join(rootfs, 'dev/null'));
		symlinkSync(join(path, 'null'), join(rootfs, 'dev/ptmx'));
		symlinkSync(path, join(rootfs, 'dev/shm'));
	}};
	const result = await world.run(options).catch((error: unknown) => error);
	t.true(result instanceof CtnError && result.message.includes('device /dev/null: EEXIST'), String(result));
	t.true(isUntouched());
});

test('a terminal of an image whose /dev/console or /dev/pts/ptmx is a symlink is refused or its own', async t => {
	const world = new World(t);
	const {path, isUntouched} = victim(world);
	const prepare = (name: string, target: string) => (rootfs: string): void => {
		symlinkSync(target, join(rootfs, name));
	};

	for (const [name, target] of [['dev/console', join(path, 'null')], ['dev/console', '/etc/passwd'], ['dev/pts', path]] as const) {
		const created = await world.create({writable: true, args: ['true'], prepare: prepare(name, target), edit(config) {
			config.process.terminal = true;
			config.mounts = config.mounts.filter(({destination}) => destination !== '/dev');
		}}).catch((error: unknown) => error);
		if (created instanceof Error) {
			t.true(created instanceof CtnError && created.code === 'ERR_INIT_STEP', created.message);
		} else {
			const container = created as Awaited<ReturnType<World['create']>>;
			await container.delete({force: true});
			container.terminal!.destroy();
		}

		t.true(isUntouched(), name);
	}
});

test('hidden paths that are symlinks hide something of the image at most', async t => {
	const world = new World(t);
	const {path, isUntouched} = victim(world);
	const {stdout} = await world.shell(`wc -c < /etc/group; cat ${path}/null || true; echo end`, {writable: true, prepare(rootfs) {
		symlinkSync('/etc/group', join(rootfs, 'masked'));
		symlinkSync(path, join(rootfs, 'readonly'));
	}, edit(config) {
		config.linux.maskedPaths = ['/masked'];
		config.linux.readonlyPaths = ['/readonly'];
	}});
	t.is(stdout, '0\nend\n');
	t.true(isUntouched());
	const mode = statSync(join(path, 'null')).mode;
	writeFileSync(join(path, 'null'), 'still writable');
	t.is(statSync(join(path, 'null')).mode, mode);
});

test('a cwd, or /etc/passwd, that leads out of the image is a path of the image', async t => {
	const world = new World(t);
	const {path, isUntouched} = victim(world);
	const {stdout} = await world.shell('pwd; echo $HOME', symlinked('etc/passwd', '/../../../../../../../../etc/passwd', {prepare(rootfs) {
		symlinkSync(path, join(rootfs, 'out'));
	}, edit(config) {
		config.process.cwd = '/out/deeper';
		config.process.user = {uid: 1000, gid: 1000};
	}}));
	t.regex(stdout, /\/deeper\n\/\n$/);
	t.true(isUntouched());
});

test('a file where a directory should be, and the other way round, is an error with its path', async t => {
	const world = new World(t);
	const host = tempDir(world);
	writeFileSync(join(host, 'file'), '');
	await t.throwsAsync(world.create({writable: true, prepare(rootfs) {
		rmSync(join(rootfs, 'proc'), {recursive: true});
		writeFileSync(join(rootfs, 'proc'), '');
	}}), {code: 'ERR_INIT_STEP', message: /mount \/proc: (ENOTDIR|EINVAL)/});
	await t.throwsAsync(world.create({writable: true, edit(config) {
		config.mounts.push({destination: '/root', type: 'bind', source: join(host, 'file'), options: ['bind']});
	}}), {code: 'ERR_INIT_STEP', message: /bind \/root: (ENOTDIR|EISDIR|EINVAL)/});
	t.deepEqual(readdirSync(host), ['file']);
});

test('symlinks that go in circles are an error', async t => {
	const world = new World(t);
	await t.throwsAsync(world.create({writable: true, prepare(rootfs) {
		symlinkSync('b', join(rootfs, 'a'));
		symlinkSync('a', join(rootfs, 'b'));
	}, edit(config) {
		config.mounts.push({destination: '/a/c', type: 'tmpfs', source: 'tmpfs'});
	}}), {code: 'ERR_INIT_STEP', message: /mount \/a\/c: ELOOP/});
});
