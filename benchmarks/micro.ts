// What do the decisions cost that are made in JavaScript, in Node and in the engine of the command?
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectPath} from '../test/support/paths.js';
import {podmanProfile} from '../test/seccomp/profiles.js';
import {tempDir} from '../test/support/temp-dir.js';
import {ours} from './checkpointers.js';
import {main, stopIfInterrupted, type Scope} from './cleanup.js';
import {summarizeAll, type Parts} from './harness.js';
import {heartbeatBundle} from './heartbeat.js';
import type {Times} from './micro-core.js';
import {readOptions} from './options.js';
import {useCriu} from './peers.js';
import {finish} from './report.js';
import {benchmarkBundle, openWorld} from './world.js';

/** Runs a program and returns its output; a failure is told with what it printed. */
const outputOf = (program: string, args: readonly string[]): string => {
	const {status, stdout, stderr} = spawnSync(program, args, {encoding: 'utf8', cwd: projectPath()});
	if (status !== 0) {
		throw new Error(`${program} ${args[0]} failed: ${stderr}`);
	}

	return stdout;
};

/** The engine with micro-quick.ts in it, or undefined where there is no engine. */
const buildEngine = (): string | undefined => {
	const target = projectPath('build/micro-quick');
	outputOf('bash', ['scripts/build-command', 'benchmarks/micro-quick.ts', target]);
	return existsSync(target) ? target : undefined;
};

/** The images of a checkpoint of 64 MiB. */
const makeImages = async (scope: Scope): Promise<string> => {
	const directory = tempDir(scope);
	const world = openWorld(scope, /^runc/);
	const imagesDir = join(directory, 'images');
	const {start} = ours('ctnative', world.runtime('ctnative', {criuPath: useCriu()}), directory);
	const running = await start(world.id(), heartbeatBundle(scope, {mib: 64}), false);
	await running.checkpoint(imagesDir);
	return imagesDir;
};

main(async scope => {
	const options = readOptions();
	const {quick, trials = quick ? 3 : 15} = options;
	const config = JSON.parse(readFileSync(join(benchmarkBundle(scope, ['true']), 'config.json'), 'utf8')) as object;
	const input = JSON.stringify({config, profile: podmanProfile('SCMP_ARCH_X86_64')});
	const images = await makeImages(scope);
	const engine = buildEngine();
	const forMs = quick ? '50' : '200';
	const samples = new Map<string, Parts[]>([['Node', []], ['Node, for the first time', []], ...engine === undefined ? [] : [['QuickJS', []] as [string, Parts[]]]]);
	for (let trial = 0; trial < trials; trial++) {
		stopIfInterrupted();
		const {first, again} = JSON.parse(outputOf(process.execPath, [join(__dirname, 'micro-node.js'), input, forMs, images])) as {first: Times; again: Times};
		samples.get('Node')!.push(again);
		samples.get('Node, for the first time')!.push(first);
		if (engine !== undefined) {
			samples.get('QuickJS')!.push(JSON.parse(outputOf(engine, [input, forMs])) as Times);
		}
	}

	const units = Object.fromEntries([...samples.values()].flat().flatMap(times => Object.keys(times).map(name => [name, 'µs'])));
	finish(summarizeAll({id: 'micro', title: 'in a process of its own', units}, samples), options);
});
