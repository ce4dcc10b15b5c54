// podman container checkpoint and restore, with ctnative as its runtime.
import {execFileSync} from 'node:child_process';
import {copyFileSync, existsSync, readdirSync, writeFileSync} from 'node:fs';
import {buildWorkload} from '../support/workload.js';
import {clearPodman, counting, image, openPodman} from './podman.js';
import {clientTests, eventually} from './world.js';

const test = clientTests(['podman', 'conmon', 'iptables'], openPodman, clearPodman);

const none = ['--network', 'none'];
const checkpoint = (...args: string[]): string[] => ['container', 'checkpoint', ...args];
const restore = (...args: string[]): string[] => ['container', 'restore', ...args];

test('podman checkpoints a container and restores it where it was, again and again', async (t, podman) => {
	await podman.count(t, 'one', none);
	let last = 0;
	for (let turn = 0; turn < 2; turn++) {
		const dumped = JSON.parse(await podman.ok(t, checkpoint('--print-stats', 'one'))) as {container_statistics: Array<{criu_statistics: {pages_written: number}}>};
		t.true(dumped.container_statistics[0]!.criu_statistics.pages_written > 10);
		t.is(await podman.ok(t, ['ps', '--quiet']), '');
		const restored = JSON.parse(await podman.ok(t, restore('--print-stats', 'one'))) as {container_statistics: Array<{criu_statistics: {pages_restored: number}}>};
		t.true(restored.container_statistics[0]!.criu_statistics.pages_restored > 10);
		last = await podman.counted(t, 'one', last);
	}

	t.regex(await podman.ok(t, ['exec', 'one', 'cat', '/proc/1/cmdline']), /^sh/);
});

test('--leave-running leaves it running, and the next checkpoint replaces the images', async (t, podman) => {
	await podman.count(t, 'one', none);
	await podman.ok(t, checkpoint('--leave-running', '--keep', 'one'));
	const before = await podman.counted(t, 'one', 1);
	await podman.ok(t, checkpoint('--leave-running', '--keep', 'one'));
	await podman.counted(t, 'one', before);
	await podman.ok(t, checkpoint('--keep', 'one'));
	const userdata = await podman.userdata(t, 'one');
	t.true(existsSync(`${userdata}/dump.log`), '--keep');
	t.deepEqual(readdirSync(userdata).filter(name => name.startsWith('checkpoint')), ['checkpoint']);
	await podman.ok(t, restore('--keep', 'one'));
	await podman.counted(t, 'one', before);
	t.true(existsSync(`${userdata}/checkpoint/inventory.img`));
	t.true(existsSync(`${userdata}/restore.log`));
});

test('--export and --import take files, shared memory, volumes and limits along, also under another name', async (t, podman) => {
	const options = [...none, '--volume', 'data:/data', '--tmpfs', '/scratch', '--memory', '64m', '--hostname', 'there'];
	await podman.count(t, 'one', options, 'echo new > /new; rm /bin/vi; echo v > /data/v; echo s > /dev/shm/s; echo t > /scratch/t');
	const before = await podman.counted(t, 'one', 2);
	for (const compression of ['zstd', 'gzip', 'none']) {
		await podman.ok(t, checkpoint('--leave-running', '--compress', compression, '--export', podman.file(compression), 'one'));
	}

	await podman.ok(t, ['rm', '--force', '--time', '0', '--volumes', 'one']);
	await podman.ok(t, ['volume', 'rm', '--force', 'data']);
	await podman.ok(t, restore('--import', podman.file('zstd')));
	await podman.counted(t, 'one', before);
	const look = 'cat /new /data/v /dev/shm/s /scratch/t; hostname; ls /bin/vi 2>&1 || cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max';
	t.is(await podman.ok(t, ['exec', 'one', 'sh', '-c', look]), 'new\nv\ns\nt\nthere\nls: /bin/vi: No such file or directory\n67108864');

	await podman.ok(t, restore('--ignore-volumes', '--import', podman.file('gzip'), '--name', 'two'));
	await podman.ok(t, restore('--ignore-volumes', '--ignore-rootfs', '--import', podman.file('none'), '--name', 'three'));
	await podman.counted(t, 'two', before);
	await podman.counted(t, 'three', before);
	t.is(await podman.ok(t, ['exec', 'two', 'cat', '/new']), 'new');
	t.is((await podman.run(['exec', 'three', 'cat', '/new'])).code, 1, '--ignore-rootfs');
	t.is((await podman.ok(t, ['ps', '--quiet'])).split('\n').length, 3);
});

