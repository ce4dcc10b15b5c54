// What real engines hold a runtime to, and no other test does: test/clients/README.md has all thirty rules.
import {spawnSync, type SpawnSyncReturns} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {tempDir} from '../support/bundle.js';
import {inNative, nativeCommand, nativeTest as test} from './hosts.js';
import {Place} from './place.js';

/** Runs a shell, to which the words of a line are "$@". */
const shell = (script: string, line: readonly string[], ...options: string[]): SpawnSyncReturns<string> =>
	spawnSync(options[0] ?? 'bash', [...options.slice(1), ...(options.length > 0 ? ['bash'] : []), '-c', script, 'bash', nativeCommand, ...line], {encoding: 'utf8', timeout: 30_000});

/** Runs it detached, and without a pipe that it would hold open. */
const start = (place: Place): number | null => spawnSync(nativeCommand, place.line('run', '-d'), {stdio: 'ignore'}).status;

test('a container that was created is a child of whoever asked for it', t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	const file = join(tempDir(t), 'pid');
	const {stdout, stderr} = shell(`"$@" && read pid <${file}; grep PPid /proc/$pid/status; set -- /proc/[0-9]*; echo $#; kill -9 $pid`, place.line('create', '--pid-file', file), 'unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
	t.is(stderr, '');
	t.is(stdout, 'PPid:\t1\n2\n', 'the shell and init: no process in between stays');
});

test('a container with a terminal keeps nothing of the stdio of its creator', async t => {
	const place = new Place(t, {
		args: ['sh', '-c', 'readlink /proc/self/fd/1; readlink /proc/self/fd/2; sleep 1000'],
		edit(config) {
			config.process.terminal = true;
		},
	});
	const path = join(tempDir(t), 'tty.sock');
	const server = createServer().listen(path);
	t.teardown(() => {
		server.close();
	});
	const pidFile = join(tempDir(t), 'pid');
	t.is((await inNative(place.line('create', '--console-socket', path, '--pid-file', pidFile))).code, 0); // Returns only when nobody has its pipes
	const {stdout} = spawnSync('ls', ['-l', `/proc/${readFileSync(pidFile, 'utf8')}/fd`], {encoding: 'utf8'});
	t.notRegex(stdout, /pipe:/);
});

test('signals that the caller ignores or blocks are not for the container', t => {
	const place = new Place(t, {args: ['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status']});
	const {stdout} = shell('trap "" PIPE XFSZ HUP; exec "$@"', place.line('run'));
	t.is(stdout, 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
});

test('a creator that dies takes nothing with it', t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	const {stdout} = shell('setpriv --pdeathsig KILL "$@" >/dev/null 2>&1', place.line('run', '-d'));
	t.is(stdout, '');
	const {stdout: state} = spawnSync(nativeCommand, place.line('state'), {encoding: 'utf8'});
	t.is((JSON.parse(state) as {status: string}).status, 'running');
});

test('an empty XDG_RUNTIME_DIR is none', async t => {
	const {code, out} = await inNative(['list', '--quiet'], {env: {XDG_RUNTIME_DIR: ''}});
	t.is(code, 0);
	t.is(typeof out, 'string');
});

test('nothing of our environment reaches the container', async t => {
	const place = new Place(t, {args: ['env']});
	const {out} = await inNative(place.line('run'), {env: {NODE_OPTIONS: '--no-such', LD_PRELOAD: '/nowhere.so', GOMAXPROCS: '4', TTRPC_ADDRESS: '/there'}});
	t.notRegex(out, /NODE_|LD_|GOMAXPROCS|TTRPC|CTNATIVE/);
	t.regex(out, /^PATH=/m);
});

