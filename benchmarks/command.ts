// How long does the command line take: run, create with start and delete, state; and podman with each runtime?
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectPath} from '../test/support/paths.js';
import {main, type Scope} from './cleanup.js';
import {compare, sleep, type Peer} from './harness.js';
import {openLineProgram} from './line-program.js';
import {readOptions} from './options.js';
import {newest, podman, podmanLimits, podmanRuntime, runVerb, type CliRuntime} from './peers.js';
import {finish} from './report.js';
import {benchmarkBundle, openWorld, type World} from './world.js';

/** Runs a command and resolves with its milliseconds. */
type Timed = (...command: string[]) => Promise<number>;

const openStopwatch = (scope: Scope): Timed => {
	const ask = openLineProgram(scope, 'stopwatch');
	return async (...command) => {
		const [nanoseconds, status] = (await ask(command.join('\t'))).split(' ');
		if (status !== '0') {
			throw new Error(`${command.join(' ')}: wait status ${status}`);
		}

		return Number(nanoseconds) / 1e6;
	};
};

/** The native command, as a runtime like the others. */
const ourCommand = ({runtime}: World): CliRuntime => {
	const program = projectPath('build/Release/ctnative');
	if (!existsSync(program)) {
		throw new Error('the native command is not built: run npm run setup');
	}

	return {name: 'ctnative', command: [program, '--root', runtime('command').root]};
};

const runs = (runtimes: readonly CliRuntime[], timed: Timed, world: World, bundle: string): Peer[] => runtimes.map(({name, command}) => ({
	name,
	trial: async () => ({total: await timed(...command, 'run', '--bundle', bundle, world.id())}),
}));

/** Waits, in nobody's time, until a process has ended: delete refuses a container that runs. */
const untilEnded = async (pid: string): Promise<void> => {
	for (let turn = 0; turn < 5000; turn++) {
		const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : 'gone) Z';
		if (/\) [ZX]/.test(stat)) {
			return;
		}

		await sleep(1);
	}

	throw new Error(`true does not end: process ${pid}`);
};

/** Three commands, a process each. */
const splits = (runtimes: readonly CliRuntime[], timed: Timed, world: World, bundle: string): Peer[] => runtimes.map(({name, command}) => ({
	name,
	async trial() {
		const id = world.id();
		const pidFile = join(world.state, 'pid');
		const create = await timed(...command, 'create', '--pid-file', pidFile, '--bundle', bundle, id);
		const start = await timed(...command, 'start', id);
		await untilEnded(readFileSync(pidFile, 'utf8').trim());
		const remove = await timed(...command, 'delete', id);
		return {total: create + start + remove, create, start, delete: remove};
	},
}));

/** `state` of a container that runs; once it is looked at what it says. */
const states = async (scope: Scope, runtimes: readonly CliRuntime[], timed: Timed, world: World): Promise<Peer[]> => {
	const bundle = benchmarkBundle(scope, ['sleep', '1000000']);
	const peers: Peer[] = [];
	for (const runtime of runtimes) {
		const id = world.id();
		const [program, ...options] = runtime.command;
		await runVerb(runtime, 'run', '--detach', '--bundle', bundle, id);
		scope.teardown(() => runVerb(runtime, 'delete', '--force', id));
		const {stdout} = spawnSync(program, [...options, 'state', id], {encoding: 'utf8'});
		if ((JSON.parse(stdout) as {status: string}).status !== 'running') {
			throw new Error(`${runtime.name} does not know that its container runs: ${stdout}`);
		}

		peers.push({name: runtime.name, trial: async () => ({total: await timed(...runtime.command, 'state', id)})});
	}

	return peers;
};

/** `podman run --rm` with each as its runtime. */
const podmans = (scope: Scope, program: string, runtimes: readonly CliRuntime[], timed: Timed, world: World, bundle: string): Peer[] => runtimes.map(runtime => {
	const {name, command} = podmanRuntime(scope, program, world.state, runtime);
	const args = ['run', '--rm', '--network', 'none', '--log-driver', 'none', ...podmanLimits, '--rootfs', join(bundle, 'rootfs'), 'true'];
	return {name, trial: async () => ({total: await timed(...command, ...args)})};
});

main(async scope => {
	const options = readOptions();
	const {quick, trials = quick ? 15 : 100} = options;
	const world = openWorld(scope);
	const runtimes = [ourCommand(world), ...quick ? newest(world.runtimes) : world.runtimes];
	const timed = openStopwatch(scope);
	const bundle = benchmarkBundle(scope, ['true']);
	const engine = podman();
	finish([
		...await compare({id: 'run', title: 'run of true, back to back'}, runs(runtimes, timed, world, bundle), {trials, warmUp: 3}),
		...quick ? [] : await compare({id: 'run-apart', title: 'run of true, 60 ms apart'}, runs(runtimes, timed, world, bundle), {trials: Math.ceil(trials / 2), warmUp: 2, apart: 60}),
		...await compare({id: 'split', title: 'create, start, delete'}, splits(runtimes, timed, world, bundle), {trials: Math.ceil(trials / 2), warmUp: 2}),
		...await compare({id: 'state', title: 'state'}, await states(scope, runtimes, timed, world), {trials, warmUp: 3}),
		...engine === undefined ? [] : await compare({id: 'podman', title: 'podman run --rm of true'}, podmans(scope, engine, runtimes, timed, world, benchmarkBundle(scope, ['true'], {writable: true})), {trials: Math.ceil(trials / 5), warmUp: 1}),
	], options);
});
