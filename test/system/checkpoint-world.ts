// A world with containers that are checkpointed: programs that say what they still have, and where images go.
import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {CheckpointOptions, Container, CreateOptions, RestoreOptions} from '../../ts/index.js';
import type {BundleOptions, Spec} from '../support/bundle.js';
import {noCriu} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';
import {buildWorkload} from '../support/workload.js';
import {World} from './world.js';

/** A test with the real CRIU. Those of one file take turns. */
export const checkpointTest = steady(testUnless(noCriu, test.serial));

const mostWaitMs = 30_000; // As until() has it: a line may be the answer to a whole migration, on a busy machine

/** What a program says, line by line. */
export class Lines {
	readonly #lines: AsyncIterator<string>;

	constructor(stdout: Readable) {
		this.#lines = createInterface({input: stdout})[Symbol.asyncIterator]();
	}

	async next(): Promise<string> {
		const late = new AbortController();
		const timeout = sleep(mostWaitMs, undefined, {signal: late.signal}).then(() => {
			throw new Error('the program says nothing');
		});
		const {value, done} = await Promise.race([this.#lines.next(), timeout]);
		timeout.catch(() => {});
		late.abort();
		if (done) {
			throw new Error('the program ended without an answer');
		}

		return value as string;
	}
}

/** What a workload says when all of it is as it was. */
export const isIntact = (said: string): boolean => said.startsWith('{') ? (JSON.parse(said) as {intact?: boolean}).intact === true : said === 'ok';

export interface Move {
	readonly checkpoint?: Partial<CheckpointOptions>;
	readonly restore?: Partial<RestoreOptions>;
	readonly id?: string;
}

/** A container that answers a line with a line. */
export class Scene {
	container: Container;
	readonly #world: CheckpointWorld;
	#lines: Lines;

	constructor(world: CheckpointWorld, container: Container) {
		this.#world = world;
		this.container = container;
		this.#lines = new Lines(container.stdout!);
	}

	async next(): Promise<string> {
		return this.#lines.next();
	}

	async ask(line = 'check'): Promise<string> {
		this.container.stdin!.write(`${line}\n`);
		return this.next();
	}

	/** From here on this is that container. */
	become(container: Container): this {
		this.container = container;
		this.#lines = new Lines(container.stdout!);
		return this;
	}

	/** To disk and back; returns where the images are. */
	async move({checkpoint, restore, id = this.container.id}: Move = {}): Promise<string> {
		const {bundle} = this.container;
		const {imagesDir} = await this.container.checkpoint({imagesDir: this.#world.imagesDir(), ...checkpoint});
		this.become(await this.#world.runtime.restore(id, {bundle, imagesDir, stdio: pipes, ...restore}));
		return imagesDir;
	}
}

export const pipes = ['pipe', 'pipe', 'ignore'] as const;

export interface SceneOptions extends BundleOptions {
	readonly create?: Partial<CreateOptions>;
}

export class CheckpointWorld extends World {
	#images = 0;
	#directory: string | undefined;

	/** A path for a checkpoint; nothing is there yet. */
	imagesDir(): string {
		this.#directory ??= tempDir(this);
		return join(this.#directory, `images-${++this.#images}`);
	}

	/** A bundle with a program of test/support/workload in a root filesystem of its own. */
	sceneBundle(program: string, args: readonly string[], options: BundleOptions = {}): string {
		return this.bundle({
			...options,
			args: [`/bin/${program}`, ...args],
			writable: true,
			prepare(rootfs) {
				copyFileSync(buildWorkload(program), join(rootfs, 'bin', program));
				options.prepare?.(rootfs);
			},
		});
	}

	/** A running container with such a program, ready to be asked. */
	async scene(program: string, args: readonly string[], {create, ...options}: SceneOptions = {}): Promise<Scene> {
		const bundle = this.sceneBundle(program, args, options);
		const scene = new Scene(this, await this.runtime.run(this.id(), {bundle, stdio: pipes, ...create}));
		const first = await scene.next();
		if (!first.includes('ready') && !first.startsWith('{')) {
			throw new Error(`the scene ${args[0]} cannot be set up: ${first}`);
		}

		return scene;
	}

	/** A shell that evaluates the lines it reads, and has counted them in $n. */
	async shellScene(options: SceneOptions = {}): Promise<Scene> {
		const bundle = this.bundle({args: ['sh', '-c', 'n=0; echo ready; while read -r line; do n=$((n + 1)); eval "$line"; done; exit 9'], ...options});
		const scene = new Scene(this, await this.runtime.run(this.id(), {bundle, stdio: pipes, ...options.create}));
		await scene.next();
		return scene;
	}
}

/** Gives the container a user namespace; the ids in it are those outside, unless `first` says otherwise. */
export const withUserNamespace = (config: Spec, first = 0): void => {
	const mapping = [{containerID: 0, hostID: first, size: 65_536}];
	config.linux.namespaces!.push({type: 'user'});
	config.linux.uidMappings = mapping;
	config.linux.gidMappings = mapping;
};
