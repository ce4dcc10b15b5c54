import test from 'ava';
import {errnos} from '../../ts/linux/errno.js';
import {encodeBatch, encodePlan} from '../../ts/plan/encode.js';
import type {RecordLayout} from '../../ts/plan/layout.js';
import {hostLayouts, stepLayouts, wire, type Fd, type HostOp, type Step} from '../../ts/plan/wire.gen.js';
import {compile, dumpLists, sanitizers} from '../nsenter/compile.js';
import {randomOf, randomRecords, type RandomRecord} from './random.js';

const u32 = (bytes: Uint8Array, offset: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);

/** A record as wire_dump prints it: pads are 0. */
const asDumped = (record: RandomRecord, layouts: Readonly<Record<string, RecordLayout>>): string => {
	const hex = (text: string): string => Buffer.from(text).toString('hex');
	const shown = (value: unknown): string => {
		if (value === undefined) {
			return '-';
		}

		if (typeof value === 'string') {
			return hex(value);
		}

		if (value instanceof Uint8Array) {
			return Buffer.from(value).toString('hex');
		}

		return Array.isArray(value) ? `[${value.map(item => `${hex(item as string)},`).join('')}]` : String(value);
	};

	const {okErrno} = record;
	const ok = okErrno === undefined ? 0 : okErrno === 'any' ? wire.okAny : errnos[okErrno];
	return [record.op, `ok=${ok}`, ...layouts[record.op]!.fields.map(([, name]) => `${name}=${shown(record[name])}`)].join(' ');
};

const withoutPads = (line: string): string => line.replace(/ pad\d=0\b/g, '');

test('C reads every field of every step and host op as TypeScript wrote it', t => {
	const program = compile(t, ['test/nsenter/wire_dump.c'], sanitizers);
	const random = randomOf(1);
	const steps = randomRecords(random, stepLayouts, 20);
	const ops = randomRecords(random, hostLayouts, 20);
	t.true(steps.length > 700);

	const [plan, batch] = dumpLists(program, [
		{magic: wire.planMagic, bytes: encodePlan(steps as unknown as Step[])},
		{magic: wire.batchMagic, bytes: encodeBatch(ops as unknown as HostOp[])},
	]);

	t.deepEqual(plan!.map(withoutPads), [...steps.map(step => asDumped(step, stepLayouts)), 'sound']);
	t.deepEqual(batch!.map(withoutPads), [...ops.map(op => asDumped(op, hostLayouts)), 'sound']);
});

test('C reads a list that is all ASCII, and one in which a single string is not', t => {
	const program = compile(t, ['test/nsenter/wire_dump.c'], sanitizers);
	const ops = (name: string): HostOp[] => [
		{op: 'write', path: '/a', data: new Uint8Array([0xC3, 0, 7]), flags: 1, mode: 0o644},
		{op: 'write_first', paths: ['/b', name, '/c'], values: ['', '1'], okErrno: 'ENOENT'},
		{op: 'write', path: '/a', data: new Uint8Array(0), flags: 0, mode: 0},
		{op: 'unlink', path: '/d'},
	];

	for (const name of ['/name', '/näme', '/\u{1F600}']) {
		const [batch] = dumpLists(program, [{magic: wire.batchMagic, bytes: encodeBatch(ops(name))}]);
		t.deepEqual(batch!.map(withoutPads), [...ops(name).map(op => asDumped(op as unknown as RandomRecord, hostLayouts)), 'sound']);
	}
});

test('C takes a list for what its magic says, and for nothing else', t => {
	const program = compile(t, ['test/nsenter/wire_dump.c']);
	const plan = encodePlan([{op: 'setsid'}]);
	const otherHash = plan.slice();
	otherHash[4]! ^= 1;

	const answers = dumpLists(program, [
		{magic: wire.planMagic, bytes: encodePlan([])},
		{magic: wire.batchMagic, bytes: plan},
		{magic: wire.planMagic, bytes: encodeBatch([])},
		{magic: wire.planMagic, bytes: otherHash},
		{magic: wire.planMagic, bytes: plan.slice(0, -1)},
	]).map(lines => lines.at(-1));

	t.deepEqual(answers, ['sound', 'unsound', 'unsound', 'unsound', 'unsound']);
});

