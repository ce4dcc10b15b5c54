import test from 'ava';
import {dump, preDump, type CriuRun} from '../../ts/criu/client.js';
import type {CriuOpts} from '../../ts/criu/opts.js';
import {wire} from '../../ts/plan/wire.gen.js';
import {FakeCriu, notification, type FakeCriuOptions, type Peer} from '../support/fake-criu.js';
import type {Fd} from '../../ts/native/native.js';

const path = '/opt/criu';
const good: Peer = function* () {
	yield notification('pre-dump');
	yield notification('post-dump');
	yield {type: 'DUMP', success: true};
};

const run = (fake: FakeCriu, opts: CriuOpts = {imagesDir: '/images'}, how: CriuRun = {}) => dump({native: fake.native, path}, 12, opts, how);
const fakeOf = (peer: Peer, options: FakeCriuOptions = {}) => new FakeCriu({...options, peers: [peer]});

test('a dump starts CRIU, asks, and leaves nothing open', async t => {
	const fake = fakeOf(good);

	await run(fake, {imagesDir: '/images', workDir: '/logs', inheritFd: [{key: 'a', fd: 70 as Fd}]}, {tasks: [80 as Fd, 81 as Fd]});

	t.deepEqual([...fake.open], []);
	t.like(fake.requests[0], {type: 'DUMP', opts: {pid: 12, notify_scripts: true, log_file: 'dump.log', log_level: 4, inherit_fd: [{key: 'a', fd: 4}]}});
	const {fds, plan, stdio} = fake.spawns[0]!;
	t.deepEqual(fds.slice(1), [70, 80, 81]);
	t.is(stdio[1], stdio[2]);
	const first = wire.firstFreeFd;
	t.deepEqual(plan, [
		{op: 'setsid'},
		{op: 'cgroup_join', tasks: first + 2 as Fd},
		{op: 'cgroup_join', tasks: first + 3 as Fd},
		{op: 'find_program', name: path, path: []},
		{op: 'exec', argv: [path, 'swrk', '3'], envp: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], skip_fds: 0, keep_fds: 2},
	]);
});

test('the directories are descriptors of this process', async t => {
	const fake = fakeOf(good);

	await run(fake, {imagesDir: '/images', workDir: '/logs'});

	const {images_dir_fd: images, work_dir_fd: work} = fake.requests[0]!.opts!;
	t.true(images >= 10 && work! >= 10 && images !== work);
});

test('given stdio is used and stays open', async t => {
	const fake = fakeOf(good);
	const stdio = [5 as Fd, 6 as Fd, 7 as Fd] as const;

	await run(fake, {imagesDir: '/images'}, {stdio});

	t.deepEqual(fake.spawns[0]!.stdio, stdio);
	t.false(fake.calls.includes('pipe'));
});

test('a bad option is refused before anything is touched', async t => {
	for (const opts of [{}, {imagesDir: '/images', ghostLimit: -1}, {imagesDir: '/images', nonsense: 1}]) {
		const fake = fakeOf(good);
		await t.throwsAsync(run(fake, opts), {code: 'ERR_ARGUMENT'});
		t.deepEqual(fake.calls, []);
	}
});

test('a dump of no process is refused: CRIU would take us', async t => {
	for (const pid of [0, -1, 1.5, Number.NaN, undefined as never]) {
		const fake = fakeOf(good);
		await t.throwsAsync(dump({native: fake.native, path}, pid, {imagesDir: '/images'}), {code: 'ERR_ARGUMENT', message: /^the pid must be/});
		t.deepEqual(fake.calls, []);
	}
});

test('a failure tells the lines of the log and the cure', async t => {
	const fake = fakeOf(function* () {
		yield {type: 'DUMP', success: false, cr_errno: 3, cr_errmsg: "rlimit: Can't setup RLIMIT_NOFILE for self"};
	}, {files: {'/logs/my.log': '(00.067612) Dumping file-locks\n(00.067613) Error (criu/file-lock.c:110): Some file locks are hold by dumping tasks!\n'}});

	const error = await t.throwsAsync(run(fake, {imagesDir: '/images', workDir: '/logs', logFile: 'my.log'}), {
		code: 'ERR_CRIU_FAILED',
		message: 'CRIU could not dump process 12: Some file locks are hold by dumping tasks! (set fileLocks)',
	});

	t.like(error, {errno: 'ESRCH', cure: 'set fileLocks', log: ['(00.067612) Dumping file-locks', '(00.067613) Error (criu/file-lock.c:110): Some file locks are hold by dumping tasks!']});
	t.deepEqual([...fake.open], []);
});

