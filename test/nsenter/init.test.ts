// The real ctn-init, given plans that it should refuse. Only steps that harm nobody are ever let through to it.
import test from 'ava';
import {errnoName} from '../../ts/linux/errno.js';
import {encodeBatch, encodePlan} from '../../ts/plan/encode.js';
import {stepLayouts, wire, type Step} from '../../ts/plan/wire.gen.js';
import {projectPath} from '../support/paths.js';
import {randomOf, type Random} from '../plan/random.js';
import {compile, compileOnce, dumpLists, frame, runProgram} from './compile.js';

const program = compileOnce(['test/nsenter/init_tool.c']);

interface Outcome {
	/** What init reported; undefined if it had nothing to say. */
	readonly report: {readonly errno: string; readonly step: number; readonly index: number; readonly detail: string} | undefined;
	readonly end: string;
}

const sealed = 0b1111;

/** Runs ctn-init on these bytes as they are; see init_tool.c. */
const runInit = (plans: readonly Uint8Array[], seals: number | 'none' | 'file' | 'late' | 'never' = sealed): Outcome[] => {
	const input = Buffer.concat(plans.map(bytes => frame(wire.planMagic, bytes)));
	const output = runProgram(program(), [projectPath('build/Release/ctn-init'), String(seals)], input);
	return output.trimEnd().split('\n').map(line => {
		const [, errno, step, index, detail, end] = /^(?:quiet|errno (\d+) step (\d+) index (\d+) detail (\w*)) (.*)$/.exec(line)!;
		return {
			report: errno === undefined ? undefined : {errno: errnoName(Number(errno)), step: Number(step), index: Number(index), detail: Buffer.from(detail!, 'hex').toString()},
			end: end!,
		};
	});
};

const missing = '/no/such/program';

const harmless: readonly Step[] = [
	{op: 'setsid'},
	{op: 'umask', mask: 0o22},
	{op: 'undumpable'},
	{op: 'chdir', path: '/no/such/directory', retry: 0, okErrno: 'any'},
	{op: 'find_program', name: 'no-such-program', path: ['/no/such/bin', '', '/no/such/sbin'], okErrno: 'ENOENT'},
	{op: 'find_program', name: missing, path: []},
];

const harmlessOps = new Set(harmless.map(({op}) => op as string));

const refused = {report: {errno: 'EBADMSG', step: 0, index: 0, detail: ''}, end: 'exit 1'};

test('a plan is carried out up to the step that fails, which is reported', t => {
	t.deepEqual(runInit([encodePlan(harmless)]), [{
		report: {errno: 'ENOENT', step: stepLayouts.find_program.code, index: harmless.length - 1, detail: missing},
		end: 'exit 1',
	}]);
});

test('a plan that is written when init is there already is carried out all the same', t => {
	t.is(runInit([encodePlan(harmless)], 'late')[0]!.report?.errno, 'ENOENT');
});

test('init that nobody lets begin ends, and has done nothing', t => {
	t.deepEqual(runInit([encodePlan(harmless)], 'never'), [{report: undefined, end: 'exit 1'}]);
});

test('a plan of nothing ends without a report', t => {
	t.deepEqual(runInit([encodePlan([])]), [{report: undefined, end: 'exit 0'}]);
});

