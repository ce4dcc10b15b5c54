// Docker with ctnative as its default runtime.
import {clearDocker, image, startDocker} from './docker-world.js';
import {clientTests, eventually} from './world.js';

const test = clientTests(['dockerd', 'docker', 'iptables'], async world => startDocker(world, {bridge: true, options: ['--default-runtime', 'ctnative']}), clearDocker);

const inShell = (script: string): string[] => [image, 'sh', '-c', script];
const counting = inShell('n=0; while :; do n=$((n + 1)); echo $n; sleep 0.1; done');

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

test('checkpoint', async (t, docker) => {
	await docker.ok(t, ['run', '-d', '--name', 'one', '--network', 'none', ...counting]);
	console.log(await docker.run(['checkpoint', 'create', 'one', 'c1']));
	console.log(await docker.run(['ps', '-a']));
	console.log(await docker.run(['start', '--checkpoint', 'c1', 'one']));
	console.log(await docker.run(['ps', '-a']));
	console.log(await docker.run(['logs', '--tail', '3', 'one']));
	console.log(await docker.run(['checkpoint', 'create', '--leave-running', 'one', 'c2']));
	console.log(await docker.run(['stats', '--no-stream']));
	console.log(await docker.run(['top', 'one']));
	console.log(await docker.world.run(['sh', '-c', `tail -n 10 ${docker.world.directory}/docker.log; find ${docker.world.directory}/docker -name "*dump.log" | xargs grep -hE "Error|Warn" | head`]));
	t.pass();
});
