// checkpoint and restore on the command line: the flags of runc and crun, and what they do.
import {execFile} from 'node:child_process';
import {copyFileSync, existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';
import {connect, within} from './network-world.js';
import {until} from './world.js';

const run = promisify(execFile);

/** What it says on failure; undefined when it worked. */
const ctnative = async (world: CheckpointWorld, ...args: string[]): Promise<string | undefined> =>
	run(process.execPath, [projectPath('dist/ts/cli/main.js'), '--root', world.root, ...args]).then(() => undefined, (error: unknown) => (error as {stderr: string}).stderr);

test('every flag of runc and crun is taken, and the container comes back', async t => {
	const world = new CheckpointWorld(t);
	const container = await world.start({args: ['sleep', '1000']});
	const images = world.imagesDir();
	const both = ['--image-path', images, '--tcp-established', '--ext-unix-sk', '--file-locks', '--manage-cgroups-mode', 'soft', '--network-lock', 'skip', '--empty-ns', 'network'];
	t.is(await ctnative(world, 'checkpoint', ...both, '--tcp-skip-in-flight', '--link-remap', container.id), undefined);
	t.deepEqual(await world.runtime.list(), []);
	t.is(await ctnative(world, 'restore', ...both, '--tcp-close', '--no-pivot', '--no-subreaper', '--auto-dedup', '--detach', '--bundle', container.bundle, '--pid-file', join(images, '../pid'), container.id), undefined);
	const restored = await world.runtime.load(container.id);
	t.is(await restored.status(), 'running');
	const pages = join(images, readdirSync(images).find(name => name.startsWith('pages-'))!);
	t.true(statSync(pages).blocks * 512 < statSync(pages).size / 2, 'auto-dedup has freed what was restored');
	await restored.delete({force: true});
});

test('what needs a flag fails without it and names it, and with it works', async t => {
	const world = new CheckpointWorld(t);
	const bundle = world.sceneBundle('sockets', [], {edit(config) {
		config.process.args = ['sh', '-c', 'sleep 1000 | sockets tcp >/dev/null']; // Its stdin is not ours
	}});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await until(() => / 01 /.test(within(container.pid, 'cat /proc/net/tcp')), 'a connection');
	const needs = async (flag: string, {id}: {id: string}, ...given: string[]): Promise<void> => {
		t.regex(await ctnative(world, 'checkpoint', '--image-path', world.imagesDir(), ...given, id) ?? '', new RegExp(`set --${flag}\\b`));
		t.is(await (await world.runtime.load(id)).status(), 'running');
		t.is(await ctnative(world, 'checkpoint', '--leave-running', '--image-path', world.imagesDir(), ...given, `--${flag}`, id), undefined);
		t.is(await (await world.runtime.load(id)).status(), 'running', '--leave-running');
	};

	await needs('tcp-established', container);
	const images = world.imagesDir();
	t.is(await ctnative(world, 'checkpoint', '--image-path', images, '--tcp-established', container.id), undefined);
	const restore = ['restore', '--image-path', images, '--detach', '--bundle', container.bundle];
	t.regex(await ctnative(world, ...restore, container.id) ?? '', /set --tcp-established/);
	t.is(await ctnative(world, ...restore, '--tcp-close', container.id), undefined);
	const closed = await world.runtime.load(container.id);
	t.notRegex(within(closed.pid, 'cat /proc/net/tcp'), / 01 /, '--tcp-close leaves no connection');
	await closed.delete({force: true});

	const waiting = await world.scene('sockets', ['echo', '4711']);
	const client = await connect(world, '127.0.0.1', ['nsenter', '-t', String(waiting.container.pid), '-n']);
	await needs('tcp-skip-in-flight', waiting.container, '--tcp-established');
	await client.end();
});

test('--empty-ns leaves devices behind; --work-path, --page-server and --pid-file say where things go', async t => {
	const world = new CheckpointWorld(t);
	const container = await world.start({args: ['sleep', '1000']});
	within(container.pid, 'ip link add lost8 type bridge');
	const images = world.imagesDir();
	t.regex(await ctnative(world, 'checkpoint', '--image-path', images, container.id) ?? '', /would be lost: lost8 .*--empty-ns|would be lost: lost8 .*emptyNs/);
	t.regex(await ctnative(world, 'checkpoint', '--image-path', images, '--empty-ns', 'pid', container.id) ?? '', /unknown --empty-ns pid: it must be network/);
	const [work, there] = [tempDir(world), tempDir(world)];
	const server = await world.runtime.pageServer({imagesDir: there});
	const to = ['--page-server', `${server.address}:${server.port}`];
	t.is(await ctnative(world, 'checkpoint', '--image-path', images, '--empty-ns', 'network', '--work-path', work, ...to, container.id), undefined);
	await server.done;
	t.true(existsSync(join(work, 'dump.log')) && !existsSync(join(images, 'dump.log')), '--work-path');
	t.true(readdirSync(there).some(name => name.startsWith('pages-')) && !readdirSync(images).some(name => name.startsWith('pages-')), '--page-server');
	for (const name of readdirSync(images)) {
		copyFileSync(join(images, name), join(there, name));
	}

	const pidFile = join(work, 'pid');
	t.is(await ctnative(world, 'restore', '--image-path', there, '--work-path', work, '--detach', '--pid-file', pidFile, '--bundle', container.bundle, container.id), undefined);
	const restored = await world.runtime.load(container.id);
	t.is(readFileSync(pidFile, 'utf8'), String(restored.pid));
	t.notRegex(within(restored.pid, 'ip -o link'), /lost8/);
	t.true(existsSync(join(work, 'restore.log')));
	await restored.delete({force: true});
});

test('a pre-dump and its parent are made, or refused with what to do; bad values name their flag', async t => {
	const world = new CheckpointWorld(t);
	const container = await world.start({args: ['sleep', '1000']});
	const images = world.imagesDir();
	const said = await ctnative(world, 'checkpoint', '--pre-dump', '--image-path', images, container.id);
	if (said === undefined) {
		t.true(existsSync(join(images, 'inventory.img')));
		const next = world.imagesDir();
		t.is(await ctnative(world, 'checkpoint', '--parent-path', `../${images.split('/').at(-1)!}`, '--image-path', next, '--leave-running', container.id), undefined);
		t.true(existsSync(join(next, 'parent')));
	} else {
		t.regex(said, /CONFIG_MEM_SOFT_DIRTY \(take full checkpoints/);
		t.false(existsSync(images));
	}

	t.regex(await ctnative(world, 'checkpoint', '--parent-path', '/first', '--image-path', world.imagesDir(), container.id) ?? '', /--parent-path: it must be relative to --image-path/);
	t.regex(await ctnative(world, 'checkpoint', '--network-lock', 'magic', container.id) ?? '', /unknown --network-lock magic: it must be iptables, nftables, skip/);
	t.is(await container.status(), 'running');
	await container.delete({force: true});
});