test('without a log what CRIU printed tells', async t => {
	const fake = fakeOf(function* () {
		yield {type: 'DUMP', success: false, cr_errno: 56};
	}, {output: "Warn  (criu/x.c:1): old\nError (criu/image.c:566): Can't open dir /proc/3/fd/4: No such file or directory\n"});

	await t.throwsAsync(run(fake), {message: "CRIU could not dump process 12: Can't open dir /proc/3/fd/4: No such file or directory"});
});

test('a CRIU that is killed in the middle is told apart', async t => {
	const fake = fakeOf(function* () {
		yield notification('pre-dump');
	}, {exit: {code: null, signal: 9}});

	await t.throwsAsync(run(fake), {code: 'ERR_CRIU_FAILED', message: 'CRIU could not dump process 12: CRIU was ended by signal 9 without an answer'});
	t.deepEqual([...fake.open], []);
});

test('a handler that throws calls the dump off, and is the cause', async t => {
	const fake = fakeOf(function* () {
		yield notification('post-dump');
		yield {type: 'DUMP', success: false};
	});
	const cause = new Error('no room for the root filesystem');

	const error = await t.throwsAsync(run(fake, {imagesDir: '/images'}, {handlers: {postDump() {
		throw cause;
	}}}), {code: 'ERR_CRIU_FAILED', message: 'CRIU did not dump process 12: called off at post-dump: no room for the root filesystem'});

	t.is(error?.cause, cause);
	t.deepEqual([...fake.open], []);
});

test('an error that comes too late for CRIU is reported all the same', async t => {
	const fake = fakeOf(function* () {
		yield notification('status-ready');
		yield {type: 'DUMP', success: true};
	});

	await t.throwsAsync(run(fake, {imagesDir: '/images'}, {handlers: {statusReady() {
		throw new Error('late');
	}}}), {message: 'CRIU did not dump process 12: called off at status-ready: late'});
});

test('a path without CRIU is ERR_CRIU_NOT_FOUND, one that cannot be executed ERR_CRIU_UNUSABLE', async t => {
	for (const [errno, code] of [['ENOENT', 'ERR_CRIU_NOT_FOUND'], ['ENOTDIR', 'ERR_CRIU_NOT_FOUND'], ['EACCES', 'ERR_CRIU_UNUSABLE']] as const) {
		const fake = fakeOf(good, {report: {kind: 'error', step: 'find_program', index: 1, errno, detail: path}});
		await t.throwsAsync(run(fake), {code});
		t.deepEqual([...fake.open], []);
	}
});

test('a log to stderr is not asked to go to a file', async t => {
	const fake = fakeOf(good);

	await run(fake, {imagesDir: '/images', logToStderr: true});

	t.is(fake.requests[0]!.opts!.log_file, undefined);
});

test('a pre-dump tracks memory and is one request', async t => {
	const fake = fakeOf(function* () {
		yield {type: 'SINGLE_PRE_DUMP', success: true};
	});

	await preDump({native: fake.native, path}, 12, {imagesDir: '/images'});

	t.like(fake.requests, {0: {type: 'SINGLE_PRE_DUMP', opts: {pid: 12, track_mem: true}}, length: 1});
});

test('a dump leaves nothing open, whichever call fails', async t => {
	for (let failAt = 1; ; failAt++) {
		const fake = fakeOf(good, {failAt});
		const failed = await run(fake, {imagesDir: '/images', workDir: '/logs'}).then(() => false, () => true);

		t.deepEqual([...fake.open], [], `after failing call ${failAt}: ${fake.calls.at(-1)}`);
		if (fake.calls.length < failAt) {
			t.false(failed);
			t.true(failAt > 8);
			break;
		}

		t.true(failed);
	}
});
