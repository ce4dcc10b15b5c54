// Failures that people meet, made for real: what the real CRIU says of each is one that we know a cure for.
import {spawn} from 'node:child_process';
import {chmodSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {ExecutionContext} from 'ava';
import {dump, type Criu} from '../../ts/criu/client.js';
import {privateCriu} from '../../ts/criu/find.js';
import type {CriuOpts} from '../../ts/criu/opts.js';
import {restore} from '../../ts/criu/restore.js';
import {linuxNative} from '../../ts/native/linux.js';
import {end} from '../../ts/native/processes.js';
import {startPerl} from '../support/criu-cli.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test} from './checkpoint-world.js';

const criu: Criu = {get native() {
	return linuxNative();
}, path: privateCriu};

/** Images of a program that has ended by it. */
const dumped = async (t: ExecutionContext, program: string): Promise<string> => {
	const child = await startPerl(t, program);
	const imagesDir = tempDir(t);
	const exited = new Promise(resolve => {
		child.once('exit', resolve);
	});
	await dump(criu, child.pid, {imagesDir});
	await exited;
	return imagesDir;
};

const dumpFails = async (t: ExecutionContext, pid: number, cure: RegExp, opts: CriuOpts = {}): Promise<void> => {
	await t.throwsAsync(dump(criu, pid, {imagesDir: tempDir(t), leaveRunning: true, ...opts}), {code: 'ERR_CRIU_FAILED', message: cure});
};

const restoreFails = async (t: ExecutionContext, imagesDir: string, cure: RegExp): Promise<void> => {
	await t.throwsAsync(restore(criu, {imagesDir}), {code: 'ERR_CRIU_FAILED', message: cure});
};

test('a debugger that is attached is told of', async t => {
	const {pid} = await startPerl(t, '1');
	const attach = 16; // PTRACE_ATTACH
	const tracer = spawn('perl', ['-e', `$| = 1; syscall(${process.arch === 'arm64' ? 117 : 101}, ${attach}, ${pid}, 0, 0) == 0 or die; waitpid(${pid}, 0); print "on\\n"; sleep 1000`], {stdio: ['ignore', 'pipe', 'ignore']});
	t.teardown(() => {
		tracer.kill('SIGKILL');
	});
	await createInterface({input: tracer.stdout})[Symbol.asyncIterator]().next();
	await dumpFails(t, pid, /a debugger or another CRIU is attached/);
});

test('a process that has ended is told of', async t => {
	await dumpFails(t, 4_194_000, /the process has ended/);
});

test('a pid that is taken is told of', async t => {
	const {pid} = await startPerl(t, '1');
	const imagesDir = tempDir(t);
	await dump(criu, pid, {imagesDir, leaveRunning: true});
	await restoreFails(t, imagesDir, /the pid is taken: end that process/);
});

test('a file that is gone, or has other permissions, is told of', async t => {
	const file = join(tempDir(t), 'open');
	writeFileSync(file, 'content');
	const imagesDir = await dumped(t, `open(F, "<", "${file}")`);
	chmodSync(file, 0o200);
	await restoreFails(t, imagesDir, /set skipFileRwxCheck/);
	await end(criu.native, (await restore(criu, {imagesDir, skipFileRwxCheck: true})).pidfd);
	rmSync(file);
	await restoreFails(t, imagesDir, /the file is gone since the dump/);
});

test('a directory without images is told of', async t => {
	await restoreFails(t, tempDir(t), /has no checkpoint, or not all of it/);
});

test('a page server that is not there is told of', async t => {
	const {pid} = await startPerl(t, '1');
	await dumpFails(t, pid, /start it first/, {pageServer: {address: '127.0.0.1', port: 9}});
});

test('io_uring is told of', async t => {
	const {pid} = await startPerl(t, '$p = "\\0" x 120; syscall(425, 8, $p) >= 0 or die "no io_uring"');
	await dumpFails(t, pid, /refuse io_uring_setup in the seccomp profile/);
});
