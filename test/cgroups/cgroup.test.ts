import test from 'ava';
import {Cgroup} from '../../ts/cgroups/cgroup.js';
import type {CgroupRecord} from '../../ts/cgroups/plan.js';
import {CtnError} from '../../ts/errors.js';
import {decodeUtf8, encodeUtf8} from '../../ts/linux/utf8.js';
import type {HostOp, HostResult} from '../../ts/native/native.js';
import {FakeNative} from '../support/fake-native.js';

const v1: CgroupRecord = {
	mode: 'v1', path: '/web', unified: undefined,
	v1: {cpu: '/cg/cpu,cpuacct/web', cpuacct: '/cg/cpu,cpuacct/web', memory: '/cg/memory/web', freezer: '/cg/freezer/web'},
};
const hybrid: CgroupRecord = {...v1, mode: 'hybrid', unified: '/cg/unified/web', v1: {memory: '/cg/memory/web'}};
const v2: CgroupRecord = {mode: 'v2', path: '/web', unified: '/cg/web', v1: {}};

const wrong = (op: HostOp, errno: string): CtnError =>
	new CtnError('ERR_NATIVE', `${op.op}: ${errno}`, {errno, syscall: op.op, subject: 'path' in op ? op.path : undefined});

/** Answers some ops itself, writes each down, and sleeps without a clock. */
class Scripted extends FakeNative {
	readonly log: string[] = [];
	readonly sleeps: number[] = [];
	readonly #answer: (op: HostOp, native: Scripted) => HostResult | string | CtnError | undefined;

	constructor(files: Readonly<Record<string, string>>, answer: (op: HostOp, native: Scripted) => HostResult | string | CtnError | undefined = () => undefined) {
		super({files});
		this.#answer = answer;
	}

	override async batch(ops: readonly HostOp[]): Promise<HostResult[]> {
		const results: HostResult[] = [];
		for (const op of ops) {
			const what = op.op === 'write' ? `${op.path}=${decodeUtf8(op.data!)}` : 'path' in op ? op.path : 'pid' in op ? op.pid : 'signal' in op ? `${this.open.get(op.pidfd)} ${op.signal}` : '';
			this.log.push(`${op.op} ${what}`);
			const answer = this.#answer(op, this);
			if (answer instanceof CtnError) {
				throw answer;
			}

			results.push(typeof answer === 'string' ? encodeUtf8(answer) : answer ?? (await super.batch([op]))[0]!);
		}

		return results;
	}

	override async sleep(milliseconds?: number): Promise<void> {
		this.sleeps.push(milliseconds ?? 0);
	}

	/** What was written down of these ops. */
	did(...ops: string[]): string[] {
		return this.log.filter(line => ops.includes(line.split(' ')[0]!));
	}
}

test('directories that two controllers share are one', t => {
	t.deepEqual(new Cgroup(new FakeNative(), v1).directories, ['/cg/cpu,cpuacct/web', '/cg/memory/web', '/cg/freezer/web']);
	t.deepEqual(new Cgroup(new FakeNative(), hybrid).directories, ['/cg/memory/web', '/cg/unified/web']);
});

test('cgroup2 freezes wherever there is one, the freezer of v1 elsewhere', async t => {
	const freezer = new Scripted({});
	await new Cgroup(freezer, v1).freeze();
	await new Cgroup(freezer, v1).thaw();
	t.deepEqual(freezer.did('write'), ['write /cg/freezer/web/freezer.state=FROZEN', 'write /cg/freezer/web/freezer.state=THAWED']);

	for (const record of [hybrid, v2]) {
		const native = new Scripted({}, (op, {files}) => op.op === 'read' ? `populated 1\nfrozen ${files.get(`${record.unified!}/cgroup.freeze`)}\n` : undefined);
		await new Cgroup(native, record).freeze();
		await new Cgroup(native, record).thaw();
		t.deepEqual(native.did('write'), [`write ${record.unified!}/cgroup.freeze=1`, `write ${record.unified!}/cgroup.freeze=0`]);
	}
});

test('freeze returns when all are frozen, and tells v1 again until they are', async t => {
	let asked = 0;
	const native = new Scripted({}, op => op.op === 'read' ? (++asked < 4 ? 'FREEZING\n' : 'FROZEN\n') : undefined);
	await new Cgroup(native, v1).freeze();

	t.is(native.did('write').length, 4);
	t.deepEqual(native.sleeps, [0, 1, 2]);
});

test('a container is frozen if the kernel says that it was asked to, on v1 that it is', t => {
	const state = (record: CgroupRecord, text: string | number): boolean =>
		new Cgroup(new FakeNative(), record).isFrozen(typeof text === 'string' ? encodeUtf8(text) : text);

	t.true(state(v1, 'FROZEN\n'));
	t.false(state(v1, 'FREEZING\n'));
	t.false(state(v1, 'THAWED\n'));
	t.true(state(v2, '1\n'));
	t.false(state(v2, '0\n'));
	t.false(state(v2, -2), 'its cgroup is gone');
});

