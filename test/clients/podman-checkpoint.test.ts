// podman container checkpoint and restore, with ctnative as its runtime.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {image, Podman, podmanTest as test} from './podman.js';

const none = ['--network', 'none'];

test('podman checkpoints a container and restores it where it was, again and again', async t => {
	const podman = await new Podman(t).load();
	await podman.count('one', none);
	let last = 0;
	for (let turn = 0; turn < 2; turn++) {
		const dumped = JSON.parse(await podman.run('container', 'checkpoint', '--print-stats', 'one')) as {container_statistics: Array<{criu_statistics: {pages_written: number}}>};
		t.true(dumped.container_statistics[0]!.criu_statistics.pages_written > 10);
		t.is(await podman.run('ps', '--quiet'), '');
		const restored = JSON.parse(await podman.run('container', 'restore', '--print-stats', 'one')) as {container_statistics: Array<{criu_statistics: {pages_restored: number}}>};
		t.true(restored.container_statistics[0]!.criu_statistics.pages_restored > 10);
		last = await podman.counted('one', last);
	}

	t.regex(await podman.run('exec', 'one', 'cat', '/proc/1/cmdline'), /^sh/);
});

test('--leave-running leaves it running, and the next checkpoint replaces the images', async t => {
	const podman = await new Podman(t).load();
	await podman.count('one', none);
	await podman.run('container', 'checkpoint', '--leave-running', '--keep', 'one');
	const before = await podman.counted('one', 1);
	await podman.run('container', 'checkpoint', '--leave-running', '--keep', 'one');
	await podman.counted('one', before);
	await podman.run('container', 'checkpoint', '--keep', 'one');
	const userdata = podman.file(`store/overlay-containers/${await podman.run('inspect', '--format', '{{.Id}}', 'one')}/userdata`);
	t.true(existsSync(`${userdata}/dump.log`), '--keep');
	t.deepEqual(readdirSync(userdata).filter(name => name.startsWith('checkpoint')), ['checkpoint']);
	await podman.run('container', 'restore', '--keep', 'one');
	await podman.counted('one', before);
	t.true(existsSync(`${userdata}/checkpoint/inventory.img`));
});

test('--export and --import take files, shared memory, volumes and limits along, also under another name', async t => {
	const podman = await new Podman(t).load();
	const options = [...none, '--volume', 'data:/data', '--tmpfs', '/scratch', '--memory', '64m', '--hostname', 'there'];
	await podman.count('one', options, 'echo new > /new; rm /bin/vi; echo v > /data/v; echo s > /dev/shm/s; echo t > /scratch/t');
	const before = await podman.counted('one', 2);
	for (const compression of ['zstd', 'gzip', 'none']) {
		await podman.run('container', 'checkpoint', '--leave-running', '--compress', compression, '--export', podman.file(compression), 'one');
	}

	await podman.run('rm', '--force', '--time', '0', '--volumes', 'one');
	await podman.run('volume', 'rm', '--force', 'data');
	await podman.run('container', 'restore', '--import', podman.file('zstd'));
	await podman.counted('one', before);
	t.is(await podman.run('exec', 'one', 'sh', '-c', 'cat /new /data/v /dev/shm/s /scratch/t; hostname; ls /bin/vi 2>&1 || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'), 'new\nv\ns\nt\nthere\nls: /bin/vi: No such file or directory\n67108864');

	await podman.run('container', 'restore', '--ignore-volumes', '--import', podman.file('gzip'), '--name', 'two');
	await podman.run('container', 'restore', '--ignore-volumes', '--ignore-rootfs', '--import', podman.file('none'), '--name', 'three');
	await podman.counted('two', before);
	await podman.counted('three', before);
	t.is(await podman.run('exec', 'two', 'cat', '/new'), 'new');
	t.is((await podman.try('exec', 'three', 'cat', '/new')).code, 1, '--ignore-rootfs');
	t.is((await podman.run('ps', '--quiet')).split('\n').length, 3);
});

