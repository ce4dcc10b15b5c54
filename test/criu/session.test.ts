import test from 'ava';
import {CriuSession} from '../../ts/criu/session.js';
import type {CriuHandlers} from '../../ts/criu/notify.js';
import {FakeCriu, notification, type FakeCriuOptions, type Peer} from '../support/fake-criu.js';

/** A session with a peer, as startCriu() makes it. */
const connect = async (peer: Peer, options: FakeCriuOptions = {}) => {
	const fake = new FakeCriu({...options, peers: [peer]});
	const {native} = fake;
	const [ours, theirs] = native.socketpair();
	await native.spawn({flags: 0n, stdio: [theirs, theirs, theirs], fds: [theirs], plan: []});
	return {fake, session: new CriuSession(native, ours)};
};

test('a request gets its response', async t => {
	const {fake, session} = await connect(function* () {
		yield {type: 'VERSION', success: true, version: {major_number: 4, minor_number: 2, sublevel: 1}};
	});

	const {response, rejected} = await session.request({type: 'VERSION'});

	t.like(response, {type: 'VERSION', success: true, version: {major_number: 4, minor_number: 2, sublevel: 1}});
	t.is(rejected, undefined);
	t.deepEqual(fake.requests.map(({type}) => type), ['VERSION']);
});

test('every notification reaches its handler, in order, and is answered yes', async t => {
	const scripts = ['pre-dump', 'network-lock', 'query-ext-files', 'post-dump', 'network-unlock', 'status-ready', 'pre-restore', 'post-setup-namespaces', 'pre-resume', 'post-resume'];
	const seen: string[] = [];
	const note = (what: string) => async () => {
		await Promise.resolve();
		seen.push(what);
	};
	const handlers: CriuHandlers = {
		preDump: note('pre-dump'),
		networkLock: note('network-lock'),
		queryExtFiles: note('query-ext-files'),
		postDump: note('post-dump'),
		networkUnlock: note('network-unlock'),
		statusReady: note('status-ready'),
		preRestore: note('pre-restore'),
		postSetupNamespaces: note('post-setup-namespaces'),
		preResume: note('pre-resume'),
		postResume: note('post-resume'),
		setupNamespaces: pid => void seen.push(`setup-namespaces ${pid}`),
		postRestore: pid => void seen.push(`post-restore ${pid}`),
	};
	const {fake, session} = await connect(function* () {
		for (const script of scripts) {
			yield notification(script);
		}

		yield notification('setup-namespaces', 7);
		yield notification('post-restore', 8);
		yield {type: 'DUMP', success: true};
	});

	await session.request({type: 'DUMP'}, handlers);

	t.deepEqual(seen, [...scripts, 'setup-namespaces 7', 'post-restore 8']);
	t.true(fake.requests.slice(1).every(({type, notify_success: good}) => type === 'NOTIFY' && good));
	t.is(fake.requests.length, 1 + scripts.length + 2);
});

test('a notification that nobody knows or waits for is answered yes', async t => {
	const {fake, session} = await connect(function* () {
		yield notification('from-the-future');
		yield notification('constructor');
		yield notification('post-dump');
		yield {type: 'DUMP', success: true};
	});

	await session.request({type: 'DUMP'});

	t.deepEqual(fake.requests.slice(1).map(({notify_success: good}) => good), [true, true, true]);
});

test('a handler that throws is answered no, and its error is kept to the end', async t => {
	const {fake, session} = await connect(function* () {
		yield notification('pre-dump');
		const answer = yield notification('post-dump');
		t.is(answer.notify_success, false);
		yield notification('network-unlock');
		yield {type: 'DUMP', success: false};
	});
	const error = new Error('the disk is slow');

	const {response, rejected} = await session.request({type: 'DUMP'}, {
		async postDump() {
			throw error;
		},
		networkUnlock() {
			throw new Error('this one comes later');
		},
	});

	t.deepEqual(rejected, {script: 'post-dump', error});
	t.false(response?.success);
	t.deepEqual(fake.requests.slice(1).map(({notify_success: good}) => good), [true, false, false]);
});

test('the terminal is handed to its handler, and closed if there is none', async t => {
	const peer: Peer = function* () {
		yield {response: notification('orphan-pts-master'), fds: 1};
		yield {type: 'RESTORE', success: true, restore: {pid: 1}};
	};
	const first = await connect(peer);
	const before = first.fake.open.size;

	await first.session.request({type: 'RESTORE'});

	t.is(first.fake.open.size, before);
	const second = await connect(peer);
	const terminals: number[] = [];
	await second.session.request({type: 'RESTORE'}, {orphanPtsMaster: fd => void terminals.push(fd)});
	t.is(terminals.length, 1);
	t.true(second.fake.open.has(terminals[0]!));
});

test('a descriptor that comes with anything else is closed', async t => {
	const {fake, session} = await connect(function* () {
		yield {response: notification('post-dump'), fds: 1};
		yield {response: {type: 'DUMP', success: true}, fds: 1};
	});
	const before = fake.open.size;

	await session.request({type: 'DUMP'}, {postDump() {}});

	t.is(fake.open.size, before);
});

test('a CRIU that ends in the middle leaves no response', async t => {
	const {session} = await connect(function* () {
		yield notification('pre-dump');
	});

	t.deepEqual(await session.request({type: 'DUMP'}), {response: undefined, rejected: undefined});
});

test('a CRIU that is gone before it is asked is one that has ended', async t => {
	const {session} = await connect(function* () {}, {sendErrno: 'EPIPE'});

	t.is((await session.request({type: 'VERSION'})).response, undefined);
});

test('bytes that are no response are ERR_CRIU_UNUSABLE', async t => {
	const {session} = await connect(function* () {
		yield new Uint8Array([0xff, 0xff, 0xff]);
	});

	await t.throwsAsync(session.request({type: 'VERSION'}), {code: 'ERR_CRIU_UNUSABLE'});
});

test('a request that is too long is ERR_ARGUMENT and says what makes it long', async t => {
	const {session} = await connect(function* () {}, {sendErrno: 'EMSGSIZE'});

	await t.throwsAsync(session.request({type: 'DUMP', opts: {images_dir_fd: 3, external: Array.from({length: 9000}, () => 'mnt[/some/where]:name')}}), {
		code: 'ERR_ARGUMENT',
		message: /^a request of \d{6} bytes is too long for CRIU's socket \(use fewer entries in external/,
	});
});

test('a second request goes through the same session', async t => {
	const {fake, session} = await connect(function* () {
		const second = yield {type: 'VERSION', success: true, version: {major_number: 4, minor_number: 2}};
		t.is(second.type, 'FEATURE_CHECK');
		yield {type: 'FEATURE_CHECK', success: true, features: {mem_track: false}};
	});

	await session.request({type: 'VERSION', keep_open: true});
	const {response} = await session.request({type: 'FEATURE_CHECK', features: {mem_track: true}});

	t.like(response?.features, {mem_track: false});
	session.close();
	session.close();
	t.is(fake.requests.length, 2);
});

test('a session that is closed answers nothing', async t => {
	const {session} = await connect(function* () {});
	session.close();

	await t.throwsAsync(session.request({type: 'VERSION'}), {code: 'ERR_CRIU_FAILED', message: 'the session with CRIU is closed'});
});
