// How fast do many containers come from one checkpoint, and what memory do they take?
import {mkdirSync, mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Runtime} from '../ts/index.js';
import {removeDir} from '../test/support/temp-dir.js';
import {ours, theirs, type Checkpointer} from './checkpointers.js';
import {main} from './cleanup.js';
import {all, compare, type Parts, type Peer} from './harness.js';
import {HeartbeatReader, heartbeatBundle} from './heartbeat.js';
import {readOptions} from './options.js';
import {newest, runVerb, useCriu, type CliRuntime} from './peers.js';
import {finish} from './report.js';
import {prepareRestore} from './runc-checkpoint.js';
import {openWorld} from './world.js';

const mib = 64;
const clones = 20;

interface Clone {
	readonly pid: number;
	/** Sends it a signal. */
	readonly kill: (signal: NodeJS.Signals) => Promise<void>;
	readonly reader: HeartbeatReader;
	readonly end: () => Promise<void>;
}

/** Makes a clone of the images under this id. What is needed first and is not its fault is done before. */
type Prepare = (id: string, imagesDir: string, workDir: string) => () => Promise<Clone>;

const cloneOurs = (runtime: Runtime, bundle: string, lazy: boolean): Prepare => (id, imagesDir, workDir) => async () => {
	const container = await runtime.restore(id, {bundle, imagesDir, workDir, stdio: ['ignore', 'pipe', 'ignore'], ...lazy && {lazyPages: true}});
	return {
		pid: container.pid,
		kill: signal => container.kill(signal),
		reader: new HeartbeatReader(container.stdout!),
		end: () => container.delete({force: true}),
	};
};

const cloneTheirs = (peer: CliRuntime, bundle: string): Prepare => (id, imagesDir, workDir) => {
	const pidFile = join(workDir, 'pid');
	const {stdout, go} = prepareRestore(peer, id, bundle, imagesDir, ['--work-path', workDir, '--pid-file', pidFile]);
	return async () => {
		await go();
		const pid = Number(readFileSync(pidFile, 'utf8'));
		return {
			pid,
			kill: async signal => void process.kill(pid, signal),
			reader: new HeartbeatReader(stdout),
			end: () => runVerb(peer, 'delete', '--force', id),
		};
	};
};

/** Memory of a process; what it shares with others counts in part. */
const pssKiB = (pid: number): number => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]);

/** All at once; a clone has answered when it says how often it has beaten, and each must have all its memory. */
const fanOut = async (prepared: readonly (() => Promise<Clone>)[]): Promise<Parts> => {
	const running: Clone[] = [];
	const start = performance.now();
	try {
		const answers: number[] = [];
		await all(prepared.map(async go => {
			const clone = await go();
			running.push(clone);
			await clone.kill('SIGUSR2');
			await clone.reader.line();
			answers.push(performance.now() - start);
		}));
		const usedKiB = running.reduce((sum, {pid}) => sum + pssKiB(pid), 0);
		for (const {kill, reader} of running) {
			await kill('SIGUSR1');
			await reader.next();
		}

		return {'first answer': Math.min(...answers), 'last answer': Math.max(...answers), 'memory used': usedKiB / 1024};
	} finally {
		await all(running.map(({end}) => end()));
	}
};

/** A checkpoint that is made before anything is measured, and cloned in each trial. */
const peerOf = async (name: string, original: Checkpointer, prepare: Prepare, id: () => string, bundle: string): Promise<Peer> => {
	const imagesDir = join(original.images, name.replaceAll(/\W+/g, '-'));
	const running = await original.start(id(), bundle, false);
	await running.checkpoint(imagesDir);
	let count = 0;
	return {
		name,
		async trial() {
			const work = mkdtempSync(join(original.images, 'work-'));
			const prepared = Array.from({length: clones}, () => {
				const workDir = join(work, String(count++));
				mkdirSync(workDir);
				return prepare(id(), imagesDir, workDir);
			});
			return fanOut(prepared);
		},
	};
};

main(async scope => {
	const options = readOptions();
	const {quick, trials = quick ? 1 : 5} = options;
	const criuPath = useCriu();
	const world = openWorld(scope, /^runc/); // Not crun: see waysOf in downtime.ts
	const images = mkdtempSync(join(options.images ?? tmpdir(), 'ctnative-images-'));
	scope.teardown(() => removeDir(images));
	const bundle = heartbeatBundle(scope, {mib});
	const runtime = world.runtime('ctnative', {criuPath});
	const own = ours('ctnative', runtime, images);
	const peers = [
		await peerOf('ctnative', own, cloneOurs(runtime, bundle, false), world.id, bundle),
		await peerOf('ctnative, lazy', own, cloneOurs(runtime, bundle, true), world.id, bundle),
	];
	for (const peer of newest(world.runtimes)) {
		peers.push(await peerOf(peer.name, theirs(peer, images), cloneTheirs(peer, bundle), world.id, bundle));
	}

	const question = {id: 'clones', title: `${clones} clones of one checkpoint of ${mib} MiB`, units: {'memory used': 'MiB'}};
	finish(await compare(question, peers, {trials, warmUp: quick ? 0 : 1}), options);
});