test('the processes of a container are those of the cgroups below it, too, once each', async t => {
	const native = new Scripted({
		'/cg/web/cgroup.procs': '12\n7\n',
		'/cg/web/a/cgroup.procs': '9\n7\n',
		'/cg/web/a/b/cgroup.procs': '100\n',
	});
	for (const directory of ['/cg/web', '/cg/web/a', '/cg/web/a/b', '/cg/web/empty']) {
		native.directories.add(directory);
	}

	t.deepEqual(await new Cgroup(native, v2).pids(), [7, 9, 12, 100]);
	t.deepEqual(await new Cgroup(new Scripted({}), v2).pids(), [], 'none when it is gone');
});

test('kill is one write where the kernel can', async t => {
	const native = new Scripted({});
	await new Cgroup(native, hybrid).kill();

	t.deepEqual(native.log, ['write /cg/unified/web/cgroup.kill=1']);
});

test('elsewhere kill signals each by pidfd, closes what it opened, and thaws', async t => {
	const native = new Scripted({'/cg/freezer/web/cgroup.procs': '12\n7\n'});
	await new Cgroup(native, v1).kill();

	t.deepEqual(native.did('pidfd_signal'), ['pidfd_signal pidfd 7 9', 'pidfd_signal pidfd 12 9']);
	t.deepEqual([...native.open], []);
	t.is(native.log.at(-1), 'write /cg/freezer/web/freezer.state=THAWED');
});

test('a pid that became somebody else\'s before it was opened is not signalled', async t => {
	let reads = 0;
	const native = new Scripted({}, op => op.op === 'read' && op.path.endsWith('cgroup.procs') ? (++reads === 1 ? '7\n12\n' : '12\n') : undefined);
	await new Cgroup(native, v1).kill();

	t.deepEqual(native.did('pidfd_signal'), ['pidfd_signal pidfd 12 9']);
	t.deepEqual([...native.open], []);
});

test('a process that is gone before it is opened is no error', async t => {
	const native = new Scripted({'/cg/freezer/web/cgroup.procs': '7\n12\n'}, op => op.op === 'pidfd_open' && op.pid === 7 ? -3 : undefined);
	await new Cgroup(native, v1).kill();

	t.deepEqual(native.did('pidfd_signal'), ['pidfd_signal pidfd 12 9']);
});

test('a kernel without cgroup.kill is helped by hand', async t => {
	const native = new Scripted({'/cg/web/cgroup.procs': '7\n'}, op => op.op === 'write' && op.path.endsWith('cgroup.kill') ? -2 : undefined);
	await new Cgroup(native, v2).kill();

	t.deepEqual(native.did('pidfd_signal'), ['pidfd_signal pidfd 7 9']);
});

test('remove takes every directory away, and one that is gone is no error', async t => {
	const native = new Scripted({});
	native.directories.add('/cg/memory/web');
	await new Cgroup(native, v1).remove();

	t.deepEqual(native.did('rmdir'), ['rmdir /cg/cpu,cpuacct/web', 'rmdir /cg/memory/web', 'rmdir /cg/freezer/web']);
	t.deepEqual([...native.directories], []);
	t.deepEqual(native.sleeps, []);
});

test('remove waits for processes that are still dying, and removes what the container made below', async t => {
	let busy = 3;
	const native = new Scripted({}, op => op.op === 'rmdir' && op.path === '/cg/web' && busy-- > 0 ? wrong(op, 'EBUSY') : undefined);
	for (const directory of ['/cg/web', '/cg/web/a', '/cg/web/a/b']) {
		native.directories.add(directory);
	}

	await new Cgroup(native, v2).remove();

	t.deepEqual(native.did('rmdir').slice(0, 3), ['rmdir /cg/web', 'rmdir /cg/web/a/b', 'rmdir /cg/web/a']);
	t.deepEqual([...native.directories], []);
	t.is(native.sleeps.length, 3);
});

test('remove gives up after ten seconds, with the error of the kernel', async t => {
	const native = new Scripted({}, op => op.op === 'rmdir' ? wrong(op, 'EBUSY') : undefined);

	await t.throwsAsync(new Cgroup(native, v2).remove(), {code: 'ERR_NATIVE', message: 'rmdir: EBUSY'});
	const waited = native.sleeps.reduce((sum, milliseconds) => sum + milliseconds, 0);
	t.true(waited > 8000 && waited < 12_000, `${waited} ms`);
});

test('remove does not wait for what waiting will not help', async t => {
	const native = new Scripted({}, op => op.op === 'rmdir' ? wrong(op, 'EPERM') : undefined);

	await t.throwsAsync(new Cgroup(native, v2).remove(), {message: 'rmdir: EPERM'});
	t.deepEqual(native.sleeps, []);
});
