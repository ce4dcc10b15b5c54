// Where exec begins, on a machine of cgroup2 that is made up.
import test from 'ava';
import type {ExecOptions} from '../../ts/container/exec.js';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {CtnError} from '../../ts/errors.js';
import {defaultConfig} from '../../ts/oci/spec.js';
import {encodeBatch, encodePlan} from '../../ts/plan/encode.js';
import {FakeNative} from '../support/fake-native.js';

const spec = defaultConfig({cgroupVersion: 2});

const world = async (initAt: string) => {
	const native = new FakeNative({files: {'/proc/self/mountinfo': '40 20 0:40 / /cg rw - cgroup2 cgroup2 rw', '/proc/self/ns/cgroup': ''}});
	const container = await new RuntimeCore(native, {root: '/state'}).create('web', {bundle: '/bundle', config: {...spec, process: {...spec.process!, terminal: false}}, stdio: 'ignore'});
	native.files.set(`/proc/${container.pid}/cgroup`, `0::${initAt}\n`);
	const tried: Array<string | undefined> = [];
	const spawn = native.spawn.bind(native);
	native.spawn = async request => {
		const entered = request.before!.filter(op => op.op === 'open')[request.cgroupOpened!]?.path;
		tried.push(entered);
		if (entered === '/cg/web') {
			throw new CtnError('ERR_NATIVE', 'clone3: EBUSY', {errno: 'EBUSY', syscall: 'clone3'});
		}

		return spawn(request);
	};

	const open = native.open.size;
	return {native, container, tried, leaked: () => native.open.size - open};
};

test('exec goes beside init when no process can enter the cgroup of the container', async t => {
	const {container, tried} = await world('/web/init');
	await container.exec({args: ['true']});
	t.deepEqual(tried, ['/cg/web', '/cg/web/init']);
});

test('an init that went elsewhere takes nobody along, and nothing is left open', async t => {
	const {container, tried, leaked} = await world('/other');
	await t.throwsAsync(container.exec({args: ['true']}), {code: 'ERR_NATIVE', message: /EBUSY/});
	t.deepEqual(tried, ['/cg/web']);
	t.is(leaked(), 0);
});

test('a cgroup that was asked for is not replaced by another', async t => {
	const {container, tried} = await world('/web/init');
	await t.throwsAsync(container.exec({args: ['true'], cgroup: '/'}), {code: 'ERR_NATIVE', message: /EBUSY/});
	t.deepEqual(tried, ['/cg/web']);
});

test('a program that is run again is started by what was encoded for it, and another is not', async t => {
	const {native, container} = await world('/web');
	native.files.set('/cg/web/cgroup.freeze', '0\n');
	const encoded: boolean[] = [];
	native.spawn = async request => {
		encoded.push(request.encoded !== undefined);
		if (request.encoded) {
			t.deepEqual(request.encoded.before, encodeBatch(request.before!));
			t.deepEqual(request.encoded.plan, encodePlan(request.plan));
			t.is(request.encoded.after.length, 0);
		}

		return FakeNative.prototype.spawn.call(native, request);
	};

	const run = async (options: ExecOptions): Promise<boolean> => {
		await container.exec(options);
		return encoded.pop()!;
	};

	t.deepEqual([await run({args: ['true']}), await run({args: ['true']}), await run({args: ['true']})], [false, true, true]);
	t.deepEqual([await run({args: ['false']}), await run({args: ['true'], cwd: '/tmp'}), await run({args: ['true'], stdio: 'inherit'}), await run({args: ['true'], ignorePaused: true})], [false, false, false, false]);
	t.deepEqual([await run({args: ['true'], fds: [0]}), await run({args: ['true'], fds: [0]})], [false, false]);
	t.true(await run({args: ['false']}));
});
