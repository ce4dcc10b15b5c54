// What goes wrong at the worst moment: the program is killed, the disk is full, init dies, there are many.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {CtnError} from '../../ts/index.js';
import {RuntimeCore} from '../../ts/container/runtime.js';
import type {HostOp, Native} from '../../ts/native/native.js';
import {linuxNative} from '../../ts/native/linux.js';
import {tempDir, type Spec} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {stateIn} from './leftovers.js';
import {systemTest as test, World} from './world.js';

const nothing = {descriptors: [], state: [], cgroups: [], processes: [], mounts: []};

/** linuxNative() with some of its calls replaced. */
const around = (changes: Partial<Native>): Native => {
	const real = linuxNative();
	return new Proxy(real, {
		get(_, name) {
			const value = (changes[name as keyof Native] ?? real[name as keyof Native]) as (...rest: unknown[]) => unknown;
			return typeof value === 'function' ? value.bind(real) : value;
		},
	});
};

/** In an emulated machine a life takes seconds. */
const rounds = Number(process.env['CTNATIVE_KILLS'] ?? 200);
const atOnce = 4;

test(`SIGKILL at ${rounds} random moments of create, start, exec, pause and delete: nothing is left after delete with force`, async t => {
	t.timeout(600_000);
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000']});
	const life = (id: string): string => `
		const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
		const runtime = new Runtime({root: ${JSON.stringify(world.root)}});
		(async () => {
			const options = {bundle: ${JSON.stringify(bundle)}, stdio: 'pipe', routes: [{destination: '192.0.2.0/24', device: 'lo'}]};
			for (let round = 0; ; round++) {
				const begin = performance.now();
				const container = await runtime.create('${id}-' + round, options);
				await container.start();
				await Promise.all([1, 2].map(() => container.exec({args: ['sleep', '1000'], stdio: 'pipe'})));
				await container.pause();
				if (round % 2) await container.resume();
				await container.delete({force: true});
				if (round === 1) process.stdout.write(String(performance.now() - begin)); // Warm, from here on
			}
		})();
	`;
	const seen = new Map<string, number>();
	let done = 0;
	while (done < rounds) {
		await Promise.all(Array.from({length: atOnce}, async () => {
			const child = spawn(process.execPath, ['-e', life(world.id())], {stdio: ['ignore', 'pipe', 'inherit']});
			const ended = once(child, 'exit');
			const [lifeMs] = await once(child.stdout, 'data') as [Buffer];
			await sleep(Math.random() * 3 * Number(lifeMs));
			const until = performance.now() + Math.random();
			while (performance.now() < until) {
				// A timer fires at whole milliseconds
			}

			child.kill('SIGKILL');
			await ended;
			done++;
		}));
		for (const {id, status} of await world.runtime.list()) {
			seen.set(status, (seen.get(status) ?? 0) + 1);
			await (await world.runtime.load(id)).delete({force: true});
		}

		t.deepEqual(await world.leftBehind(), nothing, `after ${done} rounds`);
	}

	t.log(`${done} rounds`, Object.fromEntries(seen));
	t.true(seen.size >= 3, 'it was hit at more than one point');
});

test('a state directory without room is an error of create, and nothing is left, whichever write it is that fails', async t => {
	const world = new World(t);
	const root = tempDir(world);
	const bundle = world.bundle({args: ['sleep', '1000']});
	let failed = 0;
	for (const limit of ['size=4k', 'size=8k', 'size=12k', 'size=16k', 'nr_inodes=1', 'nr_inodes=2', 'nr_inodes=3', 'nr_inodes=4', 'nr_inodes=5', 'nr_inodes=6']) {
		execFileSync('mount', ['-t', 'tmpfs', '-o', `${limit},mode=700`, 'state', root]);
		try {
			const runtime = new RuntimeCore(linuxNative(), {root});
			const container = await runtime.create(world.id(), {bundle, stdio: 'ignore'}).catch((error: unknown) => {
				t.true(error instanceof CtnError && error.errno === 'ENOSPC', `${limit}: ${String(error)}`);
				failed++;
			});
			await container?.delete({force: true});
			t.deepEqual(readdirSync(root), [], limit);
		} finally {
			execFileSync('umount', [root]);
		}

		t.deepEqual(await world.leftBehind(), nothing, limit);
	}

	t.true(failed >= 4 && failed < 10, `${failed} failed`);
});

