// Does it get slower the more containers there are? To create one, to list them, to ask one for its figures, to delete one.
import {spawnSync} from 'node:child_process';
import {setTimeout as wait} from 'node:timers/promises';
import {main, stopIfInterrupted} from './cleanup.js';
import {all, summarizeAll, time, type Parts, type Result} from './harness.js';
import {readOptions} from './options.js';
import {newest, runVerb, type CliRuntime} from './peers.js';
import {finish} from './report.js';
import {benchmarkBundle, openWorld, type World} from './world.js';

/** As many are started and ended at a time when it is not measured. */
const atOnce = 8;

interface Grower {
	readonly name: string;
	readonly create: (id: string) => Promise<unknown>;
	/** @throws unless it lists so many. */
	readonly list: (count: number) => Promise<void>;
	/** @throws unless it tells of a process. */
	readonly stats: (id: string) => Promise<void>;
	readonly delete: (id: string) => Promise<unknown>;
}

const must = (condition: boolean, what: string): void => {
	if (!condition) {
		throw new Error(what);
	}
};

const ours = ({runtime}: World, bundle: string): Grower => {
	const own = runtime('ctnative');
	return {
		name: 'ctnative',
		create: id => own.run(id, {bundle, stdio: 'ignore'}),
		async list(count) {
			const {length} = await own.list();
			must(length === count, `${length} containers are listed instead of ${count}`);
		},
		async stats(id) {
			const {pids} = await (await own.load(id)).stats();
			must(pids.current === 1, `container ${id} has ${pids.current} processes`);
		},
		delete: async id => (await own.load(id)).delete({force: true}),
	};
};

/** crun has no `events --stats` that says anything on cgroup v1: its `state` takes the place. */
const theirs = (peer: CliRuntime, bundle: string): Grower => {
	const [program, ...options] = peer.command;
	const output = (...args: string[]): string => spawnSync(program, [...options, ...args], {encoding: 'utf8'}).stdout;
	return {
		name: peer.name,
		create: id => runVerb(peer, 'run', '--detach', '--bundle', bundle, id),
		async list(count) {
			const length = output('list', '--quiet').split('\n').filter(Boolean).length;
			must(length === count, `${length} containers are listed instead of ${count}`);
		},
		async stats(id) {
			const text = peer.name.startsWith('runc') ? output('events', '--stats', id) : output('state', id);
			must(text.includes(id), `nothing is told of container ${id}`);
		},
		delete: id => runVerb(peer, 'delete', '--force', id),
	};
};

/** Does something for each id, a few at a time. */
const forEach = async (ids: readonly string[], body: (id: string) => Promise<unknown>): Promise<void> => {
	const rest = [...ids];
	await all(Array.from({length: atOnce}, async () => {
		for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
			await body(id);
		}
	}));
};

/** One more container, made and deleted again among the others, and questions about those. */
const measure = async (grower: Grower, alive: readonly string[], id: string): Promise<Parts> => {
	const create = await time(() => grower.create(id));
	const stats = await time(() => grower.stats(id));
	const list = await time(() => grower.list(alive.length + 1));
	const remove = await time(() => grower.delete(id));
	return {create, list, 'list, per container': list / (alive.length + 1), stats, delete: remove};
};

const grow = async (grower: Grower, levels: readonly number[], trials: number, id: () => string): Promise<Map<number, Parts[]>> => {
	const alive: string[] = [];
	const samples = new Map<number, Parts[]>();
	try {
		for (const level of levels) {
			const more = Array.from({length: level - alive.length}, id);
			await forEach(more, async id => {
				stopIfInterrupted();
				await grower.create(id);
				alive.push(id);
			});
			await wait(200); // What the kernel does later for those is not for the next
			await measure(grower, alive, id());
			const parts: Parts[] = [];
			for (let trial = 0; trial < trials; trial++) {
				stopIfInterrupted();
				parts.push(await measure(grower, alive, id()));
			}

			samples.set(level, parts);
		}
	} finally {
		await forEach(alive, grower.delete);
	}

	return samples;
};

main(async scope => {
	const options = readOptions();
	const {quick, trials = quick ? 8 : 30} = options;
	const world = openWorld(scope);
	const bundle = benchmarkBundle(scope, ['sleep', '1000000']);
	const growers = [ours(world, bundle), ...newest(world.runtimes).map(peer => theirs(peer, bundle))];
	const levels = quick ? [1, 10, 100] : [1, 10, 100, 1000];
	const samples = new Map<string, Map<number, Parts[]>>();
	for (const grower of growers) {
		// The numbers of a quick run are too small for the peers to be worth their time
		const own = quick && grower.name !== 'ctnative' ? [1, 10] : levels;
		samples.set(grower.name, await grow(grower, own, trials, world.id));
	}

	const results = levels.flatMap((level): Result[] => summarizeAll(
		{id: String(level), title: level === 1 ? 'with one other container' : `with ${level} other containers`},
		new Map([...samples].flatMap(([name, byLevel]) => byLevel.has(level) ? [[name, byLevel.get(level)!]] : [])),
	));
	finish(results, options);
});
