// podman with ctnative as its runtime: one container, from run to rm.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {clearPodman, image, openPodman} from './podman.js';
import {clientTests, eventually} from './world.js';

const test = clientTests(['podman', 'conmon'], openPodman, clearPodman);

const run = (...args: string[]): string[] => ['run', '--network', 'none', ...args];
const inShell = (script: string): string[] => [image, 'sh', '-c', script];

test('podman takes ctnative for its runtime', async (t, podman) => {
	t.is(await podman.ok(t, ['info', '--format', '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}']).then(text => text.split('\n')[0]), 'ctnative ctnative version 0.1.0');
});

test('run passes on output, error, input and exit code', async (t, podman) => {
	const outcome = await podman.run(run('--rm', '-i', ...inShell('cat; echo wrong >&2; exit 7')), {input: 'typed'});
	t.deepEqual(outcome, {code: 7, out: 'typed', err: 'wrong\n'});
	t.is(await podman.ok(t, ['ps', '--all', '--quiet']), '');
});

test('a program that is missing or cannot be executed is told as 127 and 126', async (t, podman) => {
	await podman.fails(t, run('--rm', image, 'nothing'), 127, /executable file not found in \$PATH/);
	await podman.fails(t, run('--rm', image, '/nothing'), 127, /no such file or directory/);
	await podman.fails(t, run('--rm', image, '/etc/passwd'), 126, /permission denied/i);
	await podman.fails(t, run('--rm', '--workdir', '/etc/passwd', image, 'true'), 126, /passwd/);
	t.is(await podman.ok(t, ['ps', '--all', '--quiet']), '');
});

test('exec runs a further program, also with a terminal, detached, and as another user', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', image, 'sleep', '1000'));
	t.is(await podman.ok(t, ['exec', 'one', 'cat', '/proc/1/cmdline']), 'sleep\x001000\x00');
	t.deepEqual(await podman.run(['exec', '-i', 'one', 'sh', '-c', 'cat; exit 3'], {input: 'in'}), {code: 3, out: 'in', err: ''});
	t.regex(await podman.ok(t, ['exec', '-t', 'one', 'tty']), /^\/dev\/pts\/\d/);
	t.is(await podman.ok(t, ['exec', '--user', '1000:1001', '--workdir', '/tmp', '--env', 'A=b', 'one', 'sh', '-c', 'echo $(id -u):$(id -g) $PWD $A']), '1000:1001 /tmp b');
	await podman.ok(t, ['exec', '-d', 'one', 'sh', '-c', 'echo there > /tmp/flag']);
	t.is(await eventually(async () => (await podman.run(['exec', 'one', 'cat', '/tmp/flag'])).out, out => out !== ''), 'there\n');
	t.is((await podman.run(['exec', 'one', 'nothing'])).code, 127);
	t.is((await podman.run(['exec', 'one', '/etc/passwd'])).code, 126);
});

test('run -t gives a terminal', async (t, podman) => {
	t.regex(await podman.ok(t, run('--rm', '-t', image, 'tty')), /^\/dev\/pts\/0/);
});

test('stop waits for the program, and then does not; kill does neither', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'polite', ...inShell('trap "exit 5" TERM; echo polite; while :; do sleep 0.1; done')));
	await podman.ok(t, run('-d', '--name', 'deaf', ...inShell('trap "" TERM; echo deaf; while :; do sleep 0.1; done')));
	for (const name of ['polite', 'deaf']) {
		t.is(await eventually(async () => (await podman.run(['logs', name])).out, out => out !== ''), `${name}\n`);
	}

	await podman.ok(t, ['stop', 'polite']);
	t.is(await podman.ok(t, ['wait', 'polite']), '5');
	await podman.ok(t, ['stop', '-t', '1', 'deaf']);
	t.is(await podman.ok(t, ['wait', 'deaf']), '137');
	await podman.ok(t, ['start', 'polite']);
	await podman.ok(t, ['kill', 'polite']);
	t.is(await podman.ok(t, ['wait', 'polite']), '137');
	await podman.ok(t, ['restart', 'polite']);
	t.is(await podman.ok(t, ['inspect', '--format', '{{.State.Status}}', 'polite']), 'running');
});

