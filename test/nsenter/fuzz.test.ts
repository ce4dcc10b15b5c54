// Broken plans, by the hundred thousand, under the sanitizers. What gets through is read as init reads it.
import test from 'ava';
import {encodeBatch, encodePlan} from '../../ts/plan/encode.js';
import {hostLayouts, stepLayouts, wire, type HostOp, type Step} from '../../ts/plan/wire.gen.js';
import {cases, launchOf} from '../launch/launches.js';
import {randomOf, randomRecords} from '../plan/random.js';
import {compile, frame, runProgram, sanitizers} from './compile.js';

const iterations = 200_000;

/** CTN_FUZZ_SEED tries others; a failure can be had again with the one that is printed. */
const seed = Number(process.env['CTN_FUZZ_SEED'] ?? 20_260_101);

const seeds = (): Buffer => {
	const random = randomOf(seed);
	const launches = ['small', 'runc-spec', 'user-namespace', 'bind-mounts', 'seccomp', 'process'].map(name => launchOf(cases[name]!));
	const records = (layouts: Parameters<typeof randomRecords>[1]): unknown => randomRecords(random, layouts, 1);
	return Buffer.concat([
		...launches.map(({steps}) => frame(wire.planMagic, encodePlan(steps))),
		...launches.slice(0, 2).map(({descriptors}) => frame(wire.batchMagic, encodeBatch(descriptors))),
		frame(wire.planMagic, encodePlan(records(stepLayouts) as Step[])),
		frame(wire.batchMagic, encodeBatch(records(hostLayouts) as HostOp[])),
		frame(wire.planMagic, encodePlan([{op: 'setsid'}])),
		frame(wire.planMagic, encodePlan([])),
	]);
};

test('no broken list makes its reader look beyond its end', t => {
	const program = compile(t, ['test/nsenter/fuzz.c'], sanitizers);
	const [, refused, passed] = /^(\d+) refused, (\d+) let through$/.exec(runProgram(program, [String(seed), String(iterations)], seeds()).trim())!.map(Number);

	t.log(`seed ${seed}: ${refused} refused, ${passed} let through`);
	t.is(refused! + passed!, iterations);
	t.true(refused! > iterations / 4, 'lists are broken indeed');
	t.true(passed! > iterations / 20, 'and some stay sound, so that they are read');
});
