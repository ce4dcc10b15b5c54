// For how long is a workload gone that is checkpointed to disk and restored at once, as it sees it itself?
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Runtime} from '../ts/index.js';
import {removeDir} from '../test/support/temp-dir.js';
import {main, type Scope} from './cleanup.js';
import {compare, sleep, time, type Parts, type Peer, type Result} from './harness.js';
import {HeartbeatReader, heartbeatBundle} from './heartbeat.js';
import {readOptions} from './options.js';
import {cliRuntimes, findCriu, runVerb, stateDir, type CliRuntime} from './peers.js';
import {finish} from './report.js';
import {checkpoint, prepareRestore, prepareRun} from './runc-checkpoint.js';

/** Long enough after its start that the workload beats evenly. */
const settleMs = 100;

const ours = async (runtime: Runtime, id: string, bundle: string, imagesDir: string): Promise<Parts> => {
	const stdio = ['ignore', 'pipe', 'ignore'] as const;
	const container = await runtime.run(id, {bundle, stdio});
	const before = new HeartbeatReader(container.stdout!);
	await before.next();
	await sleep(settleMs);
	await container.kill('SIGUSR1');
	await before.next();

	const checkpointMs = await time(() => container.checkpoint({imagesDir}));
	let restored = container;
	const restoreMs = await time(async () => {
		restored = await runtime.restore(id, {bundle, imagesDir, stdio});
	});

	const after = new HeartbeatReader(restored.stdout!);
	await restored.kill('SIGUSR1');
	const {gapMs} = await after.next();
	await restored.kill('SIGKILL');
	await restored.wait();
	await restored.delete();
	return {'downtime': gapMs, 'checkpoint call': checkpointMs, 'restore call': restoreMs};
};

const theirs = async (runc: CliRuntime, id: string, bundle: string, images: string): Promise<Parts> => {
	const started = prepareRun(runc, id, bundle);
	await started.go();
	const before = new HeartbeatReader(started.stdout);
	await before.next();
	await sleep(settleMs);
	await runVerb(runc, 'kill', id, 'USR1');
	await before.next();

	const restored = prepareRestore(runc, id, bundle, images);
	const checkpointMs = await time(() => checkpoint(runc, id, images));
	const restoreMs = await time(() => restored.go());

	const after = new HeartbeatReader(restored.stdout);
	await runVerb(runc, 'kill', id, 'USR1');
	const {gapMs} = await after.next();
	await runVerb(runc, 'delete', '--force', id);
	return {'downtime': gapMs, 'checkpoint call': checkpointMs, 'restore call': restoreMs};
};

const peersFor = (scope: Scope, mib: number, images: string, state: string): Peer[] => {
	const criu = findCriu();
	if (criu === undefined) {
		throw new Error('no CRIU here: run npm run setup');
	}

	const bundle = heartbeatBundle(scope, mib);
	const runtime = new Runtime({root: join(state, 'ctnative'), criuPath: criu});
	scope.teardown(async () => {
		for (const {id} of await runtime.list()) {
			await (await runtime.load(id)).delete({force: true});
		}
	});
	const runc = cliRuntimes(scope, state, /^runc 1.1/, ['--criu', criu])[0]!;
	let count = 0;
	const peer = (name: string, cycle: (id: string, images: string) => Promise<Parts>): Peer => ({
		name,
		async trial() {
			const directory = mkdtempSync(join(images, 'ctnative-images-'));
			try {
				return await cycle(`ctnative-benchmark-${process.pid}-${mib}-${count++}`, directory);
			} finally {
				removeDir(directory);
			}
		},
	});
	return [
		peer('ctnative', (id, directory) => ours(runtime, id, bundle, directory)),
		peer('runc', (id, directory) => theirs(runc, id, bundle, directory)),
	];
};

main(async scope => {
	const options = readOptions();
	const {quick, trials, images} = options;
	const results: Result[] = [];
	for (const mib of [64, 256]) {
		const peers = peersFor(scope, mib, images ?? tmpdir(), stateDir(scope));
		results.push(...await compare({id: `full-${mib}`, title: `checkpoint and restore of ${mib} MiB`}, peers, {trials: trials ?? (quick ? 3 : 15), warmUp: 1}));
	}

	finish(results, options);
});
