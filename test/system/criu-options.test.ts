// Options of CRIU, each with its effect on the real one; and what a failure without it says.
import {execFileSync, spawn, type ChildProcess} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readlinkSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {ExecutionContext} from 'ava';
import {dump, type Criu} from '../../ts/criu/client.js';
import {privateCriu} from '../../ts/criu/find.js';
import type {CriuOpts} from '../../ts/criu/opts.js';
import {pageServer} from '../../ts/criu/page-server.js';
import {probeCriu} from '../../ts/criu/probe.js';
import {restore, type Restored} from '../../ts/criu/restore.js';
import {linuxNative} from '../../ts/native/linux.js';
import {startPerl} from '../support/criu-cli.js';
import {tempDir} from '../support/temp-dir.js';
import {buildWorkload} from '../support/workload.js';
import {checkpointTest} from './checkpoint-world.js';
import {until} from './world.js';

const criu: Criu = {get native() {
	return linuxNative();
}, path: privateCriu};

const end = async ({pidfd}: Restored): Promise<void> => {
	const {native} = criu;
	const watch = native.watchExit(pidfd);
	watch.ref();
	native.pidfdSendSignal(pidfd, 9);
	await watch.exit;
	native.close(pidfd);
};

const gone = async (child: ChildProcess): Promise<void> => new Promise(resolve => {
	child.once('exit', () => resolve());
});

/** A program in namespaces of its own, which says `ready` first. Its pid is that of the program. */
const startApart = async (t: ExecutionContext, flags: readonly string[], program: string): Promise<ChildProcess & {pid: number}> => {
	const child = spawn('unshare', [...flags, 'perl', '-MSocket', '-e', `$| = 1; ${program}; print "ready\\n"; open STDOUT, ">", "/dev/null"; sleep 1 while 1`], {detached: true, stdio: ['ignore', 'pipe', 'ignore']});
	t.teardown(() => {
		child.kill('SIGKILL');
	});
	await createInterface({input: child.stdout})[Symbol.asyncIterator]().next();
	child.stdout.destroy();
	await until(() => !readlinkSync(`/proc/${child.pid!}/fd/1`).startsWith('pipe:'), 'its stdout');
	return child as ChildProcess & {pid: number};
};

const connected = 'socket(S, PF_INET, SOCK_STREAM, 6) or die; bind(S, sockaddr_in(4711, INADDR_LOOPBACK)) or die; listen(S, 5) or die; socket(C, PF_INET, SOCK_STREAM, 6); connect(C, getsockname(S)) or die $!';
const upAndConnected = `system("ip", "link", "set", "lo", "up"); ${connected}`;

const within = (pid: number, ...command: string[]): string => execFileSync('nsenter', ['-t', String(pid), '-n', ...command], {encoding: 'utf8'});

/** Fails without the option, with its name; the process goes on. Works with it. */
const needs = async (t: ExecutionContext, pid: number, opts: CriuOpts, option: CriuOpts): Promise<void> => {
	const [name] = Object.keys(option);
	await t.throwsAsync(dump(criu, pid, {imagesDir: tempDir(t), leaveRunning: true, ...opts}), {code: 'ERR_CRIU_FAILED', message: new RegExp(`set ${name!}\\b`)});
	t.true(existsSync(`/proc/${pid}/exe`));
	await dump(criu, pid, {imagesDir: tempDir(t), leaveRunning: true, ...opts, ...option});
};

checkpointTest('tcpSkipInFlight leaves a connection out that nobody has accepted', async t => {
	const child = await startApart(t, ['--net'], upAndConnected);
	await needs(t, child.pid, {tcpEstablished: true, networkLock: 'skip', emptyNs: ['network']}, {tcpSkipInFlight: true});
});

checkpointTest('shellJob takes a process with the session of its caller', async t => {
	const child = spawn('perl', ['-e', '$| = 1; print "ready\\n"; open STDOUT, ">", "/dev/null"; sleep 1 while 1'], {stdio: ['ignore', 'pipe', 'ignore']});
	t.teardown(() => {
		child.kill('SIGKILL');
	});
	await createInterface({input: child.stdout})[Symbol.asyncIterator]().next();
	child.stdout.destroy();
	await needs(t, child.pid!, {}, {shellJob: true});
});

checkpointTest('emptyNs leaves the network out, which else is dumped with its devices', async t => {
	const child = await startApart(t, ['--net'], 'system("ip", "link", "add", "other7", "type", "bridge")');
	const devices = async (opts: CriuOpts): Promise<string[]> => {
		const imagesDir = tempDir(t);
		await dump(criu, child.pid, {imagesDir, leaveRunning: true, ...opts});
		return readdirSync(imagesDir).filter(name => /^(netdev|ifaddr)-/.test(name)).map(name => name.split('-')[0]!);
	};

	t.deepEqual(await devices({}), ['ifaddr', 'netdev']);
	t.deepEqual(await devices({emptyNs: ['network']}), []);
});

