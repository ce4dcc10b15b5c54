// The rooms criu and images with the real CRIU and the real kernel: a process that was dumped runs on elsewhere.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {dump, preDump, type Criu} from '../../ts/criu/client.js';
import {privateCriu} from '../../ts/criu/find.js';
import {kerndatSurroundings} from '../../ts/criu/kerndat.js';
import {pageServer} from '../../ts/criu/page-server.js';
import {probeCriu} from '../../ts/criu/probe.js';
import {restore, type Restored} from '../../ts/criu/restore.js';
import {startCriu} from '../../ts/criu/start.js';
import {readPagemap} from '../../ts/images/pagemap.js';
import {readStats} from '../../ts/images/stats.js';
import {repairTimerfds} from '../../ts/images/timerfd.js';
import {CLONE_NEWNS} from '../../ts/linux/constants.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {Exit, Fd} from '../../ts/native/native.js';
import {startPerl} from '../support/criu-cli.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest} from './checkpoint-world.js';
import {descriptors} from './leftovers.js';

const criu: Criu = {get native() {
	return linuxNative();
}, path: privateCriu};

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/exe`);
/** NaN for one that has ended. */
const parentOf = (pid: number): number => {
	try {
		return Number(/PPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
	} catch {
		return Number.NaN;
	}
};

/** Counts upwards in a file, every 20 ms. */
const counter = (file: string): string => `$n = 0; sub main { while (1) { open(F, ">", "${file}"); print F ++$n; close F; select(undef, undef, undef, 0.02) } } close STDOUT; open STDOUT, ">", "/dev/null"; main()`;
const count = (file: string): number => Number(readFileSync(file, 'utf8'));

const until = async (what: string, condition: () => boolean): Promise<void> => {
	for (let turn = 0; !condition(); turn++) {
		if (turn === 500) {
			throw new Error(`${what} did not come about`);
		}

		await sleep(10);
	}
};

/** Ends a restored process, and tells how it ended. */
const end = async ({pidfd}: Restored, signal = 9): Promise<Exit> => {
	const {native} = criu;
	const watch = native.watchExit(pidfd);
	watch.ref();
	native.pidfdSendSignal(pidfd, signal);
	const exit = await watch.exit;
	native.close(pidfd);
	return exit;
};

const startCounter = async (t: ExecutionContext): Promise<{pid: number; file: string; exited: Promise<unknown>}> => {
	const file = join(tempDir(t), 'count');
	const child = await startPerl(t, counter(file));
	await until('the first count', () => existsSync(file) && count(file) > 2);
	return {pid: child.pid, file, exited: new Promise(resolve => {
		child.once('exit', resolve);
	})};
};

checkpointTest('what goes away in /run while CRIU is started is no failure', async t => {
	const {native, path} = criu;
	const passing = mkdtempSync('/run/ctnative-test-');
	const inside = await kerndatSurroundings(native).finally(() => rmdirSync(passing));
	try {
		const process = await startCriu(native, {path, inside});
		const {response} = await process.session.request({type: 'VERSION'});
		t.true(response?.success);
		t.is((await process.end()).code, 0);
	} finally {
		inside?.close();
	}
});

checkpointTest('CRIU that is not there and surroundings that are not there are told apart', async t => {
	const {native, path} = criu;
	const [tree] = await native.batch([{op: 'new_tree', attributes: 0n, fstype: 'tmpfs', path: 'tmpfs', options: []}]) as [Fd];
	const inside = {flags: CLONE_NEWNS, fds: [tree], steps: (first: number) => [{op: 'root', tree: first as Fd, at: '/not-there'} as const]};
	await t.throwsAsync(startCriu(native, {path, inside}), {code: 'ERR_CRIU_UNUSABLE', message: /root: ENOENT$/});
	native.close(tree);
	await t.throwsAsync(startCriu(native, {path: '/not-there'}), {code: 'ERR_CRIU_NOT_FOUND'});
});

checkpointTest('VERSION and FEATURE_CHECK are answered in one session', async t => {
	const process = await startCriu(criu.native, criu);
	const version = await process.session.request({type: 'VERSION', keep_open: true});
	const features = await process.session.request({type: 'FEATURE_CHECK', keep_open: true, features: {mem_track: true, lazy_pages: true}});
	const again = await process.session.request({type: 'VERSION'});
	await process.end();

	t.true(version.response!.success);
	t.is(`Version: ${version.response!.version!.major_number}.${version.response!.version!.minor_number}`, execFileSync(privateCriu, ['--version'], {encoding: 'utf8'}).split('\n')[0]!.split('.').slice(0, 2).join('.'));
	t.is(typeof features.response!.features!.lazy_pages, 'boolean');
	t.true(again.response!.success);
});

checkpointTest('the CRIU that setup installs works here', async t => {
	const {works, findings, version} = await probeCriu(criu.native, privateCriu);

	t.true(works, JSON.stringify(findings));
	t.true(version!.major >= 4);
});

checkpointTest('a process that was dumped goes on where it was, as our child', async t => {
	const {pid, file, exited} = await startCounter(t);
	const imagesDir = tempDir(t);
	const seen: string[] = [];
	const before = descriptors();

	await dump(criu, pid, {imagesDir}, {handlers: {
		preDump: () => void seen.push('preDump'),
		queryExtFiles: () => void seen.push('queryExtFiles'),
		async postDump() {
			const frozen = count(file);
			await sleep(100);
			t.is(count(file), frozen, 'it stands still until postDump is done');
			seen.push('postDump');
		},
	}});
	await exited;
	const last = count(file);

	t.deepEqual(seen, ['preDump', 'queryExtFiles', 'postDump']);
	t.true(readStats(readFileSync(join(imagesDir, 'stats-dump'))).dump!.frozenTimeUs >= 100_000);

	const restored = await restore(criu, {imagesDir}, {handlers: {
		preRestore: () => void seen.push('preRestore'),
		postRestore: pidThen => {
			seen.push('postRestore');
			t.is(pidThen, pid);
			t.is(parentOf(pid), process.pid);
		},
		postResume: () => void seen.push('postResume'),
	}});

	t.is(restored.pid, pid);
	t.deepEqual(seen.slice(3), ['preRestore', 'postRestore', 'postResume']);
	await until('counting on', () => count(file) > last + 5);
	t.true(readStats(readFileSync(join(imagesDir, 'stats-restore'))).restore!.restoreTimeUs > 0);
	t.deepEqual(await end(restored, 15), {code: null, signal: 15});
	t.false(isAlive(pid));
	t.deepEqual(descriptors(), before);
});

checkpointTest('a dump that is called off leaves the process running', async t => {
	const {pid, file} = await startCounter(t);
	const before = descriptors();

	for (const handler of ['preDump', 'queryExtFiles', 'postDump'] as const) {
		const cause = new Error(`no at ${handler}`);
		const error = await t.throwsAsync(dump(criu, pid, {imagesDir: tempDir(t)}, {handlers: {[handler]() {
			throw cause;
		}}}), {code: 'ERR_CRIU_FAILED'});
		t.is(error?.cause, cause);
		const last = count(file);
		await until('counting on', () => count(file) > last + 2);
	}

	t.deepEqual(descriptors(), before);
});

checkpointTest('a dump that fails says why and what to set, and with that it works', async t => {
	const lock = join(tempDir(t), 'lock');
	const {pid} = await startPerl(t, `socket(S, PF_INET, SOCK_STREAM, 6); listen(S, 5); socket(C, PF_INET, SOCK_STREAM, 6); connect(C, getsockname(S)); accept(A, S); open(L, ">", "${lock}"); unlink("${lock}"); flock(L, 2)`);
	const imagesDir = tempDir(t);
	const opts = {imagesDir, leaveRunning: true, networkLock: 'skip'} as const;

	await t.throwsAsync(dump(criu, pid, opts), {code: 'ERR_CRIU_FAILED', message: /set tcpEstablished, for the dump and the restore\)$/});
	await t.throwsAsync(dump(criu, pid, {...opts, tcpEstablished: true}), {message: /set fileLocks\)$/});
	await dump(criu, pid, {...opts, fileLocks: true, tcpEstablished: true});
	t.true(isAlive(pid));
});

checkpointTest('a restore that is called off, and one whose CRIU is killed, leave no task', async t => {
	const {pid, exited} = await startCounter(t);
	// A CRIU that is killed leaves its lock, and this is the network of the host
	const opts = {imagesDir: tempDir(t), networkLock: 'skip'} as const;
	await dump(criu, pid, opts);
	await exited;
	const before = descriptors();

	await t.throwsAsync(restore(criu, opts, {handlers: {postRestore() {
		t.true(isAlive(pid));
		throw new Error('the other host was faster');
	}}}), {message: /called off at post-restore: the other host was faster$/});
	t.false(existsSync(`/proc/${pid}`));

	await t.throwsAsync(restore(criu, opts, {handlers: {postRestore() {
		const child = readdirSync('/proc').find(name => /^\d+$/.test(name) && Number(name) !== pid && parentOf(Number(name)) === process.pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('criu'));
		process.kill(Number(child), 'SIGKILL');
	}}}), {message: /CRIU was ended by signal 9/});
	t.false(existsSync(`/proc/${pid}`));
	t.deepEqual(descriptors(), before);
});

checkpointTest('a file that has changed is named, and the task that CRIU gave up leaves no zombie', async t => {
	const file = join(tempDir(t), 'config');
	writeFileSync(file, 'old');
	const child = await startPerl(t, `open(F, "<", "${file}")`);
	const exited = new Promise(resolve => {
		child.once('exit', resolve);
	});
	const imagesDir = tempDir(t);
	await dump(criu, child.pid, {imagesDir});
	await exited;
	writeFileSync(file, 'longer than before');

	await t.throwsAsync(restore(criu, {imagesDir}), {code: 'ERR_CRIU_FAILED', message: /config has bad size 18 \(expect 3\) \(the file has changed since the dump/});
	t.false(existsSync(`/proc/${child.pid}`));

	writeFileSync(file, 'old');
	await end(await restore(criu, {imagesDir}));
});

checkpointTest('stdio of a restored process is a pipe of ours', async t => {
	const {native} = criu;
	const [read, write] = native.pipe();
	const child = await startPerl(t, 'close STDOUT; open(STDOUT, ">", "/dev/null")');
	const imagesDir = tempDir(t);
	const exited = new Promise(resolve => {
		child.once('exit', resolve);
	});
	await dump(criu, child.pid, {imagesDir});
	await exited;

	// What the image knows as the file /dev/null becomes the pipe
	const restored = await restore(criu, {imagesDir, inheritFd: [{key: 'dev/null', fd: write}]});
	t.regex(execFileSync('readlink', [`/proc/${restored.pid}/fd/1`], {encoding: 'utf8'}), /^pipe:/);
	await end(restored);
	native.close(read);
	native.close(write);
});

checkpointTest('a periodic timer that had expired unread lives on, once its image is repaired', async t => {
	const file = join(tempDir(t), 'count');
	// It does not read its timer before the file `go` is there; then each expiration is counted
	const child = await startPerl(t, `$go = "${file}.go"; $fd = syscall(283, 1, 0); $s = pack("q4", 0, 50000000, 0, 1); syscall(286, $fd, 0, $s, 0); open(T, "<&=", $fd); close STDOUT; open(STDOUT, ">", "/dev/null"); select(undef, undef, undef, 0.02) until -e $go; while (1) { sysread(T, $b, 8); open(F, ">", "${file}"); print F ++$n; close F }`);
	const imagesDir = tempDir(t);
	const exited = new Promise(resolve => {
		child.once('exit', resolve);
	});
	await dump(criu, child.pid, {imagesDir}, {handlers: {postDump() {
		const image = join(imagesDir, 'files.img');
		const given = readFileSync(image);
		const repaired = repairTimerfds(given);
		t.not(repaired, given);
		writeFileSync(image, repaired);
	}}});
	await exited;
	const restored = await restore(criu, {imagesDir});
	writeFileSync(`${file}.go`, '');

	await until('a fifth expiration', () => existsSync(file) && count(file) >= 5);
	await end(restored);
});

checkpointTest('memory goes through a page server to another directory', async t => {
	const {pid} = await startPerl(t, '$m = "x" x 3000000');
	const imagesDir = tempDir(t);
	const remoteDir = tempDir(t);
	const server = await pageServer(criu, {imagesDir: remoteDir});
	t.true(server.port > 0);

	await dump(criu, pid, {imagesDir, leaveRunning: true, pageServer: {address: '127.0.0.1', port: server.port}});
	await server.done;

	const {pagesId} = readPagemap(readFileSync(join(remoteDir, `pagemap-${pid}.img`)));
	t.true(readFileSync(join(remoteDir, `pages-${pagesId}.img`)).length > 3_000_000);
	t.false(existsSync(join(imagesDir, `pages-${pagesId}.img`)));
});

checkpointTest('a page server can be stopped, and one that cannot listen says so', async t => {
	const before = descriptors();
	const server = await pageServer(criu, {imagesDir: tempDir(t)});
	server.stop();
	await t.throwsAsync(server.done, {code: 'ERR_CRIU_FAILED'});
	await t.throwsAsync(pageServer(criu, {imagesDir: tempDir(t), address: '192.0.2.1'}), {message: /Cannot assign requested address/});
	t.deepEqual(descriptors(), before);
});

checkpointTest('a pre-dump works where the kernel tracks memory', async t => {
	const {memTrack} = await probeCriu(criu.native, privateCriu);
	const {pid, file} = await startCounter(t);
	const imagesDir = tempDir(t);
	if (memTrack) {
		await preDump(criu, pid, {imagesDir});
	} else {
		// Tracking is asked for, which CRIU refuses; without that it would crash
		await t.throwsAsync(preDump(criu, pid, {imagesDir}), {message: /CONFIG_MEM_SOFT_DIRTY/});
	}

	const last = count(file);
	await until('counting on', () => count(file) > last);
	t.true(isAlive(pid));
});

checkpointTest('an images directory that is not there, or no directory, is the errno of the kernel', async t => {
	const {pid} = await startCounter(t);

	await t.throwsAsync(dump(criu, pid, {imagesDir: '/nowhere/at/all'}), {code: 'ERR_NATIVE', message: /ENOENT$/});
	await t.throwsAsync(dump(criu, pid, {imagesDir: '/etc/passwd'}), {code: 'ERR_NATIVE', message: /ENOTDIR$/});
	t.true(isAlive(pid));
});