test('an open TCP connection needs --tcp-established, and keeps what is in flight', async t => {
	const podman = await new Podman(t).load();
	const script = 'mkfifo /tmp/f; (n=0; while true; do n=$((n + 1)); echo $n; sleep 0.1; done) | nc -l -p 1234 > /dev/null & sleep 0.3; exec nc 127.0.0.1 1234 < /dev/zero';
	await podman.run('run', '--detach', '--name', 'one', '--cgroup-parent', podman.cgroup, ...none, image, 'sh', '-c', script);
	const before = await podman.counted('one', 2);
	const refused = await podman.try('container', 'checkpoint', 'one');
	t.not(refused.code, 0);
	t.regex(refused.err, /tcpEstablished|tcp-established/);
	const running = await podman.counted('one', before);
	await podman.run('container', 'checkpoint', '--tcp-established', 'one');
	await podman.run('container', 'restore', '--tcp-established', 'one');
	await podman.counted('one', running);
	const numbers = (await podman.run('logs', 'one')).split('\n').map(Number);
	t.deepEqual(numbers, numbers.map((_, index) => index + 1), 'not one is lost or said twice');
});

test('a terminal, and a container of a pod, come back', async t => {
	const podman = await new Podman(t).load();
	await podman.count('tty', [...none, '--tty']);
	await podman.run('container', 'checkpoint', '--export', podman.file('tty.tar'), 'tty');
	await podman.run('rm', 'tty');
	await podman.run('container', 'restore', '--import', podman.file('tty.tar'));
	await podman.counted('tty', 1);
	t.regex(await podman.run('exec', 'tty', 'readlink', '/proc/1/fd/1'), /^\/dev\/pts\/\d+$/);

	const pods: string[] = [];
	for (const pod of ['there', 'here']) {
		pods.push(await podman.run('pod', 'create', '--name', pod, '--cgroup-parent', podman.cgroup, ...none, '--infra-image', image, '--infra-command', '/bin/forever'));
	}

	await podman.run('run', '--detach', '--name', 'member', '--pod', 'there', image, 'sh', '-c', 'n=0; while true; do n=$((n + 1)); echo $n; sleep 0.1; done');
	const before = await podman.counted('member', 2);
	await podman.run('container', 'checkpoint', '--export', podman.file('pod.tar'), 'member');
	await podman.run('rm', 'member');
	await podman.run('container', 'restore', '--import', podman.file('pod.tar'), '--pod', pods[1]!);
	await podman.counted('member', before);
});

test('on a bridge it keeps its address, its MAC and the connections from outside', async t => {
	const podman = new Podman(t);
	await podman.enterNetwork();
	await podman.load();
	await podman.run('network', 'create', '--subnet', '10.99.7.0/24', 'ours');
	await podman.run('run', '--detach', '--name', 'one', '--cgroup-parent', podman.cgroup, '--network', 'ours', image, 'sh', '-c', 'echo 0; tail -f /dev/null | nc -l -p 1234');
	const look = async (): Promise<string> => podman.run('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}', 'one');
	const before = await look();
	const client = podman.execute(['timeout', '50', 'busybox', 'sh', '-c', `sleep 0.5; n=0; while [ $n -lt 40 ]; do n=$((n + 1)); echo $n; sleep 0.1; done | busybox nc ${before.split(' ')[0]!} 1234`]);
	await podman.counted('one', 2);
	// podman brings the network up before CRIU has the sockets: what arrives in between would be answered by a reset
	const rule = ['OUTPUT', '--destination', before.split(' ')[0]!, '--jump', 'DROP'];
	t.is((await podman.execute(['iptables', '--insert', ...rule])).err, '');
	await podman.run('container', 'checkpoint', '--tcp-established', 'one');
	await podman.run('container', 'restore', '--tcp-established', 'one');
	await podman.execute(['iptables', '--delete', ...rule]);
	t.is(await look(), before);
	t.is((await client).code, 0);
	await podman.counted('one', 39);
});

test('a restore that fails says why and leaves nothing, and the container starts afresh', async t => {
	const podman = await new Podman(t).load();
	await podman.count('one', none);
	await podman.run('container', 'checkpoint', '--keep', 'one');
	const images = podman.file(`store/overlay-containers/${await podman.run('inspect', '--format', '{{.Id}}', 'one')}/userdata/checkpoint`);
	const core = readdirSync(images).find(name => name.startsWith('core-'))!;
	execFileSync('truncate', ['--size', '100', `${images}/${core}`]);
	const failed = await podman.try('container', 'restore', '--keep', 'one');
	t.not(failed.code, 0);
	t.regex(failed.err, /CRIU|core/);
	await podman.run('start', 'one');
	t.is(await podman.run('exec', 'one', 'cat', '/proc/1/comm'), 'sh');
	t.false(existsSync(`/run/ctnative/${await podman.run('inspect', '--format', '{{.Id}}', 'one')}/root`));
	t.regex(readFileSync(podman.file('containers.conf'), 'utf8'), /ctnative/);
});