test('an open TCP connection needs --tcp-established, and keeps what is in flight', async (t, podman) => {
	const script = `(${counting}) | nc -l -p 1234 > /dev/null & until netstat -ltn | grep -q 1234; do sleep 0.1; done; exec nc 127.0.0.1 1234 < /dev/zero`;
	await podman.ok(t, ['run', '--detach', '--name', 'one', ...none, image, 'sh', '-c', script]);
	const before = await podman.counted(t, 'one', 2);
	await podman.fails(t, checkpoint('one'), 125, /tcpEstablished|tcp-established/);
	const running = await podman.counted(t, 'one', before);
	await podman.ok(t, checkpoint('--tcp-established', 'one'));
	await podman.ok(t, restore('--tcp-established', 'one'));
	await podman.counted(t, 'one', running);
	const numbers = (await podman.ok(t, ['logs', 'one'])).split('\n').map(Number);
	t.deepEqual(numbers, numbers.map((_, index) => index + 1), 'not one is lost or said twice');
});

test('a terminal, and a container of a pod, come back', async (t, podman) => {
	await podman.count(t, 'tty', [...none, '--tty']);
	await podman.ok(t, checkpoint('--export', podman.file('tty.tar'), 'tty'));
	await podman.ok(t, ['rm', 'tty']);
	await podman.ok(t, restore('--import', podman.file('tty.tar')));
	await podman.counted(t, 'tty', 1);
	t.regex(await podman.ok(t, ['exec', 'tty', 'readlink', '/proc/1/fd/1']), /^\/dev\/pts\/\d+$/);

	await podman.ok(t, ['pod', 'create', '--name', 'there', ...none]);
	const here = await podman.ok(t, ['pod', 'create', '--name', 'here', ...none]);
	await podman.ok(t, ['run', '--detach', '--name', 'member', '--pod', 'there', image, 'sh', '-c', counting]);
	const before = await podman.counted(t, 'member', 2);
	await podman.ok(t, checkpoint('--export', podman.file('pod.tar'), 'member'));
	await podman.ok(t, ['rm', 'member']);
	await podman.ok(t, restore('--import', podman.file('pod.tar'), '--pod', here));
	await podman.counted(t, 'member', before);
	const infra = await podman.ok(t, ['pod', 'inspect', '--format', '{{.InfraContainerID}}', here]);
	const shared = async (container: string): Promise<string> => {
		const pid = await podman.ok(t, ['inspect', '--format', '{{.State.Pid}}', container]);
		return (await podman.world.run(['sh', '-c', `readlink /proc/${pid}/ns/ipc /proc/${pid}/ns/uts /proc/${pid}/ns/net`])).out;
	};
	t.is(await shared('member'), await shared(infra), 'with the others of the pod');
});

test('on a bridge it keeps its address, its MAC and the connections from outside', async (t, podman) => {
	const {world} = podman;
	await podman.ok(t, ['network', 'create', '--subnet', '10.99.7.0/24', 'ours']);
	await podman.ok(t, ['run', '--detach', '--name', 'one', '--network', 'ours', image, 'sh', '-c', 'echo 0; tail -f /dev/null | nc -l -p 1234']);
	const look = async (): Promise<string> => podman.ok(t, ['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}', 'one']);
	const before = await look();
	const [address] = before.split(' ');
	t.regex(await eventually(async () => (await podman.run(['exec', 'one', 'netstat', '-ltn'])).out, out => out.includes(':1234')), /:1234/);
	const enough = podman.file('enough');
	const client = world.run(['sh', '-c', `n=0; until [ -e ${enough} ]; do n=$((n + 1)); echo $n; sleep 0.1; done | busybox nc ${address!} 1234`]);
	const first = await podman.counted(t, 'one', 2);
	// podman brings the network up before CRIU has the sockets: what arrives in between would be answered by a reset
	const rule = ['OUTPUT', '--destination', address!, '--jump', 'DROP'];
	t.is((await world.run(['iptables', '--insert', ...rule])).err, '');
	await podman.ok(t, checkpoint('--tcp-established', 'one'));
	await podman.ok(t, restore('--tcp-established', 'one'));
	t.is((await world.run(['iptables', '--delete', ...rule])).err, '');
	t.is(await look(), before);
	await podman.counted(t, 'one', first + 20);
	writeFileSync(enough, '');
	t.is((await client).code, 0);
	const numbers = (await podman.ok(t, ['logs', 'one'])).split('\n').map(Number);
	t.deepEqual(numbers, numbers.map((_, index) => index), 'all that the client has sent');
});

