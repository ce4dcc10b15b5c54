// For how long is a workload gone that is checkpointed and restored at once, as it and its clients see it?
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {removeDir} from '../test/support/temp-dir.js';
import {byBareCriu} from './bare-criu.js';
import {byPostCopy, ours, theirs, type Checkpointer} from './checkpointers.js';
import {main, type Scope} from './cleanup.js';
import {compare, sleep, time, type Parts, type Peer, type Result} from './harness.js';
import {heartbeatBundle, type Load} from './heartbeat.js';
import {readOptions} from './options.js';
import {newest, podman, podmanRuntime, useCriu} from './peers.js';
import {byPodman} from './podman-checkpoint.js';
import {finish} from './report.js';
import {freePort, TcpClient} from './tcp-client.js';
import {openWorld, type World} from './world.js';

/** Long enough after its start, and after a restore, that the workload beats evenly. */
const settleMs = 150;

/** Images in memory. */
const memoryDir = '/dev/shm';

/** One container from start to end; what it answers at the end is checked by whoever reads it. */
const migrate = async ({start}: Checkpointer, id: string, bundle: string, imagesDir: string, port?: number): Promise<Parts> => {
	const running = await start(id, bundle, port !== undefined);
	try {
		const client = port === undefined ? undefined : new TcpClient(port);
		await sleep(settleMs);
		const before = await running.ask();
		const restore = await running.prepareRestore(imagesDir);
		const checkpointMs = await time(() => running.checkpoint(imagesDir));
		const restoreMs = await time(restore);
		await sleep(settleMs);
		const answered = performance.now();
		const after = await running.ask();
		const allMs = performance.now() - answered;
		const clientMs = await client?.end();
		if (after.checksum !== before.checksum || after.beats <= before.beats) {
			throw new Error(`this is not what was checkpointed: ${JSON.stringify({before, after})}`);
		}

		return {
			'downtime': after.gapMs, 'checkpoint call': checkpointMs, 'restore call': restoreMs, 'memory looked through': allMs,
			...clientMs === undefined ? {} : {'downtime for a TCP client': clientMs},
		};
	} finally {
		await running.end();
	}
};

/** Two buffers of that size, both touched, and one copied to the other. */
const copyFloor = (mib: number): Peer => {
	const [source, target] = [Buffer.alloc(mib << 20, 1), Buffer.alloc(mib << 20, 2)];
	return {name: 'floor: memory copied once', trial: async () => ({downtime: await time(async () => source.copy(target))})};
};

const peersFor = (scope: Scope, world: World, checkpointers: readonly Checkpointer[], load: Load): Peer[] => {
	const bundle = heartbeatBundle(scope, load);
	return checkpointers.map(checkpointer => ({
		name: checkpointer.name,
		async trial() {
			const directory = mkdtempSync(join(checkpointer.images, 'ctnative-images-'));
			try {
				return await migrate(checkpointer, world.id(), bundle, join(directory, 'images'), load.port);
			} finally {
				removeDir(directory);
			}
		},
	}));
};

interface Ways {
	readonly full: readonly Checkpointer[];
	readonly lazy: Checkpointer;
	readonly peers: readonly Checkpointer[];
	readonly engine: readonly Checkpointer[];
	readonly bare: Checkpointer;
}

const waysOf = (scope: Scope, world: World, images: string, criu: string): Ways => {
	const runtime = world.runtime('ctnative', {criuPath: criu});
	const engine = podman();
	// crun 1.28 restores a container into the root of every v1 cgroup, and its delete --force then kills whatever is there
	const runc = newest(world.runtimes).filter(({name}) => name.startsWith('runc'));
	return {
		full: [ours('ctnative', runtime, images), ours('ctnative, images in memory', runtime, memoryDir)],
		lazy: byPostCopy('ctnative, lazy', runtime, images),
		peers: runc.map(peer => theirs(peer, images)),
		engine: engine === undefined ? [] : runc.map(peer => byPodman(podmanRuntime(scope, engine, world.state, peer), images)),
		bare: byBareCriu(criu, world.runtime('bare'), images),
	};
};

main(async scope => {
	const options = readOptions();
	const criu = useCriu();
	const {quick, trials, images = tmpdir()} = options;
	const world = openWorld(scope, /^runc/); // Not crun: see waysOf
	const {full, lazy, peers, engine, bare} = waysOf(scope, world, images, criu);
	const results: Result[] = [];
	const ask = async (id: string, title: string, contenders: readonly Checkpointer[], load: Load, usual: number, floors: readonly Peer[] = []): Promise<void> => {
		results.push(...await compare({id, title}, [...peersFor(scope, world, contenders, load), ...floors], {trials: trials ?? usual, warmUp: quick ? 0 : 1}));
	};

	for (const [mib, usual] of quick ? [[64, 2], [256, 2]] as const : [[0, 5], [64, 5], [256, 7], [512, 5], [1024, 3]] as const) {
		const contenders = quick ? [...full.slice(0, 1), lazy, ...peers] : [...full, lazy, ...peers, ...engine, ...mib === 0 ? [bare] : []];
		await ask(`full-${mib}`, `checkpoint and restore of ${mib} MiB`, contenders, {mib}, usual, mib === 0 ? [] : [copyFloor(mib)]);
	}

	for (const rate of quick ? [] : [50, 500]) {
		await ask(`dirtying-${rate}`, `256 MiB, dirtied at ${rate} MB/s`, [...full.slice(0, 1), lazy, ...peers], {mib: 256, rate}, 4);
	}

	await ask('tcp', '64 MiB with a TCP connection', [...full.slice(0, 1), ...peers], {mib: 64, port: await freePort()}, quick ? 1 : 5);
	finish(results, options);
});
