// What a program keeps across a checkpoint: its memory, tasks, files and sockets, each asked by itself.
import {copyFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {buildWorkload} from '../support/workload.js';
import {checkpointTest as test, CheckpointWorld, Lines, pipes, Scene, withUserNamespace, type Move, type SceneOptions} from './checkpoint-world.js';

interface Kept extends SceneOptions {
	readonly title: string;
	readonly program: string;
	readonly args: readonly string[];
	readonly move?: Move;
}

const kept: readonly Kept[] = [
	{title: 'threads', program: 'tasks', args: ['threads', '12']},
	{title: 'a tree of processes with a session, an orphan and a zombie', program: 'tasks', args: ['tree']},
	{title: 'timers, one of them expired unread, and event descriptors', program: 'tasks', args: ['timers']},
	{title: 'shared memory, memfd and System V IPC', program: 'tasks', args: ['shared']},
	{title: 'file locks', program: 'files', args: ['locks', '/tmp']},
	{title: 'a deleted file that is open', program: 'files', args: ['deleted', '500000']},
	{title: 'a deleted file that is larger than 1 MiB, with ghostLimit', program: 'files', args: ['deleted', '3000000'], move: {checkpoint: {ghostLimit: 4_000_000}}},
	{title: 'a deleted name of a file that has another', program: 'files', args: ['linked']},
	{title: 'a watch on a directory', program: 'files', args: ['inotify', '/root']},
	{title: 'a private mapping that was changed, and the position in a file', program: 'files', args: ['mapped', '/bin/files']},
	{title: 'unix sockets with data in them', program: 'sockets', args: ['unix']},
	{title: 'a TCP listener', program: 'sockets', args: ['listen', '80']},
	{title: 'a TCP connection over loopback with data under way, with tcpEstablished', program: 'sockets', args: ['tcp'], move: {checkpoint: {tcpEstablished: true}, restore: {tcpEstablished: true}}},
];

for (const {title, program, args, move, ...options} of kept) {
	test(`a container keeps ${title}`, async t => {
		const world = new CheckpointWorld(t);
		const scene = await world.scene(program, args, options);
		t.is(await scene.ask(), 'ok');
		await scene.move(move);
		t.is(await scene.ask(), 'ok');
		await scene.move(move);
		t.is(await scene.ask(), 'ok', 'after the second time');
	});

	test(`a container in a user namespace keeps ${title}`, async t => {
		const world = new CheckpointWorld(t);
		const scene = await world.scene(program, args, {...options, edit: config => withUserNamespace(config)});
		await scene.move(move);
		t.is(await scene.ask(), 'ok');
	});
}

test('memory is what it was, to the bit, and the count goes on', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['16']);
	const before = JSON.parse(await scene.ask()) as {beats: number; checksum: string};
	await scene.move();
	const after = JSON.parse(await scene.ask()) as {beats: number; checksum: string; intact: boolean; mib: number};
	t.like(after, {intact: true, checksum: before.checksum, mib: 16});
	t.true(after.beats > before.beats);
});

test('tmpfs and /dev/shm have their files, the masked ones stay hidden', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit: config => {
		config.mounts.push({destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['size=4m']});
	}});
	const digest = 'cat /tmp/a/file /dev/shm/other | md5sum';
	await scene.ask('mkdir /tmp/a; head -c 1000000 /dev/urandom > /tmp/a/file; date > /dev/shm/other; ln -s nowhere /tmp/link; chmod 741 /tmp/a; mkfifo /tmp/fifo; echo done');
	const before = await scene.ask(digest);
	await scene.move();
	t.is(await scene.ask(digest), before);
	t.is(await scene.ask('readlink /tmp/link; stat -c "%a %F" /tmp/a /tmp/fifo'), 'nowhere');
	t.is(await scene.next(), '741 directory');
	t.is(await scene.next(), '644 fifo');
	t.is(await scene.ask('wc -c < /proc/keys; ls /proc/acpi | wc -w; echo x 2>/dev/null > /proc/sys/kernel/hostname || echo refused'), '0');
	t.is(await scene.next(), '0');
	t.is(await scene.next(), 'refused');
});

test('what it was restored with is the same: ids, capabilities, limits, environment, cwd, umask, hostname', async t => {
	const world = new CheckpointWorld(t);
	const script = 'id; grep -E "^(Cap|Seccomp:|NoNewPrivs|Groups|Umask)" /proc/self/status; cat /proc/self/limits /proc/self/oom_score_adj; env; pwd; hostname; tty; tr "\\0" " " < /proc/$$/cmdline; echo; sort /proc/mounts';
	const scene = await world.shellScene({edit: config => {
		config.process.cwd = '/usr';
		config.process.user = {uid: 1000, gid: 5, additionalGids: [1001], umask: 0o027};
		config.process.oomScoreAdj = 300;
		config.process.env!.push('A=b c');
		config.hostname = 'survivor';
		withUserNamespace(config); // Other ids than ours need one
		config.linux.seccomp = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['chroot'], action: 'SCMP_ACT_ERRNO', errnoRet: 71}]};
	}});
	const tell = async (): Promise<string[]> => {
		scene.container.stdin!.write(`${script.replaceAll('/proc/mounts', '/proc/$$/mounts')}; echo end\n`);
		const lines: string[] = [];
		for (let line = await scene.next(); line !== 'end'; line = await scene.next()) {
			lines.push(line);
		}

		return lines;
	};

	const before = await tell();
	await scene.move();
	t.deepEqual(await tell(), before);
	t.regex(await scene.ask('chroot / echo no 2>&1'), /Protocol error/, 'the seccomp filter is there');
});

test('a bind-mounted program runs on, and so does one that was started from it', async t => {
	const world = new CheckpointWorld(t);
	const bundle = world.bundle({
		args: ['/opt/tasks', 'tree'],
		writable: true,
		prepare(rootfs) {
			mkdirSync(join(rootfs, '../opt'));
			copyFileSync(buildWorkload('tasks'), join(rootfs, '../opt/tasks'));
		},
		edit: config => {
			config.mounts.push({destination: '/opt', type: 'bind', source: 'opt', options: ['rbind', 'ro']});
		},
	});
	const container = await world.runtime.run(world.id(), {bundle, stdio: pipes});
	t.is(await new Lines(container.stdout!).next(), 'ready');
	const scene = new Scene(world, container);
	await scene.move();
	t.is(await scene.ask(), 'ok');
});
