// Docker with ctnative as its default runtime.
import {nativeCommand} from '../command/hosts.js';
import {clearDocker, image, startDocker} from './docker-world.js';
import {clientTests, eventually} from './world.js';

const test = clientTests(['dockerd', 'docker', 'iptables'], async world => startDocker(world, {bridge: true, options: ['--default-runtime', 'ctnative']}), clearDocker);

const inShell = (script: string): string[] => [image, 'sh', '-c', script];
const counting = inShell('n=0; while :; do n=$((n + 1)); echo $n; sleep 0.1; done');

test('Docker takes ctnative for its default runtime', async (t, docker) => {
	t.is(await docker.ok(t, ['info', '--format', '{{.DefaultRuntime}} {{(index .Runtimes "ctnative").Path}}']), `ctnative ${nativeCommand}`);
});

test('run passes on output, error, input and exit code', async (t, docker) => {
	t.deepEqual(await docker.run(['run', '--rm', '-i', ...inShell('cat; echo wrong >&2; exit 7')], {input: 'typed'}), {code: 7, out: 'typed', err: 'wrong\n'});
	t.is(await docker.ok(t, ['ps', '--all', '--quiet']), '');
});

test('a program that is missing or cannot be executed is told as 127 and 126', async (t, docker) => {
	await docker.fails(t, ['run', '--rm', image, 'nothing'], 127, /executable file not found in \$PATH/);
	await docker.fails(t, ['run', '--rm', image, '/nothing'], 127, /no such file or directory/);
	await docker.fails(t, ['run', '--rm', image, '/etc/passwd'], 126, /permission denied/);
});

test('exec runs a further program, also with a terminal, detached, and as another user', async (t, docker) => {
	await docker.ok(t, ['run', '-d', '--name', 'one', image, 'sleep', '1000']);
	t.deepEqual(await docker.run(['exec', '-i', 'one', 'sh', '-c', 'cat; exit 3'], {input: 'in'}), {code: 3, out: 'in', err: ''});
	t.regex(await docker.ok(t, ['exec', '-t', 'one', 'tty']), /^\/dev\/pts\/\d/);
	t.is(await docker.ok(t, ['exec', '--user', '1000:1001', '--workdir', '/tmp', '--env', 'A=b', 'one', 'sh', '-c', 'echo $(id -u):$(id -g) $PWD $A']), '1000:1001 /tmp b');
	await docker.ok(t, ['exec', '-d', 'one', 'touch', '/tmp/flag']);
	t.is((await eventually(async () => docker.run(['exec', 'one', 'ls', '/tmp']), ({out}) => out !== '')).out, 'flag\n');
	t.is((await docker.run(['exec', 'one', 'nothing'])).code, 126);
});

test('logs have what it said, and attach and wait its end', async (t, docker) => {
	await docker.ok(t, ['create', '--name', 'one', ...inShell('echo said; echo wrong >&2; exit 4')]);
	t.deepEqual(await docker.run(['start', '--attach', 'one']), {code: 4, out: 'said\n', err: 'wrong\n'});
	t.deepEqual(await docker.run(['logs', 'one']), {code: 0, out: 'said\n', err: 'wrong\n'});
	t.is(await docker.ok(t, ['wait', 'one']), '4');
});

test('stop waits for the program, and then does not', async (t, docker) => {
	await docker.ok(t, ['run', '-d', '--name', 'polite', ...inShell('trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done')]);
	await docker.ok(t, ['run', '-d', '--name', 'deaf', ...inShell('trap "" TERM; echo ready; while :; do sleep 0.1; done')]);
	for (const name of ['polite', 'deaf']) {
		t.is((await eventually(async () => docker.run(['logs', name]), ({out}) => out !== '')).out, 'ready\n');
		await docker.ok(t, ['stop', '--time', '1', name]);
	}

	t.is(await docker.ok(t, ['inspect', '--format', '{{.State.ExitCode}}', 'polite', 'deaf']), '5\n137');
	await docker.ok(t, ['restart', 'polite']);
	t.is(await docker.ok(t, ['inspect', '--format', '{{.State.Status}}', 'polite']), 'running');
	await docker.ok(t, ['kill', '--signal', 'KILL', 'polite']);
	t.is(await docker.ok(t, ['wait', 'polite']), '137');
});

test('pause freezes it and unpause lets it go on', async (t, docker) => {
	await docker.ok(t, ['run', '-d', '--name', 'one', ...counting]);
	await docker.ok(t, ['pause', 'one']);
	t.is(await docker.ok(t, ['inspect', '--format', '{{.State.Status}}', 'one']), 'paused');
	const before = await docker.ok(t, ['logs', 'one']);
	await docker.fails(t, ['exec', 'one', 'true'], 1, /paused/);
	t.is(await docker.ok(t, ['logs', 'one']), before);
	await docker.ok(t, ['unpause', 'one']);
	t.not((await eventually(async () => docker.run(['logs', 'one']), ({out}) => out.trim() !== before)).out.trim(), before);
});

test('update, stats and top tell of the same container', async (t, docker) => {
	await docker.ok(t, ['run', '-d', '--name', 'one', '--memory', '64m', image, 'sleep', '1000']);
	await docker.ok(t, ['update', '--memory', '96m', '--memory-swap', '96m', '--cpus', '0.5', '--pids-limit', '50', 'one']);
	const limits = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max /sys/fs/cgroup/pids.max';
	t.regex(await docker.ok(t, ['exec', 'one', 'sh', '-c', limits]), /^100663296\n50000.*\n50$/);
	t.regex(await docker.ok(t, ['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}} {{.PIDs}}', 'one']), /^one [1-9].* \/ 96MiB 1$/);
	t.regex(await docker.ok(t, ['top', 'one', '-o', 'pid,args']), /^PID +COMMAND\n\d+ +sleep 1000$/);
});

