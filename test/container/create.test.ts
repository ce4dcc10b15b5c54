import test, {type ExecutionContext} from 'ava';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {defaultConfig} from '../../ts/oci/spec.js';
import {FakeNative, machineFiles, type FakeOptions} from '../support/fake-native.js';

const spec = defaultConfig({cgroupVersion: 1});
const config = {...spec, process: {...spec.process!, terminal: false}};

/** What is left of a container, by kind; one /dev/null is the runtime's own and stays. */
const rest = (native: FakeNative) => ({
	open: [...native.open.values()].filter((what, index, all) => what !== '/dev/null' || all.indexOf(what) < index),
	directories: [...native.directories].filter(path => path !== '/state'),
	files: [...native.files.keys()].filter(path => path.startsWith('/state/') || (path.startsWith('/cg/') && !(path in machineFiles) && !/\/(devices\.(allow|deny)|cgroup\.kill)$/.test(path))),
	alive: native.alive,
});

const nothing = {open: [], directories: [], files: [], alive: []};

const runtimeOver = (native: FakeNative) => new RuntimeCore(native, {root: '/state'});

const hook = {path: '/bin/hook'};
const hooks = {prestart: [hook], createRuntime: [hook, hook], createContainer: [hook], startContainer: [hook], poststop: [hook, hook]};

for (const [what, verb, tried, options] of [
	['create', 'create', config, {}], ['create of a slow init', 'create', config, {isSlow: true}], ['create with hooks', 'create', {...config, hooks}, {}],
	['run', 'run', config, {}], ['run of a slow init', 'run', config, {isSlow: true}], ['run in a host that does things aside', 'run', config, {hasAside: true}],
] as const) {
	test(`${what} leaves nothing behind, whichever call fails`, async t => {
		await failEach(t, verb, tried, options);
	});
}

test('an init that asks whether it may go on, and was answered before, is not answered again', async t => {
	for (const isSlow of [false, true]) {
		const native = new FakeNative({isSlow});
		let answers = 0;
		const batch = native.batch.bind(native);
		native.batch = async ops => {
			answers += ops.filter(op => op.op === 'send').length;
			return batch(ops);
		};

		t.is(await (await runtimeOver(native).run('web', {bundle: '/bundle', config, stdio: 'ignore'})).status(), 'running');
		t.is(answers, 1, isSlow ? 'slow' : '');
	}
});

const failEach = async (t: ExecutionContext, verb: 'create' | 'run', tried: typeof config, options: FakeOptions): Promise<void> => {
	for (let failAt = 1; ; failAt++) {
		const native = new FakeNative({failAt, ...options});
		const container = await runtimeOver(native)[verb]('web', {bundle: '/bundle', config: tried, stdio: 'pipe'}).catch(() => undefined);
		if (native.calls < failAt) {
			t.truthy(container);
			t.true(failAt > 40);
			return; // No call was refused: every one before has had its turn
		}

		// A call whose failure is allowed does not stop create
		await container?.delete({force: true});
		for (const stream of [container?.stdin, container?.stdout, container?.stderr]) {
			stream?.destroy();
		}

		t.deepEqual(rest(native), nothing, `after failing call ${failAt}`);
	}
};

test('delete with force removes what any failed create or start left, and all there was', async t => {
	const native = new FakeNative();
	const container = await runtimeOver(native).create('web', {bundle: '/bundle', config, stdio: 'ignore'});
	await container.delete({force: true});

	t.deepEqual(rest(native), nothing);
});

test('an id that is in use is refused, and the container that has it stays', async t => {
	const native = new FakeNative();
	const runtime = runtimeOver(native);
	await runtime.create('web', {bundle: '/bundle', config, stdio: 'ignore'});
	const before = rest(native);

	await t.throwsAsync(runtime.create('web', {bundle: '/bundle', config, stdio: 'ignore'}), {
		code: 'ERR_CONTAINER_EXISTS',
		message: 'container web exists already',
	});

	t.deepEqual(rest(native), before);
	t.is((await runtime.list()).length, 1);
});

test('a cgroup in which somebody lives is refused, and left alone', async t => {
	const native = new FakeNative({files: {'/cg/unified/web/cgroup.procs': '4711\n'}});
	for (const name of ['memory', 'cpu', 'cpuacct', 'pids', 'devices', 'unified']) {
		native.directories.add(`/cg/${name}/web`);
	}

	await t.throwsAsync(runtimeOver(native).create('web', {bundle: '/bundle', config, stdio: 'ignore'}), {
		code: 'ERR_CGROUP_LAYOUT',
		message: 'the cgroup /web is not empty: it has 1 process(es)',
	});

	t.true(native.directories.has('/cg/memory/web'));
	t.false(native.files.has('/cg/devices/web/devices.deny'));
	t.false(native.directories.has('/state/web'));
});

const pidIsSaved = test.macro({title: (_, isSlow: boolean) => `the pid is saved before ${isSlow ? 'a slow' : 'an'} init is let go`, async exec(t, isSlow: boolean) {
	const native = new FakeNative({isSlow});
	let saved: string | undefined;
	const batch = native.batch.bind(native);
	native.batch = async ops => {
		const results = await batch(ops);
		if (ops.some(op => op.op === 'send')) {
			saved = native.files.get('/state/web/state.json');
			t.true(ops.findIndex(op => op.op === 'rename') < ops.findIndex(op => op.op === 'send'));
		}

		return results;
	};

	const container = await runtimeOver(native).create('web', {bundle: '/bundle', config, stdio: 'ignore'});
	t.is((JSON.parse(saved!) as {pid: number}).pid, container.pid);
}});
test(pidIsSaved, false);
test(pidIsSaved, true);

for (const [what, namespaces, expected] of [
	['a new network namespace is made aside', [{type: 'network'}, {type: 'mount'}], true],
	['one that belongs to a user namespace is not', [{type: 'network'}, {type: 'mount'}, {type: 'user'}], false],
	['one that is joined is not', [{type: 'network', path: '/netns'}, {type: 'mount'}], false],
	['namespaces that are no list are left to the checks', 'network', false],
] as const) {
	test(`where the host can, ${what}`, async t => {
		const native = new FakeNative({hasAside: true, files: {'/netns': ''}});
		const made: string[] = [];
		const batch = native.batch.bind(native);
		native.batch = async ops => {
			made.push(...ops.map(({op}) => op).filter(op => op === 'netns_new'));
			return batch(ops);
		};

		const tried = {...config, linux: {...config.linux, namespaces}} as unknown as typeof config;
		const container = await runtimeOver(native).create('web', {bundle: '/bundle', config: tried, stdio: 'ignore'}).catch(() => undefined);
		t.is(made.length, expected ? 1 : 0);
		await container?.delete({force: true});
		t.deepEqual(rest(native), nothing);
	});
}

test('a config that is refused leaves no network namespace that was made aside', async t => {
	const native = new FakeNative({hasAside: true});
	await t.throwsAsync(runtimeOver(native).create('web', {bundle: '/bundle', config: {...config, hostname: 'web\0'}, stdio: 'ignore'}), {code: 'ERR_CONFIG_INVALID'});
	t.deepEqual(rest(native), nothing);
});
