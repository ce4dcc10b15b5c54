// The main job once, for people: run a container, talk to it, freeze it to disk, bring it back, and let
// the workload itself say for how long it was gone and that nothing is lost.
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {Runtime, type Container} from '../ts/index.js';
import {tempDir} from '../test/support/temp-dir.js';
import {main, stopIfInterrupted} from './cleanup.js';
import {sleep} from './harness.js';
import {HeartbeatReader, heartbeatBundle} from './heartbeat.js';
import {findCriu, stateDir} from './peers.js';

const mib = 256;
const pauseMs = 200;
const id = `ctnative-demo-${process.pid}`;
const stdio = ['ignore', 'pipe', 'ignore'] as const;

/** Does one step, and prints what it was, how long it took and what came of it. */
const step = async <Value>(name: string, body: () => Promise<Value>, tell: (value: Value) => string = () => ''): Promise<Value> => {
	stopIfInterrupted();
	const start = process.hrtime.bigint();
	const value = await body();
	const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
	console.log(`  ${name.padEnd(11)} ${milliseconds.toFixed(1).padStart(7)} ms  ${tell(value)}`.trimEnd());
	return value;
};

/** The output of a command that is run in the container. */
const execute = async (container: Container, ...args: string[]): Promise<string> => {
	const process = await container.exec({args, stdio: 'pipe'});
	const [output, {code}] = await Promise.all([text(process.stdout!), process.wait()]);
	if (code !== 0) {
		throw new Error(`${args.join(' ')} ended with ${code}`);
	}

	return output.trim().replaceAll('\n', ', ');
};

main(async scope => {
	const criuPath = findCriu();
	const bundle = heartbeatBundle(scope, {mib});
	const imagesDir = tempDir(scope);
	const runtime = new Runtime({root: join(stateDir(scope), 'ctnative'), ...criuPath === undefined ? {} : {criuPath}});
	scope.teardown(async () => {
		for (const {id} of await runtime.list()) {
			await (await runtime.load(id)).delete({force: true});
		}
	});

	console.log(`A container with busybox and ${mib} MiB of touched memory:\n`);
	const container = await step('create', () => runtime.create(id, {bundle, stdio}), ({pid}) => `init is process ${pid} of the host`);
	await step('start', () => container.start());
	const reader = new HeartbeatReader(container.stdout!);
	await step('fill', () => reader.next(), ({checksum}) => `the workload has filled its memory, checksum ${checksum}`);
	await step('exec', () => execute(container, 'sh', '-c', 'hostname; id -un; pidof heartbeat'), output => `hostname, user, pid inside: ${output}`);
	await step('stats', () => container.stats(), ({memory, pids, cpu}) =>
		`${Math.round(memory.usage.usage / 2 ** 20)} MiB in use, processor time ${Math.round(cpu.usage.total / 1e6)} ms, processes ${pids.current}`);
	await step('pause', () => container.pause(), () => `for ${pauseMs} ms`);
	await sleep(pauseMs);
	await step('resume', () => container.resume());
	await container.kill('SIGUSR1');
	const before = await step('ask', () => reader.next(), ({beats, gapMs}) => `${beats} beats so far, the longest gap ${gapMs.toFixed(1)} ms (while paused)`);
	await step('checkpoint', () => container.checkpoint({imagesDir}), () => `into ${imagesDir}`);
	const restored = await step('restore', () => runtime.restore(id, {bundle, imagesDir, stdio}), ({pid}) => `init is process ${pid} of the host`);
	await step('exec', () => execute(restored, 'sh', '-c', 'hostname; id -un; pidof heartbeat'), output => `hostname, user, pid inside: ${output}`);
	await restored.kill('SIGUSR1');
	const after = await step('ask', () => new HeartbeatReader(restored.stdout!).next(), ({beats}) => `${beats} beats by now`);
	await step('stop', async () => {
		await restored.kill('SIGTERM');
		return restored.wait();
	}, ({code}) => `exit code ${code}`);
	await step('delete', () => restored.delete());

	if (!after.intact || after.checksum !== before.checksum || after.beats <= before.beats) {
		throw new Error(`the state did not survive: ${JSON.stringify({before, after})}`);
	}

	console.log(`
The workload went on counting from ${before.beats} to ${after.beats}, and its ${after.mib} MiB are unchanged
(checksum ${after.checksum} computed anew).
Downtime that the workload saw: ${after.gapMs.toFixed(1)} ms`);
});