checkpointTest('joinNs restores into a namespace that is there', async t => {
	const child = await startApart(t, ['--uts'], '1');
	const other = await startApart(t, ['--uts'], 'system("hostname", "joined")');
	const imagesDir = tempDir(t);
	const exit = gone(child);
	await dump(criu, child.pid, {imagesDir});
	await exit;
	const alone = await restore(criu, {imagesDir});
	t.not(readlinkSync(`/proc/${alone.pid}/ns/uts`), readlinkSync(`/proc/${other.pid}/ns/uts`));
	await end(alone);
	const joined = await restore(criu, {imagesDir, joinNs: [{ns: 'uts', nsFile: `/proc/${other.pid}/ns/uts`}]});
	t.is(readlinkSync(`/proc/${joined.pid}/ns/uts`), readlinkSync(`/proc/${other.pid}/ns/uts`));
	await end(joined);
});

checkpointTest('networkLock is by nftables, by iptables, or not at all, and gone after the dump', async t => {
	const child = await startApart(t, ['--net'], `${upAndConnected}; accept(A, S)`);
	const lockedBy = async (opts: Pick<CriuOpts, 'networkLock'>): Promise<string> => {
		let rules = '';
		await dump(criu, child.pid, {imagesDir: tempDir(t), leaveRunning: true, tcpEstablished: true, ...opts}, {handlers: {postDump() {
			rules = `${within(child.pid, '/usr/sbin/nft', 'list', 'ruleset')}${within(child.pid, '/usr/sbin/iptables-save')}`;
		}}});
		t.notRegex(within(child.pid, '/usr/sbin/nft', 'list', 'ruleset'), /CRIU-/);
		return /table inet CRIU-/.test(rules) ? 'nftables' : /-j CRIU/.test(rules) ? 'iptables' : 'nothing';
	};

	t.is(await lockedBy({networkLock: 'nftables'}), 'nftables');
	t.is(await lockedBy({}), 'nftables', 'that is the default');
	t.is(await lockedBy({networkLock: 'skip'}), 'nothing');
	t.is(await lockedBy({networkLock: 'iptables'}), 'iptables');
});

checkpointTest('timeout ends a dump of a process that cannot be halted', async t => {
	const child = spawn(buildWorkload('stuck'), [], {detached: true, stdio: ['ignore', 'pipe', 'ignore']});
	t.teardown(() => {
		process.kill(-child.pid!, 'SIGKILL');
	});
	await createInterface({input: child.stdout})[Symbol.asyncIterator]().next();
	const begun = Date.now();
	await t.throwsAsync(dump(criu, child.pid!, {imagesDir: tempDir(t), timeout: 1}), {code: 'ERR_CRIU_FAILED', message: /set timeout\b/});
	t.true(Date.now() - begun < 9000, 'not the ten seconds that are the default');
	t.true(existsSync(`/proc/${child.pid!}/exe`));
});

checkpointTest('autoDedup frees the pages of the images that are restored', async t => {
	const child = await startPerl(t, '$m = "x" x 8000000');
	const imagesDir = tempDir(t);
	const exit = gone(child);
	await dump(criu, child.pid, {imagesDir});
	await exit;
	const blocks = (): number => statSync(join(imagesDir, 'pages-1.img')).blocks;
	const before = blocks();
	await end(await restore(criu, {imagesDir}));
	t.is(blocks(), before);
	await end(await restore(criu, {imagesDir, autoDedup: true}));
	t.true(blocks() < before / 4, `${blocks()} of ${before} blocks are left`);
});

checkpointTest('trackMem is refused where the kernel cannot, and marks the images where it can', async t => {
	const {memTrack} = await probeCriu(criu.native, privateCriu);
	const {pid} = await startPerl(t, '$m = "x" x 100000');
	const attempt = dump(criu, pid, {imagesDir: tempDir(t), leaveRunning: true, trackMem: true});
	await (memTrack ? t.notThrowsAsync(attempt) : t.throwsAsync(attempt, {message: /leave out trackMem and parentImg, or use lazyPages/}));
	t.true(existsSync(`/proc/${pid}/exe`));
});

