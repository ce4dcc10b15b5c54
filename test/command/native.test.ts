// What the native command promises besides its answers: under which circumstances, and how it ends.
import {spawn, spawnSync} from 'node:child_process';
import {closeSync, existsSync, openSync, readdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {tempDir} from '../support/bundle.js';
import {inNative, nativeCommand, nativeTest} from './hosts.js';
import {Place} from './place.js';

nativeTest('it works with an empty environment', async t => {
	const place = new Place(t, {args: ['true']});
	t.deepEqual(await inNative(place.line('run'), {env: {}}), {code: 0, out: '', err: ''});
});

nativeTest('it works with descriptors that cannot be written to', t => {
	const place = new Place(t, {args: ['true']});
	const devNull = openSync('/dev/null', 'r');
	t.teardown(() => closeSync(devNull));
	t.is(spawnSync(nativeCommand, place.line('run'), {stdio: [devNull, devNull, devNull]}).status, 0);
	t.is(spawnSync(nativeCommand, place.line('state'), {stdio: [devNull, devNull, devNull]}).status, 1);
});

nativeTest('it works without descriptors 0, 1 and 2', t => {
	const place = new Place(t, {args: ['true']});
	t.is(spawnSync('sh', ['-c', 'exec "$@" <&- >&- 2>&-', 'sh', nativeCommand, ...place.line('run')]).status, 0);
});

nativeTest('a pid file has the pid and no newline', async t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	const file = join(tempDir(t), 'pid');
	t.is((await inNative(place.line('create', '--pid-file', file))).code, 0);
	t.regex(readFileSync(file, 'utf8'), /^\d+$/);
});

nativeTest('nothing of it holds its output open', async t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	const devNull = openSync('/dev/null', 'r+');
	t.teardown(() => closeSync(devNull));
	t.is(spawnSync('sh', ['-c', '"$@" >/dev/null 2>&1 </dev/null', 'sh', nativeCommand, ...place.line('create')]).status, 0);
	t.is((await inNative(place.line('start'))).out, ''); // Comes back only at the end of its output
});

nativeTest('a failure is one line on standard error, and one of JSON in the log', async t => {
	const place = new Place(t);
	const log = join(tempDir(t), 'log.json');
	const {code, err} = await inNative(['--log', log, '--log-format', 'json', ...place.line('state')]);
	t.is(code, 1);
	t.is(err, 'container does not exist\n');
	const [line, rest] = readFileSync(log, 'utf8').split('\n');
	t.is(rest, '');
	const entry = JSON.parse(line!) as Record<string, string>;
	t.like(entry, {level: 'error', msg: 'container does not exist'});
	t.regex(entry['time']!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

nativeTest('the terminal of a detached container is sent to the console socket', async t => {
	const place = new Place(t, {
		args: ['sh', '-c', 'tty; sleep 1000'],
		edit(config) {
			config.process.terminal = true;
		},
	});
	const path = join(tempDir(t), 'tty.sock');
	const got = new Promise<string>(resolve => {
		const server = createServer(connection => {
			connection.once('data', data => resolve(data.toString()));
		}).listen(path);
		t.teardown(() => {
			server.close();
		});
	});
	while (!existsSync(path)) {
		await new Promise(resolve => {
			setTimeout(resolve, 5);
		});
	}

	t.is((await inNative(place.line('create', '--console-socket', path))).code, 0);
	t.is(await got, '/dev/ptmx');
});

nativeTest('signals are passed on to the container, and its end is ours', async t => {
	const place = new Place(t, {args: ['sh', '-c', 'trap "exit 9" USR1; echo ready; while :; do sleep 0.05; done']});
	const child = spawn(nativeCommand, place.line('run'), {stdio: ['ignore', 'pipe', 'inherit']});
	const ended = new Promise(resolve => {
		child.once('exit', resolve);
	});
	await new Promise(resolve => {
		child.stdout.once('data', resolve);
	});
	child.kill('SIGUSR1');
	t.is(await ended, 9);
});

nativeTest('descriptors are kept with --preserve-fds, and no others', async t => {
	const place = new Place(t, {args: ['sh', '-c', 'ls /proc/1/fd; cat <&4; :']});
	const script = 'exec 3</dev/null 4<<-X 9</dev/null\n\tfrom four\n\tX\nexec "$@"';
	const {stdout, status} = spawnSync('bash', ['-c', script, 'bash', nativeCommand, ...place.line('run', '--preserve-fds', '2')], {encoding: 'utf8'});
	t.is(status, 0);
	t.is(stdout, '0\n1\n2\n3\n4\nfrom four\n');
});

nativeTest('checkpoint and restore are handed over to Node, whatever NODE_OPTIONS says', async t => {
	const env = {PATH: process.env['PATH'] ?? '', NODE_OPTIONS: '--no-such-option', CTNATIVE_NODE: process.execPath};
	const {code, err} = await inNative(['checkpoint', 'nobody'], {env});
	t.is(code, 1);
	t.regex(err, /container does not exist/);
});

nativeTest('a seccomp filter that the last command has kept decides as the one that was compiled', async t => {
	const place = new Place(t, {
		args: ['sh', '-c', 'mkdir /tmp/x 2>&1'],
		edit(config) {
			config.linux.seccomp = {
				defaultAction: 'SCMP_ACT_ALLOW',
				architectures: ['SCMP_ARCH_X86_64'],
				syscalls: [{names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 29}],
			};
		},
	});
	const answers = [await inNative(place.line('run')), await inNative(place.line('run')), await inNative(place.line('run'))];
	t.regex(answers[0]!.out, /Illegal seek/, 'ESPIPE is what the filter says');
	t.deepEqual(answers, Array.from({length: 3}, () => answers[0]));
	const kept = readdirSync(place.state);
	t.is(kept.length, 1);
	t.regex(kept[0]!, /^seccomp:\d+$/);
});