test('flags are written in every way that Go reads', async t => {
	const place = new Place(t, {args: ['true']});
	const file = join(tempDir(t), 'pid');
	const lines = [
		[`--root=${place.state}`, 'run', '-bundle', place.bundle, '--no-pivot=false', '-no-subreaper', `--pid-file=${file}`, place.id],
		['-root', place.state, 'run', '-b', place.bundle, '--no-new-keyring', '--no-new-keyring', '--detach=false', place.id],
	];
	for (const line of lines) {
		t.deepEqual(await inNative(line), {code: 0, out: '', err: ''}, line.join(' '));
	}

	t.regex((await inNative(['restore', '--lsm-mount-context'])).err, /flag needs an argument/);
	t.is((await inNative(['checkpoint', '--help'])).code, 0);
	t.is((await inNative(['--rootless=perhaps', 'list'])).code, 1);
	t.is((await inNative(['run', '--detach=perhaps', 'x'])).code, 1);
});

test('a signal for one that has ended is refused in the words that clients know', async t => {
	const place = new Place(t, {args: ['true']});
	t.is((await inNative(place.line('run', '--keep'))).code, 0);
	const {code, err} = await inNative([...place.line('kill'), '9']);
	t.is(code, 1);
	t.regex(err, /container not running/);
	t.is((await inNative([...place.line('kill', '--all'), '9'])).code, 0);
});

test('create fails for a program that is missing', async t => {
	const place = new Place(t, {args: ['no-such-program']});
	const {code, err} = await inNative(place.line('create'));
	t.is(code, 1);
	t.regex(err, /executable file not found in \$PATH/);
	t.regex((await inNative(place.line('state'))).err, /does not exist/);
});

test('zeros of update mean nothing', async t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	t.is(start(place), 0);
	const resources = {memory: {limit: 67_108_864, reservation: 0, swap: 0, kernel: 0}, cpu: {shares: 0, quota: 50_000, period: 100_000}, pids: {limit: 50}, blockIO: {weight: 0}};
	t.deepEqual(await inNative(place.line('update', '--resources', '-'), {input: JSON.stringify(resources)}), {code: 0, out: '', err: ''});
	const {out} = await inNative([...place.line('exec'), 'cat', '/proc/self/cgroup']);
	t.regex(out, /\d/);
	const stats = JSON.parse((await inNative(place.line('events', '--stats'))).out) as {data: {pids: {limit: number}; memory: {usage: {limit: number}}}};
	t.is(stats.data.pids.limit, 50);
	t.is(stats.data.memory.usage.limit, 67_108_864);
});

test('exec joins a cgroup below that of the container, by controller or in all', async t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	t.is(start(place), 0);
	const exec = async (cgroup: string) => inNative(['--root', place.state, 'exec', '--cgroup', cgroup, place.id, 'cat', '/proc/self/cgroup']);
	t.is((await exec('../other')).code, 255);
	t.regex((await exec('no-such:sub')).err, /no-such/);
	t.regex((await exec('sub')).err, /no cgroup .*sub/);
	t.is((await exec('/')).code, 0);
});

test('exec with --ignore-paused begins when the container goes on', t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	t.is(start(place), 0);
	spawnSync(nativeCommand, place.line('pause'));
	const script = '(sleep 0.3; "$1" --root "$2" resume "$3") & "$1" --root "$2" exec --ignore-paused "$3" echo went on';
	t.is(spawnSync('sh', ['-c', script, 'sh', nativeCommand, place.state, place.id], {encoding: 'utf8', timeout: 20_000}).stdout, 'went on\n');
});

test('--debug tells of what a config asks for in vain, and nothing else does', async t => {
	const place = new Place(t, {
		args: ['true'],
		edit(config) {
			config.linux!.resources = {...config.linux!.resources, memory: {kernel: 1 << 24}};
		},
	});
	const log = join(tempDir(t), 'log');
	writeFileSync(log, '');
	t.is((await inNative(['--log', log, ...place.line('run')])).code, 0);
	t.is(readFileSync(log, 'utf8'), '');
	t.is((await inNative(['--debug', '--log', log, ...place.line('run')])).code, 0);
	t.regex(readFileSync(log, 'utf8'), /level=warning msg=.*kernel/);
});