test('an init that is killed at any of its sync points is an error, and nothing is left', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000'], edit: (config: Spec) => {
		config.linux.namespaces!.push({type: 'user'});
		config.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
		config.linux.gidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
		config.hooks = {createRuntime: [{path: '/bin/true'}]};
	}});
	const points: number[] = [];
	for (let killAt = 1; ; killAt++) {
		let pid = 0;
		let count = 0;
		const native = around({
			async spawn(request) {
				const spawned = await linuxNative().spawn(request);
				pid ||= spawned.pid; // The first is init; hooks come later
				return spawned;
			},
			async report(sync) {
				const result = await linuxNative().report(sync);
				pid = result.report?.kind === 'child' ? result.report.pid : pid;
				if (result.report?.kind === 'sync' && ++count === killAt) {
					points.push(result.report.point);
					process.kill(pid, 'SIGKILL');
				}

				return result;
			},
		});
		const container = await new RuntimeCore(native, {root: world.root}).create(world.id(), {bundle, stdio: 'ignore', routes: [{destination: '192.0.2.0/24', device: 'lo'}]}).catch((error: unknown) => {
			t.true(error instanceof CtnError, String(error));
		});
		if (count < killAt) {
			await container?.delete({force: true});
			break;
		}

		await container?.delete({force: true}); // Killed behind its last word: it was created, and is stopped
		t.deepEqual(await world.leftBehind(), nothing, `sync point ${points.at(-1)}`);
	}

	t.true(points.length >= 4, points.join());
});

test('an init that is killed at a random moment is an error or a stopped container', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000']});
	for (let round = 0; round < 40; round++) {
		const native = around({
			async spawn(request) {
				const spawned = await linuxNative().spawn(request);
				setTimeout(() => {
					try {
						linuxNative().pidfdSendSignal(spawned.pidfd, 9);
					} catch {
						// It was told so before, and waited for
					}
				}, round % 8);
				return spawned;
			},
		});
		const container = await new RuntimeCore(native, {root: world.root}).create(world.id(), {bundle, stdio: 'ignore'}).catch((error: unknown) => {
			t.true(error instanceof CtnError && /^ERR_(INIT|NATIVE)/.test(error.code), String(error));
		});
		await container?.delete({force: true});
		t.deepEqual(stateIn(world.root), []);
	}
});

test('300 containers are alive at once, and the last one takes no more operations than the first', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000']});
	let ops = 0;
	const count = (list: readonly HostOp[] = []): void => {
		ops += list.length;
	};
	const runtime = new RuntimeCore(around({
		async batch(list) {
			count(list);
			return linuxNative().batch(list);
		},
		async spawn(request) {
			count([...request.first ?? [], ...request.before ?? []]);
			return linuxNative().spawn(request);
		},
	}), {root: world.root});
	const costs: number[] = [];
	const times: number[] = [];
	const all = [];
	for (let n = 0; n < 301; n++) {
		ops = 0;
		const start = performance.now();
		all.push(await runtime.run(world.id(), {bundle, stdio: 'ignore'}));
		times.push(performance.now() - start);
		costs.push(ops);
	}

	// The first looked at the machine. Where an init takes long on a busy one, its reports are asked for, which costs some more
	t.is(Math.min(...costs.slice(-20)), Math.min(...costs.slice(1, 21)));
	t.true(Math.min(...costs.slice(-20)) <= costs[0]!);
	const median = (list: readonly number[]): string => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!.toFixed(1);
	t.log(`first 20: ${median(times.slice(1, 21))} ms, last 20: ${median(times.slice(-20))} ms each`);
	t.deepEqual(await Promise.all(all.map(async container => container.status())), all.map(() => 'running' as const));
	await Promise.all(all.map(async container => container.delete({force: true})));
	t.deepEqual(await world.leftBehind(), nothing);
});
