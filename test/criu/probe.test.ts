import test from 'ava';
import {criuCandidates, findCriu} from '../../ts/criu/find.js';
import {probeCriu, workingCriu} from '../../ts/criu/probe.js';
import type {CriuFeatures} from '../../ts/criu/rpc.gen.js';
import {FakeCriu, type FakeCriuOptions, type Peer} from '../support/fake-criu.js';

const executable = 0o100755;

interface Kind {
	readonly version?: readonly [number, number, number?];
	readonly features?: CriuFeatures | undefined;
	readonly check?: boolean;
}

/** A CRIU of some kind; every process of it answers whatever it is asked. */
const peerOf = ({version = [4, 2, 1], features, check = true}: Kind): Peer => function* (first) {
	const answer = (type: string) => {
		switch (type) {
			case 'VERSION': return {type: 'VERSION', success: true, version: {major_number: version[0], minor_number: version[1], sublevel: version[2]}} as const;
			case 'FEATURE_CHECK': return {type: 'FEATURE_CHECK', success: features !== undefined, features} as const;
			default: return {type: 'CHECK', success: check} as const;
		}
	};

	let request = first;
	for (;;) {
		request = yield answer(request.type);
		if (request === undefined) {
			return;
		}
	}
};

const all = {mem_track: true, lazy_pages: true, pidfd_store: true};
const fakeOf = (kind: Kind, options: FakeCriuOptions = {}) => new FakeCriu({
	peers: [peerOf({features: all, ...kind})],
	files: {'/proc/sys/kernel/osrelease': '6.18.44-x\n'},
	modes: {'/opt/ctnative/criu/bin/criu': executable, '/usr/sbin/criu': executable, '/usr/bin/criu': 0o100644, '/bin/criu': 0o40755},
	...options,
});

test('the private CRIU comes before that of $PATH, and a given one alone', t => {
	t.deepEqual(criuCandidates({searchPath: ['/usr/sbin/', '/opt/ctnative/criu/bin', 'relative', '/bin']}), ['/opt/ctnative/criu/bin/criu', '/usr/sbin/criu', '/bin/criu']);
	t.deepEqual(criuCandidates({path: '/x/criu', searchPath: ['/usr/sbin']}), ['/x/criu']);
});

test('only files that can be executed are found', async t => {
	const {native} = fakeOf({});

	t.deepEqual((await findCriu(native, {searchPath: ['/bin', '/nowhere', '/usr/bin', '/usr/sbin']})).map(({path}) => path), ['/opt/ctnative/criu/bin/criu', '/usr/sbin/criu']);
	await t.throwsAsync(findCriu(native, {path: '/nowhere/criu'}), {
		code: 'ERR_CRIU_NOT_FOUND',
		message: /^CRIU is not installed: there is no executable \/nowhere\/criu \(run "ctnative setup-criu"/,
	});
});

test('a CRIU that works says what the kernel has', async t => {
	const fake = fakeOf({features: {mem_track: false, lazy_pages: true, pidfd_store: true}});

	t.like(await probeCriu(fake.native, '/usr/sbin/criu'), {
		path: '/usr/sbin/criu', works: true, lazyPages: true, memTrack: false, pidfdStore: true, version: {major: 4, minor: 2, sublevel: 1, text: '4.2.1'},
		findings: [{feature: 'memTrack', reason: 'this kernel has no CONFIG_MEM_SOFT_DIRTY', cure: 'take full checkpoints, or use lazyPages'}],
	});
	t.deepEqual([...fake.open], []);
	t.deepEqual(fake.requests.map(({type}) => type).sort(), ['CHECK', 'FEATURE_CHECK', 'VERSION']);
	t.true(fake.requests.find(({type}) => type === 'VERSION')!.keep_open);
	t.is(fake.requests.find(({type}) => type === 'CHECK')!.opts, undefined);
	t.is(fake.spawns.length, 2);
});

test('it is asked once', async t => {
	const fake = fakeOf({});
	const {native} = fake;

	const [first, second] = await Promise.all([probeCriu(native, '/usr/sbin/criu'), probeCriu(native, '/usr/sbin/criu')]);
	t.is(await probeCriu(native, '/usr/sbin/criu'), first);

	t.is(first, second);
	t.is(fake.spawns.length, 2);
});

for (const [what, kind, release, reason] of [
	['that cannot look at the kernel', {version: [3, 17, 1], features: undefined}, '6.18.0', 'CRIU 3.17.1 at /usr/sbin/criu does not run on kernel 6.18.0'],
	['that is not content with the kernel', {check: false}, '6.18.0', 'CRIU 4.2.1 at /usr/sbin/criu does not run on kernel 6.18.0'],
	['of before 4.2 on a kernel since 6.16', {version: [4, 1, 1]}, '6.16.0-rc1', 'CRIU 4.1.1 at /usr/sbin/criu cannot checkpoint programs with network sockets on kernel 6.16.0-rc1: that needs CRIU 4.2'],
	['of before 3.17', {version: [3, 16]}, '5.10.0', 'CRIU 3.16 at /usr/sbin/criu is too old: 3.17 is the first that can lock a network by nftables'],
] as const) {
	test(`a CRIU ${what} does not work`, async t => {
		const {native} = fakeOf(kind, {files: {'/proc/sys/kernel/osrelease': release}});

		const {works, findings} = await probeCriu(native, '/usr/sbin/criu');

		t.false(works);
		t.like(findings, {0: {feature: 'criu', reason}, length: 1});
	});
}

test('a CRIU of before 4.2 works on an older kernel', async t => {
	const {native} = fakeOf({version: [4, 1, 1]}, {files: {'/proc/sys/kernel/osrelease': '6.15.9'}});

	t.true((await probeCriu(native, '/usr/sbin/criu')).works);
});

test('a CRIU that says nothing does not work', async t => {
	const fake = fakeOf({}, {peers: [function* () {}], output: 'criu: error while loading shared libraries'});

	t.like(await probeCriu(fake.native, '/usr/sbin/criu'), {works: false, version: undefined, lazyPages: false});
	t.deepEqual([...fake.open], []);
});

test('the first that works is taken', async t => {
	const bad = peerOf({check: false, features: all});
	const fake = fakeOf({}, {peers: [bad, bad, peerOf({features: all})]});

	t.is((await workingCriu(fake.native, {searchPath: ['/usr/sbin']})).path, '/usr/sbin/criu');
});

test('if none works the reasons of all are told', async t => {
	const {native} = fakeOf({check: false});

	await t.throwsAsync(workingCriu(native, {searchPath: ['/usr/sbin']}), {
		code: 'ERR_CRIU_UNUSABLE',
		message: /^CRIU 4\.2\.1 at \/opt\/ctnative\/criu\/bin\/criu does not run on kernel .*; CRIU 4\.2\.1 at \/usr\/sbin\/criu does not run .* \(run "ctnative setup-criu"/,
	});
});

test('a probe leaves nothing open, whichever call fails', async t => {
	for (let failAt = 1; ; failAt++) {
		const fake = fakeOf({}, {failAt});
		const done = await probeCriu(fake.native, '/usr/sbin/criu').catch(() => undefined);
		// Both processes are asked at once: one may still be on its way when the other has failed
		for (let turn = 0; turn < 50; turn++) {
			await new Promise<void>(resolve => {
				setImmediate(resolve);
			});
		}

		t.deepEqual([...fake.open], [], `after failing call ${failAt}`);
		if (fake.calls.length < failAt) {
			t.truthy(done);
			break;
		}
	}
});
