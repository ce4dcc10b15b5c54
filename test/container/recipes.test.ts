// What is made of what was decided for an earlier container, over a Native that is made up.
import test, {type ExecutionContext} from 'ava';
import {RuntimeCore, type RuntimeOptions} from '../../ts/container/runtime.js';
import type {SpawnRequest} from '../../ts/native/native.js';
import {defaultConfig} from '../../ts/oci/spec.js';
import {encodeBatch, encodePlan} from '../../ts/plan/encode.js';
import {FakeNative} from '../support/fake-native.js';

const spec = defaultConfig({cgroupVersion: 1});
const config = {...spec, process: {...spec.process!, terminal: false, oomScoreAdj: 100}};
const text = (hostname: string): string => JSON.stringify({...config, hostname});

/** The bytes are those of the lists that are given beside them. */
const same = (t: ExecutionContext, {encoded, first, before, plan, after}: SpawnRequest): void => {
	t.deepEqual(encoded!.before, encodeBatch([...first!, ...before!]));
	t.deepEqual(encoded!.plan, encodePlan(plan));
	t.deepEqual(encoded!.after, encodeBatch(after!));
};

let bundles = 0;

/** A bundle of its own: what is remembered of bundles is the program's. */
const world = (t: ExecutionContext, options: ConstructorParameters<typeof FakeNative>[0] = {}, runtimeOptions: RuntimeOptions = {}) => {
	const bundle = `/bundle${bundles++}`;
	const native = new FakeNative({...options, files: {[`${bundle}/config.json`]: text('one'), ...options.files}});
	const spawned: SpawnRequest[] = [];
	const spawn = native.spawn.bind(native);
	native.spawn = async request => {
		spawned.push(request);
		if (request.encoded) {
			same(t, request);
		}

		return spawn(request);
	};

	return {native, bundle, spawned, runtime: new RuntimeCore(native, {root: '/state', ...runtimeOptions})};
};

for (const [what, options] of Object.entries<RuntimeOptions>({'': {}, ' that takes from a pool': {pool: {networkNamespaces: 4, cgroups: 4}}})) {
	test(`a third container of a bundle${what} is made of what was encoded for the first, and is its own`, async t => {
		const {bundle, spawned, runtime} = world(t, {}, options);
		for (const id of ['web1', 'web2', 'web3', 'web4', 'longer', 'longes']) {
			const container = await runtime.create(id, {bundle, stdio: 'ignore'});
			t.is((await runtime.load(id)).pid, container.pid);
			const {first, before} = spawned.at(-1)!;
			t.true(first!.some(op => op.op === 'mkdir' && op.path === `/state/${id}`));
			t.false([...first!, ...before!].some(op => 'path' in op && String(op.path).includes('AAAA')));
		}

		t.true(spawned.filter(({encoded}) => encoded).length >= (what === '' ? 3 : 1));
		await runtime.close();
	});
}

test('a third container of a bundle is removed by what was encoded for the first, and any by what was encoded while somebody waited for it', async t => {
	const {native, bundle, runtime} = world(t);
	let removed = 0;
	const batchEncoded = native.batchEncoded.bind(native);
	native.batchEncoded = async list => {
		removed++;
		t.deepEqual(list.encoded, encodeBatch(list.ops()));
		return batchEncoded(list);
	};

	const containers = [];
	for (const id of ['web1', 'web2', 'web3', 'web4']) {
		const container = await runtime.run(id, {bundle, stdio: 'ignore'});
		await container.kill('KILL');
		await container.wait();
		containers.push(container);
	}

	await containers.pop()!.delete();
	t.is(removed, 1);
	t.deepEqual((await runtime.list()).map(({id}) => id), ['web1', 'web2', 'web3']);
	t.false(native.directories.has('/cg/memory/web4'));
	t.true(native.directories.has('/cg/memory/web3'));
	await (await runtime.load('web3')).delete();
	t.is(removed, 1, 'what was loaded is not encoded');
	await containers[0]!.delete();
	t.is(removed, 2);
});

test('which container is meant, and when it was made, is in its state', async t => {
	const {bundle, runtime} = world(t);
	const times: string[] = [];
	for (const id of ['web1', 'web2', 'web3']) {
		const container = await runtime.create(id, {bundle, stdio: 'ignore'});
		const state = await container.state();
		t.is(state.id, id);
		t.deepEqual(await (await runtime.load(id)).state(), state);
		times.push(state.created);
	}

	t.true(times.every(time => Math.abs(Date.parse(time) - Date.now()) < 60_000));
});

test('a config.json that has changed since is read again; one that is gone is told of', async t => {
	const {native, bundle, runtime} = world(t);
	for (const id of ['web1', 'web2', 'web3']) {
		t.is((await runtime.create(id, {bundle, stdio: 'ignore'})).config.hostname, 'one');
	}

	native.files.set(`${bundle}/config.json`, text('two'));
	t.is((await runtime.create('web4', {bundle, stdio: 'ignore'})).config.hostname, 'two');
	native.files.delete(`${bundle}/config.json`);
	await t.throwsAsync(runtime.create('web5', {bundle, stdio: 'ignore'}), {code: 'ERR_CONFIG_NOT_FOUND'});
	t.deepEqual((await runtime.list()).map(({id}) => id), ['web1', 'web2', 'web3', 'web4']);
	t.false(native.directories.has('/cg/memory/web5'));
});

test('what has a say in a create is asked each time', async t => {
	const {bundle, spawned, runtime} = world(t);
	for (const id of ['web1', 'web2', 'web3']) {
		await runtime.create(id, {bundle, stdio: 'ignore', fds: [0]});
	}

	t.true(spawned.every(({encoded}) => encoded === undefined));
});

test('a container of a known bundle leaves nothing behind, whichever call fails', async t => {
	for (let failAt = 1; ; failAt++) {
		const {native, bundle, runtime} = world(t);
		for (const id of ['web1', 'web2']) {
			await (await runtime.create(id, {bundle, stdio: 'ignore'})).delete({force: true});
		}

		const rest = () => ({open: native.open.size, directories: [...native.directories], state: [...native.files.keys()].filter(path => path.startsWith('/state/')), alive: native.alive});
		const before = rest();
		const {calls} = native;
		native.failAt = calls + failAt;
		const container = await runtime.create('web3', {bundle, stdio: 'ignore'}).catch(() => undefined);
		const isOver = native.calls < calls + failAt;
		native.failAt = undefined;
		await container?.delete({force: true});
		t.deepEqual(rest(), before, `after failing call ${failAt}`);
		if (isOver) {
			t.true(failAt > 30);
			return;
		}
	}
});
