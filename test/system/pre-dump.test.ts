// A pre-dump that is cut off leaves the container running. It has no notifications: CRIU is followed from its start.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {setImmediate as nextTurn, setTimeout as sleep} from 'node:timers/promises';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {privateCriu} from '../../ts/criu/find.js';
import {projectPath} from '../support/paths.js';
import {checkpointTest as test, CheckpointWorld, isIntact} from './checkpoint-world.js';
import {hasTracking} from './tracking.js';
import {Meddler, traces} from './meddle.js';
import {until} from './world.js';

const rounds = Number(process.env['CTNATIVE_KILLS'] ?? 40);
const mostHeldMs = 8;

/**
 * Kills the CRIU that has a process, so long after it took hold of it: from the outside such a moment is hardly ever hit,
 * and later CRIU's code takes itself away when nobody tells it anything any more.
 */
const killHolder = async (pid: number, afterMs: number, isOver: () => boolean): Promise<boolean> => {
	while (!isOver()) {
		const holder = /^TracerPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
		// First it is our own guard, which saves
		if (holder !== '0' && !existsSync(`/proc/self/task/${holder}`)) {
			for (const end = performance.now() + afterMs; performance.now() < end;) {
				// A timer is not that exact
			}

			try {
				process.kill(Number(holder), 'SIGKILL');
				return true;
			} catch {
				return false; // It was faster
			}
		}

		await nextTurn();
	}

	return false;
};

for (const [program, args] of Object.entries({heartbeat: ['8'], tasks: ['threads']})) {
	test(`a pre-dump of ${program} whose CRIU is killed at any moment, or aborts, leaves the container running, with nothing of CRIU in it`, async t => {
		const world = new CheckpointWorld(t);
		const meddler = new Meddler();
		meddler.pretendsTracking = !await hasTracking();
		const runtime = new RuntimeCore(meddler.native, {root: world.root, criuPath: privateCriu});
		const scene = await world.scene(program, args);
		const container = await runtime.load(scene.container.id);
		const before = traces(container.pid);
		let held = 0;
		const attempt = async (heldMs?: number): Promise<void> => {
			const imagesDir = world.imagesDir();
			let isOver = false;
			const killing = heldMs === undefined ? undefined : killHolder(container.pid, heldMs, () => isOver);
			const isComplete = await container.preDump({imagesDir}).then(() => true, () => false);
			isOver = true;
			held += await killing ? 1 : 0;
			t.is(existsSync(imagesDir), isComplete, 'complete, or not there');
			t.false(existsSync(`${imagesDir}.partial`));
			t.is(await container.status(), 'running');
			t.true(isIntact(await scene.ask()));
			t.deepEqual(traces(container.pid), before, `killed after ${meddler.killAfter} ms, held for ${heldMs} ms`);
		};

		await attempt(); // CRIU is probed, too
		const begun = Date.now();
		await attempt();
		const most = Date.now() - begun;
		for (let round = 0; round < rounds; round++) {
			meddler.killAfter = most * round / rounds;
			await attempt();
		}

		t.log(`${meddler.hits} of ${rounds} killed`);
		meddler.killAfter = undefined;
		for (let round = 0; round < rounds; round++) {
			await attempt(mostHeldMs * round / rounds);
		}

		t.log(`${held} of ${rounds} killed while they held it`);
		t.true(meddler.hits + held > rounds / 10);
		await container.pause();
		await container.preDump({imagesDir: world.imagesDir()}).catch(() => {});
		t.is(await container.status(), 'paused', 'one that was paused stays so');
		await container.resume();
		t.true(isIntact(await scene.ask()));
		t.deepEqual(traces(container.pid), before);
		await scene.move();
		t.true(isIntact(await scene.ask()), 'and it can be checkpointed after all that');
	});
}

/** A program that makes pre-dumps, until it is killed. It says when each begins. */
const program = (root: string, id: string, images: string): string => `
	const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
	(async () => {
		const container = await new Runtime({root: ${JSON.stringify(root)}, criuPath: ${JSON.stringify(privateCriu)}}).load('${id}');
		for (let round = 0; ; round++) {
			const begun = performance.now();
			await container.preDump({imagesDir: '${images}-' + round});
			process.stdout.write(String(performance.now() - begun));
		}
	})();
`;

/** The CRIU that has its images below this path. */
const criuOf = (images: string): boolean => readdirSync('/proc').some(name => {
	try {
		return readdirSync(`/proc/${name}/fd`).some(fd => readlinkSync(`/proc/${name}/fd/${fd}`).startsWith(images));
	} catch {
		return false; // No process, or it has ended
	}
});

test('a program that is killed in the middle of a pre-dump leaves the container running', async t => {
	const world = new CheckpointWorld(t);
	if (!await hasTracking()) {
		t.pass('this kernel has no CONFIG_MEM_SOFT_DIRTY: CRIU would abort, with nobody there');
		return;
	}

	const scene = await world.scene('tasks', ['threads']);
	const {container} = scene;
	const before = traces(container.pid);
	for (let part = 0; part < 1; part += 0.1) {
		const images = world.imagesDir();
		const child = spawn(process.execPath, ['-e', program(world.root, container.id, images)], {stdio: ['ignore', 'pipe', 'inherit']});
		await once(child.stdout, 'data');
		const [milliseconds] = await once(child.stdout, 'data') as [Buffer];
		await sleep(part * Number(milliseconds));
		child.kill('SIGKILL');
		await once(child, 'exit');
		await until(() => !criuOf(images), 'the end of CRIU');
		t.is(await container.status(), 'running', `killed after ${part} of a pre-dump`);
		t.true(isIntact(await scene.ask()));
		t.deepEqual(traces(container.pid), before);
	}
});
