// checkpoint and restore on the command line: the flags of runc and crun, and what they do.
import {execFile} from 'node:child_process';
import {existsSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {projectPath} from '../support/paths.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';

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