checkpointTest('veths names the host ends of the devices of a network that is restored, and puts them at a bridge', async t => {
	// Bridge and host ends are in a namespace of the test, not on the host
	const child = await startApart(t, ['--net'], 'system("ip link add eth0 type veth peer name outer7; ip address add 192.0.2.7/24 dev eth0; ip link set eth0 up")');
	const imagesDir = tempDir(t);
	t.regex(within(child.pid, 'ip', '-o', 'link'), /outer7/, 'both ends are in it as yet');
	const outer = await startApart(t, ['--net'], '1');
	within(child.pid, 'ip', 'link', 'set', 'outer7', 'netns', String(outer.pid));
	within(outer.pid, 'sh', '-c', 'ip link set lo up; ip link set outer7 up; ip link add br7 type bridge');
	const exit = gone(child);
	await dump(criu, child.pid, {imagesDir});
	await exit;
	const script = `
		const {linuxNative} = require(${JSON.stringify(join(__dirname, '../../ts/native/linux.js'))});
		const {restore} = require(${JSON.stringify(join(__dirname, '../../ts/criu/restore.js'))});
		(async () => {
			const {pid} = await restore({native: linuxNative(), path: ${JSON.stringify(privateCriu)}}, {imagesDir: ${JSON.stringify(imagesDir)}, veths: [{ifIn: 'eth0', ifOut: 'vhost7@br7'}]});
			console.log(pid);
		})();`;
	const pid = Number(within(outer.pid, process.execPath, '-e', script));
	t.teardown(() => {
		process.kill(pid, 'SIGKILL');
	});
	t.regex(within(outer.pid, 'ip', '-o', 'link', 'show', 'vhost7'), /master br7/);
	t.regex(within(pid, 'ip', '-o', 'address', 'show', 'eth0'), /192\.0\.2\.7\/24/);
});

/** A certificate authority, and a certificate of this host with its key. */
const certificates = (directory: string, name = '127.0.0.1'): Required<Pick<CriuOpts, 'tlsCacert' | 'tlsCert' | 'tlsKey'>> => {
	const path = (name: string): string => join(directory, name);
	const openssl = (...args: string[]): unknown => execFileSync('openssl', args, {stdio: 'ignore'});
	openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', path('ca.key'), '-out', path('ca.pem'), '-subj', '/CN=ctnative test', '-days', '2');
	openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', path('key.pem'), '-out', path('request'), '-subj', `/CN=${name}`);
	writeFileSync(path('names'), `subjectAltName=${name === '127.0.0.1' ? 'IP' : 'DNS'}:${name}`);
	openssl('x509', '-req', '-in', path('request'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-out', path('cert.pem'), '-days', '2', '-extfile', path('names'));
	return {tlsCacert: path('ca.pem'), tlsCert: path('cert.pem'), tlsKey: path('key.pem')};
};

/** What its authority has revoked: this certificate, or none. */
const revocations = (directory: string, revoked?: string): string => {
	const path = (name: string): string => join(directory, name);
	writeFileSync(path('ca.conf'), `[ca]\ndefault_ca = it\n[it]\ndatabase = ${path('index')}\ncrlnumber = ${path('number')}\ndefault_md = sha256\ndefault_crl_days = 2\n`);
	writeFileSync(path('index'), '');
	writeFileSync(path('number'), '01\n');
	const ca = (...args: string[]): unknown => execFileSync('openssl', ['ca', '-config', path('ca.conf'), '-keyfile', path('ca.key'), '-cert', path('ca.pem'), ...args], {stdio: 'ignore'});
	if (revoked !== undefined) {
		ca('-revoke', revoked);
	}

	const file = path(revoked === undefined ? 'none.crl' : 'some.crl');
	ca('-gencrl', '-out', file);
	return file;
};

checkpointTest('tls encrypts the way to a page server, which takes no one without the certificate', async t => {
	const directory = tempDir(t);
	mkdirSync(join(directory, 'other'));
	const ours = {tls: true, ...certificates(directory)};
	const theirs = {tls: true, ...certificates(join(directory, 'other'))};
	const {pid} = await startPerl(t, '$m = "x" x 1000000');
	const send = async (opts: CriuOpts, ofServer: CriuOpts = ours): Promise<boolean> => {
		const remoteDir = tempDir(t);
		const server = await pageServer(criu, {imagesDir: remoteDir, ...ofServer});
		try {
			await dump(criu, pid, {imagesDir: tempDir(t), leaveRunning: true, pageServer: {address: '127.0.0.1', port: server.port}, ...opts});
			await server.done;
			return readdirSync(remoteDir).some(name => name.startsWith('pages-') && statSync(join(remoteDir, name)).size > 1_000_000);
		} catch {
			return false;
		} finally {
			server.stop();
			await server.done.catch(() => {});
		}
	};

	t.true(await send(ours));
	t.false(await send({...theirs, tlsNoCnVerify: true}), 'of another authority');
	mkdirSync(join(directory, 'named'));
	const named = {tls: true, ...certificates(join(directory, 'named'), 'elsewhere')};
	t.false(await send(named, named), 'of another name');
	t.true(await send({...named, tlsNoCnVerify: true}, {...named, tlsNoCnVerify: true}), 'which tlsNoCnVerify does not look at');
	t.true(await send(ours, {...ours, tlsCacrl: revocations(directory)}));
	t.false(await send(ours, {...ours, tlsCacrl: revocations(directory, ours.tlsCert)}), 'one that tlsCacrl has revoked');
	t.true(existsSync(`/proc/${pid}/exe`));
});