test('events tell of its life, and of the end of its memory', async (t, docker) => {
	const since = String(Math.floor(Date.now() / 1000) - 1);
	await docker.ok(t, ['run', '--name', 'short', image, 'true']);
	const eats = await docker.run(['run', '--name', 'greedy', '--memory', '16m', '--memory-swap', '16m', ...inShell('tail /dev/zero')]);
	t.is(eats.code, 137);
	const events = await docker.ok(t, ['events', '--since', since, '--until', String(Math.ceil(Date.now() / 1000) + 1), '--filter', 'type=container', '--format', '{{.Actor.Attributes.name}} {{.Status}}']);
	const of = (name: string): string[] => events.split('\n').filter(line => line.startsWith(`${name} `)).map(line => line.split(' ')[1]!);
	t.deepEqual(of('short').filter(event => event !== 'attach'), ['create', 'start', 'die']);
	t.true(of('greedy').includes('oom'), events);
	t.is(await docker.ok(t, ['inspect', '--format', '{{.State.OOMKilled}}', 'greedy']), 'true');
});

test('a published port leads to it, and containers of a network find each other', async (t, docker) => {
	await docker.ok(t, ['network', 'create', '--subnet', '172.30.7.0/24', 'ours']);
	await docker.ok(t, ['run', '-d', '--name', 'web', '--network', 'ours', '--publish', '18082:80', ...inShell('mkdir /www; echo found > /www/index.html; exec httpd -f -p 80 -h /www')]);
	t.is((await eventually(async () => docker.world.run(['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:18082/']), ({out}) => out !== '')).out, 'found\n');
	t.is(await docker.ok(t, ['run', '--rm', '--network', 'ours', image, 'wget', '-q', '-O', '-', 'http://web/']), 'found');
});

test('a checkpoint ends it, or leaves it running, and start goes on from there', async (t, docker) => {
	await docker.ok(t, ['run', '-d', '--name', 'one', ...counting]);
	const numbers = async (): Promise<number[]> => (await docker.run(['logs', 'one'])).out.trim().split('\n').map(Number);
	await eventually(numbers, ({length}) => length > 2);
	await docker.ok(t, ['checkpoint', 'create', '--leave-running', 'one', 'left']);
	t.is(await docker.ok(t, ['inspect', '--format', '{{.State.Status}}', 'one']), 'running');
	const {length: before} = await numbers();
	t.true((await eventually(numbers, ({length}) => length > before)).length > before);

	await docker.ok(t, ['checkpoint', 'create', 'one', 'last']);
	t.is((await eventually(async () => docker.run(['inspect', '--format', '{{.State.Status}}', 'one']), ({out}) => out === 'exited\n')).out, 'exited\n');
	t.deepEqual((await docker.ok(t, ['checkpoint', 'ls', 'one'])).split('\n').map(line => line.trim()), ['CHECKPOINT NAME', 'last', 'left']);
	const at = (await numbers()).at(-1)!;
	// Docker finds the images in its own store until those are collected, and refuses them then
	const started = await eventually(async () => docker.run(['start', '--checkpoint', 'last', 'one']), ({code, err}) => code === 0 || !err.includes('already exists'));
	t.is(started.code, 0, started.err);
	const all = await eventually(numbers, list => list.at(-1)! > at + 2);
	t.deepEqual(all, all.map((_, index) => index + 1), 'it counts on, and has not begun anew');
	await docker.ok(t, ['exec', 'one', 'true']);
});

test('it may be one of several runtimes, for all that a container can be told', async (t, docker) => {
	const second = await startDocker(docker.world, {name: 'second'});
	t.is(await second.ok(t, ['info', '--format', '{{.DefaultRuntime}}']), 'runc');
	await second.ok(t, ['run', '-d', '--runtime', 'ctnative', '--name', 'one', '--memory', '64m', '--memory-swap', '64m', ...counting]);
	t.is(await second.ok(t, ['inspect', '--format', '{{.HostConfig.Runtime}}', 'one']), 'ctnative');
	const numbers = async (): Promise<number[]> => (await second.run(['logs', 'one'])).out.trim().split('\n').map(Number);
	await eventually(numbers, list => list.at(-1)! > 2);
	t.is(await second.ok(t, ['exec', 'one', 'cat', '/proc/1/comm']), 'sh');
	await second.ok(t, ['pause', 'one']);
	t.is(await second.ok(t, ['inspect', '--format', '{{.State.Status}}', 'one']), 'paused');
	await second.ok(t, ['unpause', 'one']);
	await second.ok(t, ['update', '--memory', '96m', '--memory-swap', '96m', 'one']);
	t.regex(await second.ok(t, ['stats', '--no-stream', '--format', '{{.MemUsage}}', 'one']), /\/ 96MiB$/);
	await second.ok(t, ['checkpoint', 'create', 'one', 'last']);
	const at = (await numbers()).at(-1)!;
	const started = await eventually(async () => second.run(['start', '--checkpoint', 'last', 'one']), ({code, err}) => code === 0 || !err.includes('already exists'));
	t.is(started.code, 0, started.err);
	t.true((await eventually(numbers, list => list.at(-1)! > at)).at(-1)! > at);
	await second.ok(t, ['stop', '--time', '0', 'one']);
	t.is(await second.ok(t, ['wait', 'one']), '137');
});
