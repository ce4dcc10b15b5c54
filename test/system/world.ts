// The world of one system test: a state directory of its own, ids nobody else has, and nothing left at the end.
import {execFile, spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {Runtime, type Container, type CreateOptions, type ExecOptions} from '../../ts/index.js';
import {makeBundle, tempDir, type BundleOptions, type Owner} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {leftBehind, snapshot, stateIn, type Snapshot} from './leftovers.js';

const noRoot = process.getuid!() === 0 ? undefined : 'needs root';

/** A test on the real kernel. Those of one file take turns: they look at the same machine. */
export const systemTest = testUnless(noRoot, test.serial);

/** One that compares with runc. */
export const runcTest = testUnless(noRoot ?? (spawnSync('runc', ['--version']).status === 0 ? undefined : 'runc is not installed'), test.serial);

/** One that reads the files of cgroup v1. */
export const cgroupV1Test = testUnless(noRoot ?? (existsSync('/sys/fs/cgroup/memory') ? undefined : 'cgroup v1 is not mounted'), test.serial);

/** cgroup2 alone, with its controllers. */
export const isV2 = !existsSync('/sys/fs/cgroup/memory') && existsSync('/sys/fs/cgroup/cgroup.controllers');

/** Where a container with a cgroup mount sees its memory cgroup: the one there is, on cgroup2. */
export const memoryInside = isV2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';

export interface Output {
	readonly code: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** What a container's init, or a process of exec, has to say until it ends. */
export const outputOf = async (process: Pick<Container, 'stdout' | 'stderr' | 'wait'>): Promise<Output> => {
	const [status, stdout, stderr] = await Promise.all([
		process.wait(),
		process.stdout ? text(process.stdout) : '',
		process.stderr ? text(process.stderr) : '',
	]);
	return {...status, stdout, stderr};
};

/** Resolves when it is true; for what the kernel does in its own time. */
export const until = async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
	const end = Date.now() + 30_000; // An emulated machine takes its time
	while (!await condition()) {
		if (Date.now() > end) {
			throw new Error(`waited in vain for ${what}`);
		}

		await new Promise(resolve => {
			setTimeout(resolve, 10);
		});
	}
};

let worlds = 0;

export class World implements Owner {
	readonly root: string;
	readonly runtime: Runtime;
	/** All ids begin with it, and so do the names of the cgroups. */
	readonly prefix = `sys-${process.pid}-${++worlds}-`;
	readonly #before: Snapshot;
	readonly #cleanups: Array<() => void | Promise<void>> = [];
	#ids = 0;

	constructor(t: ExecutionContext) {
		this.#before = snapshot();
		this.root = `${tempDir(this)}/state`;
		this.runtime = new Runtime({root: this.root});
		t.teardown(async () => this.#end());
	}

	/** At the end of the test, when its containers are gone. */
	teardown(cleanup: () => void | Promise<void>): void {
		this.#cleanups.push(cleanup);
	}

	id(): string {
		return `${this.prefix}${++this.#ids}`;
	}

	bundle(options: BundleOptions = {}): string {
		return makeBundle(this, options);
	}

	async create(options: BundleOptions = {}, more: Partial<CreateOptions> = {}): Promise<Container> {
		return this.runtime.create(this.id(), {bundle: this.bundle(options), stdio: 'ignore', ...more});
	}

	/** A running container; by default one that does nothing. */
	async start(options: BundleOptions = {}, more: Partial<CreateOptions> = {}): Promise<Container> {
		return this.runtime.run(this.id(), {bundle: this.bundle({args: ['sleep', '1000'], ...options}), stdio: 'ignore', ...more});
	}

	/** Runs a container to its end. */
	async run(options: BundleOptions = {}): Promise<Output> {
		const container = await this.start(options, {stdio: ['ignore', 'pipe', 'pipe']});
		const output = await outputOf(container);
		await container.delete();
		return output;
	}

	/** Runs a shell script as a container. */
	async shell(script: string, options: BundleOptions = {}): Promise<Output> {
		return this.run({...options, args: ['sh', '-c', script]});
	}

	/** The same bundle under runc. */
	async runc(options: BundleOptions): Promise<Output> {
		const args = ['--root', `${this.root}-runc`, 'run', '--bundle', this.bundle(options), this.id()];
		return new Promise(resolve => {
			const child = execFile('runc', args, (error, stdout, stderr) => {
				resolve({code: error ? Number(error.code) : 0, signal: null, stdout, stderr});
			});
			child.stdin!.end();
		});
	}

	/** What this leaves on the machine, by kind; empty lists when all is well. */
	async leftBehind(): Promise<Snapshot> {
		return leftBehind(this.#before, this.root, this.prefix);
	}

	async #end(): Promise<void> {
		for (const {id} of await this.runtime.list()) {
			await (await this.runtime.load(id)).delete({force: true});
		}

		const state = stateIn(this.root);
		for (const cleanup of this.#cleanups.toReversed()) {
			await cleanup(); // Of mounts of the test's own, too
		}

		const left = {...await this.leftBehind(), state};
		const all = Object.entries(left).flatMap(([kind, names]) => names.map((name: string) => `${kind}: ${name}`));
		if (all.length > 0) {
			throw new Error(`the test left behind ${all.join('; ')}`);
		}
	}
}

/** Runs a program in a container and tells what it said. */
export const execOutput = async (container: Container, args: readonly string[], options: Partial<ExecOptions> = {}): Promise<Output> =>
	outputOf(await container.exec({stdio: ['ignore', 'pipe', 'pipe'], ...options, args}));

/**
 * Runs the body of an async function in a Node process of its own, which knows `runtime` (with the
 * root of this world) and `CtnError`. Resolves to what it returns, or to `{error: code}`.
 */
export const elsewhere = async (world: World, body: string): Promise<unknown> => {
	const script = `
		const {Runtime, CtnError} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
		const runtime = new Runtime({root: ${JSON.stringify(world.root)}});
		const say = value => process.stdout.write(JSON.stringify(value ?? null));
		(async () => {${body}})().then(say, error => say({error: error.code ?? String(error)}));
	`;
	const {stdout} = await promisify(execFile)(process.execPath, ['-e', script]);
	return JSON.parse(stdout) as unknown;
};
