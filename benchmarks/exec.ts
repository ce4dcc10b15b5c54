// How long does a further program in a running container take, to its first byte and to its exit?
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Readable} from 'node:stream';
import {podmanProfile} from '../test/seccomp/profiles.js';
import {main} from './cleanup.js';
import {compare, type Parts, type Peer, type Result} from './harness.js';
import {readOptions} from './options.js';
import {newest, runVerb, type CliRuntime} from './peers.js';
import {finish} from './report.js';
import {benchmarkBundle, openWorld, type World} from './world.js';

const args = ['echo', 'ready'] as const;

/** Times from now to the first byte of the output, and to the exit; what is printed must be what was asked for. */
const measure = async (begin: () => Promise<{stdout: Readable; exit: Promise<number | null>}>): Promise<Parts> => {
	const start = performance.now();
	const {stdout, exit} = await begin();
	let output = '';
	let first = 0;
	stdout.on('data', chunk => {
		first ||= performance.now() - start;
		output += String(chunk);
	});
	const ended = once(stdout, 'end'); // Not part of the time, but of what is checked
	const code = await exit;
	const last = performance.now() - start;
	await ended;
	if (code !== 0 || output !== 'ready\n') {
		throw new Error(`echo ended with ${code} and printed ${JSON.stringify(output)}`);
	}

	return {'first byte': first, exit: last};
};

const ours = async ({runtime, id}: World, bundle: string, name: string): Promise<Peer> => {
	const container = await runtime(name).run(id(), {bundle, stdio: 'ignore'});
	return {
		name: 'ctnative',
		trial: () => measure(async () => {
			const process = await container.exec({args, stdio: ['ignore', 'pipe', 'ignore']});
			return {stdout: process.stdout!, exit: process.wait().then(({code}) => code)};
		}),
	};
};

const theirs = async (peer: CliRuntime, id: string, bundle: string): Promise<Peer> => {
	await runVerb(peer, 'run', '--detach', '--bundle', bundle, id);
	const [program, ...options] = peer.command;
	return {
		name: peer.name,
		trial: () => measure(async () => {
			const child = spawn(program, [...options, 'exec', id, ...args], {stdio: ['ignore', 'pipe', 'ignore']});
			return {stdout: child.stdout, exit: once(child, 'exit').then(([code]) => code as number | null)};
		}),
	};
};

const peersFor = async (world: World, bundle: string, name: string): Promise<Peer[]> => {
	const peers = [await ours(world, bundle, name)];
	for (const peer of world.runtimes) {
		peers.push(await theirs(peer, world.id(), bundle));
	}

	return peers;
};

main(async scope => {
	const options = readOptions();
	const {quick, trials = quick ? 20 : 100} = options;
	const world = openWorld(scope);
	const asked = quick ? {...world, runtimes: newest(world.runtimes)} : world;
	const plain = benchmarkBundle(scope, ['sleep', '1000000']);
	const secured = benchmarkBundle(scope, ['sleep', '1000000'], {
		edit(config) {
			config.linux.seccomp = podmanProfile('SCMP_ARCH_X86_64') as NonNullable<typeof config.linux.seccomp>;
		},
	});
	const results: Result[] = [
		...await compare({id: 'exec', title: 'exec of echo'}, await peersFor(asked, plain, 'plain'), {trials, warmUp: 3}),
		...await compare({id: 'exec-seccomp', title: 'exec of echo with podman’s seccomp profile'}, await peersFor(asked, secured, 'seccomp'), {trials, warmUp: 3}),
	];
	finish(results, options);
});
