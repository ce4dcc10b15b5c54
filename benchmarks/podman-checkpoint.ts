// Checkpoint and restore by podman. The workload writes to a file in its root filesystem, since what podman
// keeps of its output is in a log of its own.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Checkpointer} from './checkpointers.js';
import {sleep} from './harness.js';
import {parseHeartbeat, type Heartbeat} from './heartbeat.js';
import {podmanLimits, runVerb, type CliRuntime} from './peers.js';

/** Lines that are appended to a file, in turn; for at most 30 seconds each. */
export const followLines = (file: string): (() => Promise<Heartbeat>) => {
	let seen = 0;
	return async () => {
		for (let turn = 0; turn < 30_000; turn++) {
			const line = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1)[seen] : undefined;
			if (line !== undefined) {
				seen++;
				return parseHeartbeat(line);
			}

			await sleep(1);
		}

		throw new Error(`the workload does not answer: ${file}`);
	};
};

/** The config of a bundle that podman can be told of: program and root filesystem. */
const programOf = (bundle: string): readonly string[] => (JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as {process: {args: string[]}}).process.args;

export const byPodman = (podman: CliRuntime, images: string): Checkpointer => ({
	name: podman.name,
	images,
	async start(id, bundle) {
		const rootfs = join(bundle, 'rootfs');
		const file = `answers-${id}`;
		const script = `exec ${programOf(bundle).join(' ')} > /${file}`;
		await runVerb(podman, 'run', '--detach', '--name', id, '--network', 'none', '--log-driver', 'none', ...podmanLimits, '--rootfs', rootfs, 'sh', '-c', script);
		const next = followLines(join(rootfs, file));
		await next();
		return {
			async ask() {
				await runVerb(podman, 'kill', '--signal', 'USR1', id);
				return next();
			},
			checkpoint: () => runVerb(podman, 'container', 'checkpoint', id),
			prepareRestore: async () => () => runVerb(podman, 'container', 'restore', id),
			end: () => runVerb(podman, 'rm', '--force', '--time', '0', id),
		};
	},
});