test('pause freezes it and unpause lets it go on', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', ...inShell('while :; do date +%s%N > /tmp/now; sleep 0.01; done')));
	await podman.ok(t, ['pause', 'one']);
	t.is(await podman.ok(t, ['inspect', '--format', '{{.State.Status}}', 'one']), 'paused');
	await podman.fails(t, ['exec', 'one', 'true'], 255, /paused|state improper/);
	await podman.ok(t, ['unpause', 'one']);
	const before = await podman.ok(t, ['exec', 'one', 'cat', '/tmp/now']);
	t.not(await eventually(async () => podman.ok(t, ['exec', 'one', 'cat', '/tmp/now']), now => now !== before), before);
});

test('stats and top tell of its processes', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', '--memory', '64m', ...inShell('sleep 1000 & sleep 2000; :')));
	const [stats] = await eventually(
		async () => JSON.parse(await podman.ok(t, ['stats', '--no-stream', '--format', 'json', 'one'])) as Array<Record<string, string>>,
		([one]) => one!['pids'] === '3',
	);
	t.is(stats!['name'], 'one');
	t.is(stats!['pids'], '3');
	t.regex(stats!['mem_usage']!, /[1-9].* \/ 67\.11MB/);
	t.deepEqual((await podman.ok(t, ['top', 'one', 'pid', 'args'])).split('\n').map(line => line.replace(/^\d+/, 'N').replaceAll(/\s+/g, ' ').trim()),
		['PID COMMAND', 'N sh -c sleep 1000 & sleep 2000; :', 'N sleep 1000', 'N sleep 2000']);
});

test('update changes the limits of one that runs', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', '--memory', '64m', image, 'sleep', '1000'));
	await podman.ok(t, ['update', '--memory', '96m', '--cpus', '0.5', 'one']);
	const look = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max';
	t.regex(await podman.ok(t, ['exec', 'one', 'sh', '-c', look]), /^100663296\n50000/);
});

test('cp goes in and out, of one that runs and of one that has ended', async (t, podman) => {
	const file = join(podman.world.directory, 'file');
	writeFileSync(file, 'content');
	await podman.ok(t, run('-d', '--name', 'one', image, 'sleep', '1000'));
	await podman.ok(t, ['cp', file, 'one:/tmp/in']);
	t.is(await podman.ok(t, ['exec', 'one', 'cat', '/tmp/in']), 'content');
	await podman.ok(t, ['kill', 'one']);
	await podman.ok(t, ['wait', 'one']);
	await podman.ok(t, ['cp', 'one:/tmp/in', `${file}.out`]);
	t.is((await podman.world.run(['cat', `${file}.out`])).out, 'content');
});

test('attach follows it, and logs have what it said', async (t, podman) => {
	await podman.ok(t, ['create', '--network', 'none', '--name', 'one', ...inShell('echo said; echo wrong >&2; exit 4')]);
	t.deepEqual(await podman.run(['start', '--attach', 'one']), {code: 4, out: 'said\n', err: 'wrong\n'});
	t.deepEqual(await podman.run(['logs', 'one']), {code: 0, out: 'said\n', err: 'wrong\n'});
});

test('rm refuses one that runs, and with --force ends it; nothing of it stays', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', image, 'sleep', '1000'));
	await podman.fails(t, ['rm', 'one'], 2, /running/);
	await podman.ok(t, ['rm', '-f', '-t', '0', 'one']);
	t.deepEqual(await podman.states(), []);
	t.is((await podman.world.run(['sh', '-c', 'find /sys/fs/cgroup -name "libpod-*" -not -name "*conmon*"'])).out, '');
});