test('--publish, --ignore-static-ip and --ignore-static-mac give a copy a port, an address and a MAC of its own', async (t, podman) => {
	await podman.ok(t, ['network', 'create', '--subnet', '10.99.8.0/24', 'theirs']);
	const [ip, mac] = ['10.99.8.50', '92:d0:c6:0a:29:33'];
	const serve = 'while true; do echo hello | nc -l -p 1234; done';
	await podman.ok(t, ['run', '--detach', '--name', 'one', '--network', 'theirs', '--ip', ip, '--mac-address', mac, image, 'sh', '-c', serve]);
	const look = async (name: string): Promise<string> => podman.ok(t, ['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}', name]);
	t.is(await look('one'), `${ip} ${mac}`);
	await podman.ok(t, checkpoint('--leave-running', '--export', podman.file('one'), 'one'));
	await podman.ok(t, restore('--import', podman.file('one'), '--name', 'two', '--ignore-static-ip', '--ignore-static-mac', '--publish', '7171:1234'));
	const two = await look('two');
	t.regex(two, /^10\.99\.8\.\d+ /);
	t.false(two.includes(ip) || two.includes(mac), two);
	const [address] = two.split(' ');
	const ask = async (...to: string[]): Promise<string> => eventually(async () => (await podman.world.run(['busybox', 'nc', '-w', '2', ...to])).out, out => out === 'hello\n');
	t.is(await ask(address!, '1234'), 'hello\n');
	t.is(await ask('10.99.8.1', '7171'), 'hello\n', '--publish');
});

test('--create-image, --file-locks and --all: a checkpoint that is an image, of a program with a lock', async (t, podman) => {
	copyFileSync(buildWorkload('files'), podman.file('files'));
	await podman.ok(t, ['run', '--detach', '--name', 'one', ...none, '--volume', `${podman.file('files')}:/files:ro`, image, 'sh', '-c', 'tail -f /dev/null | /files locks /tmp']);
	const locks = async (name: string): Promise<string> => (await podman.ok(t, ['exec', name, 'cat', '/proc/locks'])).replace(/^\d+: |[\da-f]+:[\da-f]+:\d+/gm, '');
	const before = await eventually(async () => locks('one'), said => said.includes('FLOCK'));
	t.regex(before, /FLOCK[^]*POSIX|POSIX[^]*FLOCK/);
	await podman.ok(t, checkpoint('--leave-running', '--file-locks', '--create-image', 'localhost/checkpointed', 'one'));
	await podman.ok(t, restore('--file-locks', '--name', 'two', 'localhost/checkpointed'));
	t.is(await locks('two'), before);
	await podman.ok(t, checkpoint('--file-locks', '--all'));
	t.is(await podman.ok(t, ['ps', '--quiet']), '');
	await podman.ok(t, restore('--file-locks', '--all'));
	t.deepEqual([await locks('one'), await locks('two')], [before, before]);
	await podman.ok(t, ['rmi', '--force', 'localhost/checkpointed']);
});

test('--pre-checkpoint and --with-previous, where the kernel tracks memory; else it is said that it does not', async (t, podman) => {
	await podman.count(t, 'one', none);
	const {code, err} = await podman.run(checkpoint('--pre-checkpoint', '--export', podman.file('before'), 'one'));
	const before = await podman.counted(t, 'one', 1);
	if (code !== 0) {
		t.regex(err, /CONFIG_MEM_SOFT_DIRTY|does not support memory tracking/);
		return;
	}

	await podman.ok(t, checkpoint('--with-previous', '--export', podman.file('last'), 'one'));
	await podman.ok(t, ['rm', 'one']);
	await podman.ok(t, restore('--import-previous', podman.file('before'), '--import', podman.file('last')));
	await podman.counted(t, 'one', before);
});

test('a restore that fails says why and leaves nothing, and the container starts afresh', async (t, podman) => {
	await podman.count(t, 'one', none);
	await podman.ok(t, checkpoint('--keep', 'one'));
	const images = `${await podman.userdata(t, 'one')}/checkpoint`;
	execFileSync('truncate', ['--size', '100', `${images}/${readdirSync(images).find(name => name.startsWith('core-'))!}`]);
	await podman.fails(t, restore('--keep', 'one'), 125, /CRIU|core/);
	await podman.ok(t, ['start', 'one']);
	t.is(await podman.ok(t, ['exec', 'one', 'cat', '/proc/1/comm']), 'sh');
	t.deepEqual(await podman.states(), [await podman.ok(t, ['inspect', '--format', '{{.Id}}', 'one'])], 'of it there is one state, and no other');
});
