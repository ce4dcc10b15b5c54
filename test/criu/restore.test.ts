import test from 'ava';
import {restore} from '../../ts/criu/restore.js';
import type {CriuRun} from '../../ts/criu/client.js';
import {FakeCriu, notification, type FakeCriuOptions, type Peer} from '../support/fake-criu.js';

const good: Peer = function* () {
	yield notification('pre-restore');
	yield notification('setup-namespaces', 7);
	yield notification('post-restore', 7);
	yield {type: 'RESTORE', success: true, restore: {pid: 7}};
};

const fakeOf = (peer: Peer, options: FakeCriuOptions = {}) => new FakeCriu({...options, peers: [peer]});
const run = (fake: FakeCriu, how: CriuRun = {}) => restore({native: fake.native, path: '/opt/criu'}, {imagesDir: '/images'}, how);

test('a restore gives the root task, as our child', async t => {
	const fake = fakeOf(good);

	const {pid, pidfd} = await run(fake);

	t.is(pid, 7);
	t.deepEqual([...fake.open], [pidfd]);
	t.deepEqual(fake.signals, []);
	t.like(fake.requests[0], {type: 'RESTORE', opts: {rst_sibling: true, log_file: 'restore.log'}});
});

test('a tree without namespaces is known by the response alone', async t => {
	const fake = fakeOf(function* () {
		yield {type: 'RESTORE', success: true, restore: {pid: 9}};
	});

	t.is((await run(fake)).pid, 9);
	t.is(fake.open.size, 1);
});

test('rstSibling can be turned off', async t => {
	const fake = fakeOf(good);
	await restore({native: fake.native, path: '/opt/criu'}, {imagesDir: '/images', rstSibling: false});

	t.is(fake.requests[0]!.opts!.rst_sibling, false);
});

test('handlers are called with the pid', async t => {
	const seen: string[] = [];
	await run(fakeOf(good), {handlers: {setupNamespaces: pid => void seen.push(`setup ${pid}`), postRestore: pid => void seen.push(`post ${pid}`)}});

	t.deepEqual(seen, ['setup 7', 'post 7']);
});

for (const script of ['setupNamespaces', 'postRestore'] as const) {
	test(`a ${script} that throws leaves no task`, async t => {
		const fake = fakeOf(function* () {
			for (const step of ['setup-namespaces', 'post-restore']) {
				if (!(yield notification(step, 7)).notify_success) {
					break;
				}
			}

			yield {type: 'RESTORE', success: false, restore: {pid: 7}};
		});

		await t.throwsAsync(run(fake, {handlers: {[script]() {
			throw new Error('no network');
		}}}), {code: 'ERR_CRIU_FAILED', message: /^CRIU did not restore from \/images: called off at .*: no network$/});
		t.deepEqual(fake.signals, ['task 7 9']);
		t.deepEqual([...fake.open], []);
	});
}

test('the half-made task of a CRIU that died is killed', async t => {
	const fake = fakeOf(function* () {
		yield notification('setup-namespaces', 7);
	}, {exit: {code: null, signal: 9}});

	await t.throwsAsync(run(fake), {message: 'CRIU could not restore from /images: CRIU was ended by signal 9 without an answer'});
	t.deepEqual(fake.signals, ['task 7 9']);
	t.deepEqual([...fake.open], []);
});

const refusing: Peer = function* () {
	yield {type: 'RESTORE', success: false, restore: {pid: 7}};
};

const moreFields = ' 0'.repeat(20);

test('a task that CRIU killed itself is waited for if it is our child', async t => {
	const fake = fakeOf(refusing, {files: {'/proc/7/stat': `7 (a) b) Z ${process.pid} 7 7 0${moreFields}`}});

	await t.throwsAsync(run(fake), {code: 'ERR_CRIU_FAILED'});
	t.true(fake.calls.includes('pidfdOpen'));
	t.deepEqual([...fake.open], []);
});

test('a process that only has its pid is let alone', async t => {
	for (const stat of [`7 (sh) S 1 7 7 0${moreFields}`, `7 (x) S ${process.pid} 1) S 1 7 7 0${moreFields}`]) {
		const fake = fakeOf(refusing, {files: {'/proc/7/stat': stat}});
		await t.throwsAsync(run(fake), {code: 'ERR_CRIU_FAILED'});
		t.false(fake.calls.includes('pidfdOpen'));
		t.deepEqual(fake.signals, []);
	}
});

test('a restore leaves nothing, whichever call fails', async t => {
	for (let failAt = 1; ; failAt++) {
		const fake = fakeOf(good, {failAt});
		const restored = await run(fake).catch(() => undefined);

		t.deepEqual([...fake.open], restored ? [restored.pidfd] : [], `after failing call ${failAt}: ${fake.calls.at(-1)}`);
		if (fake.calls.length < failAt) {
			t.truthy(restored);
			break;
		}

		t.is(restored, undefined);
		if (fake.calls.indexOf('pidfdOpen') + 1 < failAt && fake.calls.includes('pidfdOpen')) {
			t.true(fake.signals.includes('task 7 9'), `after failing call ${failAt}`);
		}
	}
});
