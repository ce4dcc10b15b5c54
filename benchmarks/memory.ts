// What memory does a running container take besides that of its program?
import {readFileSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {stopIfInterrupted, type Scope} from './cleanup.js';
import {sleep, summarizeAll, type Parts, type Result} from './harness.js';
import {newest, runVerb} from './peers.js';
import {benchmarkBundle, type World} from './world.js';

/** Lines of /proc/meminfo that count what a container makes the kernel keep. */
const kernelLines = /^(?:Slab|KernelStack|PageTables|Percpu):\s+(\d+) kB/gm;

const kernelKiB = (): number => [...readFileSync('/proc/meminfo', 'utf8').matchAll(kernelLines)].reduce((sum, [, kiB]) => sum + Number(kiB), 0);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Collected until nothing more goes: what comes before must not hide what is measured. */
const programKiB = async (): Promise<number> => {
	for (let round = 0; round < 5; round++) {
		await sleep(20);
		collectGarbage();
	}

	const {heapUsed, external} = process.memoryUsage();
	return (heapUsed + external) / 1024;
};

interface Holder {
	readonly name: string;
	/** What it resolves with is kept, as a program keeps its containers. */
	readonly start: (id: string) => Promise<unknown>;
	readonly end: (id: string) => Promise<void>;
}

const holders = ({runtimes, runtime}: World, bundle: string): Holder[] => {
	const own = runtime('memory');
	return [
		{
			name: 'ctnative',
			start: id => own.run(id, {bundle, stdio: 'ignore'}),
			end: async id => (await own.load(id)).delete({force: true}),
		},
		...newest(runtimes).map((peer): Holder => ({
			name: peer.name,
			start: id => runVerb(peer, 'run', '--detach', '--bundle', bundle, id),
			end: id => runVerb(peer, 'delete', '--force', id),
		})),
	];
};

/** Starts so many and looks at the memory of the kernel, and of this program, before and after. */
export const measureMemory = async (scope: Scope, world: World, count: number): Promise<Result[]> => {
	const bundle = benchmarkBundle(scope, ['sleep', '1000']);
	const samples = new Map<string, Parts[]>();
	for (const {name, start, end} of holders(world, bundle)) {
		const first = world.id();
		const kept = [await start(first)]; // What is made once for all of them is made for this one
		const [kernel, program] = [kernelKiB(), await programKiB()];
		const ids = Array.from({length: count}, world.id);
		for (const id of ids) {
			stopIfInterrupted();
			kept.push(await start(id));
		}

		await sleep(100);
		samples.set(name, [{'of the kernel': (kernelKiB() - kernel) / count, 'of the program that made it': (await programKiB() - program) / count}]);
		for (const id of [first, ...ids]) {
			await end(id);
		}

		kept.length = 0; // Until here they are held
	}

	const units = {'of the kernel': 'KiB', 'of the program that made it': 'KiB'};
	return summarizeAll({id: 'memory', title: `memory for each of ${count} running containers`, units}, samples);
};