test('the head of a plan has its magic, hash, size, count and where its strings begin', t => {
	const bytes = encodePlan([{op: 'setsid'}, {op: 'hostname', name: 'web'}]);

	t.is(u32(bytes, 0), wire.planMagic);
	t.is(u32(bytes, 4), wire.hash);
	t.is(u32(bytes, 8), bytes.length);
	t.is(u32(bytes, 12), 2);
	t.is(u32(bytes, 16), wire.headSize + stepLayouts.setsid.size + stepLayouts.hostname.size);
	t.is(bytes.at(-1), 0);
});

test('a string with a NUL byte is refused wherever it is, by the name of its field', t => {
	const refused = (steps: Step[], subject: string): void => {
		t.throws(() => encodePlan(steps), {code: 'ERR_PLAN_INVALID', message: `${subject}: a string has a NUL byte`});
	};

	refused([{op: 'hostname', name: 'a\0b'}], 'hostname.name');
	refused([{op: 'exec', argv: ['sh', 'a\0'], envp: [], skip_fds: 0, keep_fds: 0}], 'exec.argv');
	refused([{op: 'mount', attributes: 0n, fstype: 'tmpfs', source: '\0', options: [], target: '/', target_flags: 0, propagation: 0n}], 'mount.source');
	t.throws(() => encodeBatch([{op: 'unlink', path: '/etc/passwd\0.txt'}]), {code: 'ERR_PLAN_INVALID'});
});

test('a number that does not fit its field is refused', t => {
	for (const mask of [-1, 0x1_0000_0000, 0.5, Number.NaN, Infinity, '1', 1n, undefined]) {
		t.throws(() => encodePlan([{op: 'umask', mask: mask as number}]), {code: 'ERR_PLAN_INVALID', message: /^umask\.mask: must be an unsigned 32-bit integer/}, String(mask));
	}

	for (const flags of [-1n, 0x1_0000_0000_0000_0000n, 1, '1', undefined]) {
		t.throws(() => encodePlan([{op: 'unshare', flags: flags as bigint}]), {code: 'ERR_PLAN_INVALID', message: /^unshare\.flags: must be an unsigned 64-bit bigint/}, String(flags));
	}
});

test('a descriptor is never negative, and fits an int', t => {
	t.notThrows(() => encodePlan([{op: 'cgroup_join', tasks: 0x7FFF_FFFF as Fd}]));
	for (const tasks of [-1, 0x8000_0000, 1.5]) {
		t.throws(() => encodePlan([{op: 'cgroup_join', tasks: tasks as Fd}]), {code: 'ERR_PLAN_INVALID', message: /^cgroup_join\.tasks: /}, String(tasks));
	}
});

test('a string that is missing is refused, unless its field may be without', t => {
	t.throws(() => encodePlan([{op: 'hostname', name: undefined as unknown as string}]), {code: 'ERR_PLAN_INVALID', message: 'hostname.name: must be a string, not undefined'});
	t.notThrows(() => encodePlan([{op: 'mount', attributes: 0n, fstype: 'proc', source: undefined, options: [], target: '/proc', target_flags: 0, propagation: 0n}]));
});

test('a plan of the greatest length is encoded, one of a byte more is refused', t => {
	const withName = (length: number): Uint8Array => encodePlan([{op: 'hostname', name: 'x'.repeat(length)}]);
	const room = wire.listMax - withName(0).length;

	t.is(withName(room).length, wire.listMax);
	t.throws(() => withName(room + 1), {code: 'ERR_PLAN_INVALID', message: `a list of 1 operations takes ${wire.listMax + 1} bytes; ${wire.listMax} is the most`});
});

test('a plan of thousands of steps is encoded', t => {
	const program = compile(t, ['test/nsenter/wire_dump.c']);
	const steps = Array.from({length: 5000}, (_, index): Step => ({op: 'readonly', path: `/proc/${index}`}));
	const [lines] = dumpLists(program, [{magic: wire.planMagic, bytes: encodePlan(steps)}]);

	t.is(lines!.length, 5001);
	t.is(lines!.at(-1), 'sound');
});
