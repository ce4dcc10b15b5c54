// What does the life of a container cost a Node program: create, start, wait, delete of `true`?
import {Runtime} from '../ts/index.js';
import {makeBundle} from '../test/support/bundle.js';
import {main, type Scope} from './cleanup.js';
import {all, compare, time, type Peer, type Result} from './harness.js';
import {readOptions} from './options.js';
import {cliRuntime, finishHybrid, runVerb, stateDir} from './peers.js';
import {finish} from './report.js';

const atOnce = 8;

interface Contender {
	readonly name: string;
	/** One whole life of a container that has this id. */
	readonly life: (id: string) => Promise<void>;
}

const contenders = (scope: Scope, bundle: string): Contender[] => {
	const state = stateDir(scope);
	const runtime = new Runtime({root: `${state}/ctnative`});
	scope.teardown(async () => {
		for (const {id} of await runtime.list()) {
			await (await runtime.load(id)).delete({force: true});
		}
	});
	finishHybrid(scope);
	const ours: Contender = {
		name: 'ctnative',
		async life(id) {
			const container = await runtime.run(id, {bundle, stdio: ['ignore', 'ignore', 'ignore']});
			const {code} = await container.wait();
			await container.delete();
			if (code !== 0) {
				throw new Error(`true ended with ${code}`);
			}
		},
	};
	const theirs = ['crun', 'runc'].map((program): Contender => {
		const peer = cliRuntime(scope, program, state);
		return {name: program, life: id => runVerb(peer, 'run', '--bundle', bundle, id)};
	});
	return [ours, ...theirs];
};

main(async scope => {
	const {quick, trials, json} = readOptions();
	const bundle = makeBundle(scope, {args: ['true']});
	let count = 0;
	const id = (): string => `ctnative-benchmark-${process.pid}-${count++}`;
	const lives = contenders(scope, bundle);
	const alone = lives.map(({name, life}): Peer => ({name, trial: async () => ({total: await time(() => life(id()))})}));
	const together = lives.map(({name, life}): Peer => ({
		name,
		trial: async () => ({total: await time(() => all(Array.from({length: atOnce}, () => life(id()))))}),
	}));
	const sequence = {trials: trials ?? (quick ? 20 : 100), warmUp: 5};
	const results: Result[] = [
		// In a row of its own kind: what a runtime leaves to the kernel to clean up is its own to pay for
		...await compare('life of a container, back to back', alone, {...sequence, turn: 10}),
		...await compare('life of a container, 60 ms apart', alone, {...sequence, apart: 60}),
		...await compare(`life of ${atOnce} containers at a time`, together, {trials: trials ?? (quick ? 5 : 20), warmUp: 2, batch: atOnce}),
	];
	finish(results, json);
});
