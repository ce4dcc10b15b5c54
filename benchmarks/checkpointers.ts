// Ways to checkpoint a running workload and to restore it, all driven alike.
import type {Container, Runtime} from '../ts/index.js';
import {HeartbeatReader, type Heartbeat} from './heartbeat.js';
import {runVerb, type CliRuntime} from './peers.js';
import {checkpoint, prepareRestore, prepareRun} from './runc-checkpoint.js';

/** A heartbeat in a container, before and after. */
export interface Running {
	/** Asks it, and resolves with its answer. */
	readonly ask: () => Promise<Heartbeat>;
	readonly checkpoint: (imagesDir: string) => Promise<unknown>;
	/** Does, before the checkpoint, what is needed for the restore but is not its fault; the result restores. */
	readonly prepareRestore: (imagesDir: string) => Promise<() => Promise<unknown>>;
	readonly end: () => Promise<void>;
}

export interface Checkpointer {
	readonly name: string;
	/** Directory of the images. */
	readonly images: string;
	/** Starts the bundle; resolves when the workload has filled its memory. */
	readonly start: (id: string, bundle: string, tcp: boolean) => Promise<Running>;
}

const stdio = ['ignore', 'pipe', 'ignore'] as const;

export const ours = (name: string, runtime: Runtime, images: string): Checkpointer => ({
	name,
	images,
	async start(id, bundle, tcp) {
		let container: Container = await runtime.run(id, {bundle, stdio});
		let reader = new HeartbeatReader(container.stdout!);
		await reader.next();
		const options = {tcpEstablished: tcp};
		return {
			async ask() {
				await container.kill('SIGUSR1');
				return reader.next();
			},
			checkpoint: imagesDir => container.checkpoint({imagesDir, ...options}),
			async prepareRestore(imagesDir) {
				await runtime.prepareRestore({bundle});
				return async () => {
					container = await runtime.restore(id, {bundle, imagesDir, stdio, ...options});
					reader = new HeartbeatReader(container.stdout!);
				};
			},
			async end() {
				await container.kill('SIGKILL');
				await container.wait();
				await container.delete();
			},
		};
	},
});

/**
 * Post-copy, by migrate and receive: the images hold no memory, the restored container fetches it from the old one, which
 * stands still until all of it has arrived. Both are on this machine, and have a connection without encryption.
 */
export const byPostCopy = (name: string, runtime: Runtime, images: string): Checkpointer => ({
	name,
	images,
	async start(id, bundle) {
		let container: Container = await runtime.run(id, {bundle, stdio});
		let reader = new HeartbeatReader(container.stdout!);
		await reader.next();
		let sent: Promise<unknown> = Promise.resolve();
		return {
			async ask() {
				await container.kill('SIGUSR1');
				return reader.next();
			},
			checkpoint: async () => {}, // It stops when it is asked for
			async prepareRestore() {
				const {host, port} = await new Promise<{host: string; port: number}>((resolve, reject) => {
					sent = container.migrate({listen: '127.0.0.1:0', insecure: true, ready: resolve});
					sent.catch(reject);
				});
				return async () => {
					container = await runtime.receive(`${id}-moved`, {bundle, stdio, from: `${host}:${port}`, insecure: true});
					reader = new HeartbeatReader(container.stdout!);
				};
			},
			async end() {
				if (container.lazyPages) {
					await container.lazyPages.done;
					await sent;
				}

				await container.delete({force: true});
			},
		};
	},
});

/** A runc of the command line. */
export const theirs = (peer: CliRuntime, images: string): Checkpointer => ({
	name: peer.name,
	images,
	async start(id, bundle, tcp) {
		const started = prepareRun(peer, id, bundle);
		await started.go();
		let reader = new HeartbeatReader(started.stdout);
		await reader.next();
		const options = tcp ? ['--tcp-established'] : [];
		return {
			async ask() {
				await runVerb(peer, 'kill', id, 'USR1');
				return reader.next();
			},
			checkpoint: imagesDir => checkpoint(peer, id, imagesDir, options),
			async prepareRestore(imagesDir) {
				const restored = prepareRestore(peer, id, bundle, imagesDir, options);
				return async () => {
					await restored.go();
					reader = new HeartbeatReader(restored.stdout);
				};
			},
			end: () => runVerb(peer, 'delete', '--force', id),
		};
	},
});
