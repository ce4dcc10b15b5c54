// Much memory is brought back by the page daemon before anything runs, and nobody can tell but by the time.
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {CtnError, RestoreOptions} from '../../ts/index.js';
import {checkpointTest as test, CheckpointWorld, pipes, type Scene} from './checkpoint-world.js';

const mib = 144;

const isDaemons = (imagesDir: string): boolean => /uffd: Sending PID/.test(readFileSync(join(imagesDir, 'restore.log'), 'utf8'));

/** Page daemons of ours, and their workers: by name and parent, of /proc/<pid>/stat. */
const daemons = (): number[] => {
	const found = new Set([process.pid]);
	const stats = readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(name => {
		try {
			const [, pid, comm, parent] = /^(\d+) \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))!;
			return comm === 'ctn-pager' ? [[Number(pid), Number(parent)] as const] : [];
		} catch {
			return []; // It has ended
		}
	});
	for (const [pid, parent] of [...stats, ...stats]) {
		if (found.has(parent)) {
			found.add(pid);
		}
	}

	found.delete(process.pid);
	return [...found];
};

const memoryScene = (world: CheckpointWorld): Promise<Scene> => world.scene('memory', ['memory', String(mib)]);

test('every byte of much memory is there when it runs, whoever brought it back', async t => {
	const world = new CheckpointWorld(t);
	const scene = await memoryScene(world);
	for (const [restore, isByDaemon] of [[{}, true], [{lazyPages: false}, false]] as ReadonlyArray<[Partial<RestoreOptions>, boolean]>) {
		const imagesDir = await scene.move({restore});
		t.is(scene.container.lazyPages, undefined, 'nothing is still to come');
		t.is(isDaemons(imagesDir), isByDaemon, 'and the log is where it always is');
		t.is(await scene.ask('check'), 'ok');
		t.is(await scene.ask('fork'), 'ok');
	}
});

test('all of it is there before it runs', async t => {
	const world = new CheckpointWorld(t);
	const scene = await memoryScene(world);
	const {id, bundle} = scene.container;
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	let residentKib = 0;
	const restoring = world.runtime.restore(id, {bundle, imagesDir, stdio: pipes});
	for await (const {stage} of restoring) {
		if (stage === 'restored') { // And it is about to run
			const {pid} = JSON.parse(readFileSync(join(world.root, id, 'state.json'), 'utf8')) as {pid: number};
			residentKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
		}
	}

	scene.become(await restoring);
	t.true(residentKib >= mib << 10, `${residentKib} KiB were there`);
	t.is(await scene.ask('check'), 'ok');
});

test('without the page daemon the restore fails, nothing is left of it, and it can be tried again', async t => {
	const world = new CheckpointWorld(t);
	const scene = await memoryScene(world);
	const {id, bundle} = scene.container;
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	const restoring = world.runtime.restore(id, {bundle, imagesDir, stdio: pipes});
	const killing = (async () => {
		for await (const {stage} of restoring) {
			if (stage === 'namespaces') {
				// One that sees the other killed makes another one: first all stand still
				for (const signal of ['SIGSTOP', 'SIGSTOP', 'SIGKILL']) {
					daemons().forEach(pid => process.kill(pid, signal));
				}
			}
		}
	})();
	const {code} = (await t.throwsAsync<CtnError>(restoring))!;
	t.regex(code, /^ERR_(LAZY_PAGES|CRIU_FAILED)$/);
	await killing.catch(() => {});
	await t.throwsAsync(world.runtime.load(id), {code: 'ERR_CONTAINER_NOT_FOUND'});
	scene.become(await world.runtime.restore(id, {bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask('check'), 'ok');
});