test('a list of another kind, version or length is refused before its first step', t => {
	const plan = encodePlan(harmless);
	const changed = (offset: number, change: (value: number) => number): Uint8Array => {
		const bytes = plan.slice();
		const view = new DataView(bytes.buffer);
		view.setUint32(offset, change(view.getUint32(offset, true)), true);
		return bytes;
	};

	const broken = {
		batch: encodeBatch([]),
		magic: changed(0, value => value + 1),
		hash: changed(4, value => value ^ 0x8000_0000),
		size: changed(8, value => value + 1),
		count: changed(12, value => value + 1),
		'smaller count': changed(12, value => value - 1),
		strings: changed(16, value => value + 8),
		'strings in the head': changed(16, () => 8),
		'a code that is none': changed(wire.headSize, () => 0x10_0000 + 9999),
		'a record of no size': changed(wire.headSize, () => stepLayouts.setsid.code),
		'a pad that is not 0': changed(wire.headSize + 8, () => 1),
		cut: plan.slice(0, -1),
		longer: Uint8Array.of(...plan, 0),
		'its head alone': plan.slice(0, wire.headSize),
		'one byte': Uint8Array.of(0),
		'an end that is no NUL': Uint8Array.of(...plan.slice(0, -1), 1),
	};
	const outcomes = runInit(Object.values(broken));
	for (const [index, name] of Object.keys(broken).entries()) {
		t.deepEqual(outcomes[index], refused, name);
	}
});

test('a plan of no bytes is EINVAL', t => {
	t.like(runInit([new Uint8Array(0)])[0], {report: {errno: 'EINVAL'}, end: 'exit 1'});
});

test('a plan above the limit is refused', t => {
	const bytes = new Uint8Array(wire.listMax + 8);
	bytes.set(encodePlan([]));
	new DataView(bytes.buffer).setUint32(8, bytes.length, true);

	t.deepEqual(runInit([bytes]), [refused]);
});

/** A few changes at random, mostly where the records and their offsets are. */
const mutate = (plan: Uint8Array, random: Random): Uint8Array => {
	const bytes = plan.slice(0, random(8) ? plan.length : random(plan.length));
	const view = new DataView(bytes.buffer);
	for (let count = 1 + random(3); count > 0 && bytes.length > wire.headSize; count--) {
		const at = random(2) ? wire.headSize + random(bytes.length - wire.headSize) : random(bytes.length);
		if (random(2)) {
			bytes[at] = random(256);
		} else if (at + 4 <= bytes.length) {
			view.setUint32(at & ~3, [0, 1, bytes.length - 1, bytes.length, 0xFFFF_FFFF, random(bytes.length)][random(6)]!, true);
		}
	}

	return bytes;
};

test('a plan that was changed is refused or fails in a step, and init never crashes', t => {
	const seed = Number(process.env['CTN_FUZZ_SEED'] ?? 4);
	const random = randomOf(seed);
	const plan = encodePlan(harmless);
	const all = Array.from({length: 2000}, () => mutate(plan, random));
	const dumps = dumpLists(compile(t, ['test/nsenter/wire_dump.c']), all.map(bytes => ({magic: wire.planMagic, bytes})));
	const isSound = (index: number): boolean => dumps[index]!.at(-1) === 'sound';
	// A changed code may have made it anything: mounts of the host are no place to try that
	const tried = [...all.keys()].filter(index => !isSound(index) || dumps[index]!.slice(0, -1).every(line => harmlessOps.has(line.split(' ')[0]!)));
	const outcomes = runInit(tried.map(index => all[index]!));
	const sound = tried.filter(isSound).length;
	t.log(`seed ${seed}: ${tried.length - sound} broken, ${sound} sound`);
	t.true(tried.length - sound > 500 && sound > 200);
	for (const [place, index] of tried.entries()) {
		const {report, end} = outcomes[place]!;
		const about = `seed ${seed}, plan ${index}: ${Buffer.from(all[index]!).toString('hex')}`;
		t.regex(end, /^exit [01]$/, about);
		t.is(report?.errno === 'EBADMSG' || report?.errno === 'EINVAL', !isSound(index), about);
	}
});

test('a plan that somebody could still change is EPERM, whichever seal it lacks', t => {
	const plan = encodePlan(harmless);
	for (const seals of ['none', 'file', ...Array.from({length: sealed}, (_, bits) => bits)] as const) {
		t.deepEqual(runInit([plan], seals), [{report: {errno: 'EPERM', step: 0, index: 0, detail: ''}, end: 'exit 1'}], String(seals));
	}
});
