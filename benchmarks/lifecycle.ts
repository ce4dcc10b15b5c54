// What does the life of a container cost a Node program: create, start, wait, delete of `true`?
import {monitorEventLoopDelay, performance} from 'node:perf_hooks';
import type {Runtime} from '../ts/index.js';
import {podmanProfile} from '../test/seccomp/profiles.js';
import {main, type Scope} from './cleanup.js';
import {openFloor} from './floor.js';
import {all, compare, type Parts, type Peer, type Result} from './harness.js';
import {measureMemory} from './memory.js';
import {readOptions, type BenchmarkOptions} from './options.js';
import {newest, runVerb} from './peers.js';
import {finish} from './report.js';
import {benchmarkBundle, openWorld, type World} from './world.js';

interface Contender {
	readonly name: string;
	/** One whole life of a container that has this id. */
	readonly life: (id: string) => Promise<void>;
	/**
	 * Whether it starts a program for it. libuv loses the idle time of a wait that a signal ends (SIGCHLD), so
	 * all that can be told of such a one is how long spawn() takes, which is nearly all of it.
	 */
	readonly spawns: boolean;
}

/** As many as are made at a time, so that the pool can be asked for all of them. */
const most = 32;

const ours = (name: string, runtime: Runtime, bundle: string): Contender => ({
	name,
	spawns: false,
	async life(id) {
		const container = await runtime.run(id, {bundle, stdio: ['ignore', 'ignore', 'ignore']});
		const {code} = await container.wait();
		await container.delete();
		if (code !== 0) {
			throw new Error(`true ended with ${code}`);
		}
	},
});

interface Runtimes {
	readonly plain: Runtime;
	readonly pooled: Runtime;
}

const contenders = ({runtimes}: World, {plain, pooled}: Runtimes, bundle: string): Contender[] => [
	ours('ctnative', plain, bundle),
	ours('ctnative, pools', pooled, bundle),
	...runtimes.map((peer): Contender => ({name: peer.name, spawns: true, life: id => runVerb(peer, 'run', '--bundle', bundle, id)})),
];

/** Lives of so many at a time, and how long the event loop was kept from other work by each. */
const lives = (world: World, contenders: readonly Contender[], count = 1): Peer[] => contenders.map(({name, life, spawns}): Peer => ({
	name,
	async trial(): Promise<Parts> {
		const before = performance.eventLoopUtilization();
		const start = performance.now();
		const running = Array.from({length: count}, () => life(world.id()));
		const spawned = performance.now() - start;
		await all(running);
		const blocked = spawns ? spawned : performance.eventLoopUtilization(before).active;
		return {total: performance.now() - start, 'event loop blocked': blocked / count};
	},
}));

/** The longest that something else had to wait for the event loop meanwhile. */
const delays = (world: World, contenders: readonly Contender[], count: number): Peer[] => contenders.map(({name, life}): Peer => ({
	name,
	async trial() {
		const delay = monitorEventLoopDelay({resolution: 1});
		delay.enable();
		await all(Array.from({length: count}, () => life(world.id())));
		delay.disable();
		return {total: Math.max(0, delay.max / 1e6 - 1)};
	},
}));

main(async scope => {
	const options = readOptions();
	const world = openWorld(scope);
	const runtimes = {plain: world.runtime('ctnative'), pooled: world.runtime('pooled', {pool: {networkNamespaces: most, cgroups: most}})};
	const peers = options.quick ? {...world, runtimes: newest(world.runtimes)} : world;
	finish([
		...await compareLives(scope, peers, runtimes, options),
		...await compareMany(scope, peers, runtimes, options),
		...await measureMemory(scope, world, options.quick ? 10 : 100),
	], options);
});

async function compareLives(scope: Scope, world: World, runtimes: Runtimes, {quick, trials}: BenchmarkOptions): Promise<Result[]> {
	const bundle = benchmarkBundle(scope, ['true']);
	const secured = benchmarkBundle(scope, ['true'], {
		edit(config) {
			config.linux.seccomp = podmanProfile('SCMP_ARCH_X86_64') as NonNullable<typeof config.linux.seccomp>;
		},
	});
	const floor = async (name: string, kind: 'fresh' | 'pooled'): Promise<Peer> => {
		const life = await openFloor(scope, runtimes.plain, world.id(), bundle, kind);
		return {name, trial: async () => ({total: await life()})};
	};

	const plain = [...lives(world, contenders(world, runtimes, bundle)), await floor('C floor', 'fresh'), await floor('C floor, pools', 'pooled')];
	const seccomp = lives(world, contenders(world, runtimes, secured));
	const inRow = {trials: trials ?? (quick ? 20 : 100), warmUp: 2, turn: 10};
	const apart = {trials: trials ?? (quick ? 8 : 60), warmUp: 2, apart: 60};
	return [
		// In a row of its own kind: what a runtime leaves to the kernel to clean up is its own to pay for
		...await compare({id: 'back-to-back', title: 'life of a container, back to back'}, plain, inRow),
		...await compare({id: 'apart', title: 'life of a container, 60 ms apart'}, plain, apart),
		...await compare({id: 'seccomp', title: 'life of a container with podman’s seccomp profile, back to back'}, seccomp, inRow),
		...quick ? [] : await compare({id: 'seccomp-apart', title: 'life of a container with podman’s seccomp profile, 60 ms apart'}, seccomp, apart),
	];
}

async function compareMany(scope: Scope, world: World, runtimes: Runtimes, {quick, trials}: BenchmarkOptions): Promise<Result[]> {
	const contending = contenders(world, runtimes, benchmarkBundle(scope, ['true']));
	const results: Result[] = [];
	for (const [count, usual] of [[8, quick ? 4 : 20], [most, quick ? 2 : 10]] as const) {
		const rounds = {trials: trials ?? usual, warmUp: 1};
		results.push(
			...await compare({id: `${count}-at-a-time`, title: `lives of ${count} containers at a time`}, lives(world, contending, count), {...rounds, batch: count}),
			...await compare({id: `${count}-delay`, title: `longest delay of the event loop, ${count} containers at a time`}, delays(world, contending, count), {...rounds, warmUp: 0}),
		);
	}

	return results;
}
