// A checkpoint as a thing: what inspect, memory and diff tell of a real one, against what the kernel says of the container.
import {closeSync, openSync, readFileSync, readlinkSync, readSync, writeSync} from 'node:fs';
import {cpus} from 'node:os';
import type {ExecutionContext} from 'ava';
import {Checkpoint, type ProcessInfo, type ProcessMemory} from '../../ts/index.js';
import {checkpointTest as test, CheckpointWorld, type Scene} from './checkpoint-world.js';

const strings = (path: string): string[] => readFileSync(path, 'utf8').replace(/\0$/, '').split('\0');

/** Memory of a process that stands still. */
const liveMemory = (pid: number, address: bigint, length: number): Buffer => {
	const file = openSync(`/proc/${pid}/mem`, 'r');
	try {
		const bytes = Buffer.alloc(length);
		readSync(file, bytes, 0, length, address);
		return bytes;
	} finally {
		closeSync(file);
	}
};

/** Images of a container that is paused, so that the kernel still tells what it was; it goes on with the test's end. */
const freeze = async (t: ExecutionContext, world: CheckpointWorld, scene: Scene, options: {tcpEstablished?: boolean} = {}): Promise<Checkpoint> => {
	await scene.container.pause();
	const imagesDir = world.imagesDir();
	await scene.container.checkpoint({imagesDir, leaveRunning: true, ...options});
	const checkpoint = await Checkpoint.open(imagesDir);
	t.is(checkpoint.path, imagesDir);
	return checkpoint;
};

/** The process of the host that is this one of the container. */
const hostPid = async (scene: Scene, pid: number): Promise<number> => (await scene.container.processes())
	.find(process => readFileSync(`/proc/${process}/status`, 'utf8').match(/^NSpid:.*\t(\d+)$/m)?.[1] === String(pid))!;

test('inspect tells of each process what /proc tells of it', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit: config => {
		config.process.env = ['PATH=/bin', 'SECRET=a b'];
	}});
	await scene.ask('exec 7</etc/passwd; read -r -n 5 head <&7; (cd /tmp; sleep 1000; :) & until grep -qx sleep /proc/[0-9]*/comm; do usleep 1000; done; echo ok');
	const checkpoint = await freeze(t, world, scene);
	const {root, manifest, mounts, stats, size, parents} = await checkpoint.inspect();
	t.is(manifest?.id, scene.container.id);
	t.deepEqual(parents, []);
	t.true(size.total > size.pages && size.pages === Number(stats!.pagesWritten) * 4096);

	const processes: ProcessInfo[] = [root!, root!.children[0]!, root!.children[0]!.children[0]!];
	t.deepEqual(processes.map(({comm}) => comm), ['sh', 'sh', 'sleep']);
	for (const process of processes) {
		const pid = await hostPid(scene, process.pid);
		t.deepEqual(process.args, strings(`/proc/${pid}/cmdline`));
		t.deepEqual(process.env, strings(`/proc/${pid}/environ`));
		t.is(process.files.find(({fd}) => fd === 'exe')!.path, '/bin/busybox');
		t.is(process.files.find(({fd}) => fd === 'cwd')!.path, process.pid === 1 ? '/' : '/tmp');
		t.is(process.uid, 0);
		t.is(process.state, 'alive');
		const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').trim().split('\n').filter(line => !/\[v/.test(line)); // vdso and the like
		const regions = (await checkpoint.memory(process.pid).regions()).filter(({kind}) => kind !== 'kernel');
		t.deepEqual(regions.map(({start, end, protection}) => `${start.toString(16)}-${end.toString(16)} ${protection}`), maps.map(line => line.replace(/^0*(\w+)-0*(\w+) (\S+) .*$/, '$1-$2 $3')));
	}

	const file = root!.files.find(({fd}) => fd === 7)!;
	t.like(file, {type: 'REG', path: '/etc/passwd', closeOnExec: false, external: false});
	t.is(file.position, BigInt(/^pos:\s*(\d+)/m.exec(readFileSync(`/proc/${scene.container.pid}/fdinfo/7`, 'utf8'))![1]!));
	t.is(root!.files.find(({fd}) => fd === 0)!.path, readlinkSync(`/proc/${scene.container.pid}/fd/0`).replace(':[', '['));
	const live = readFileSync(`/proc/${scene.container.pid}/mountinfo`, 'utf8').trim().split('\n').map(line => line.split(' ')[4]!);
	t.deepEqual(mounts.map(({mountPoint}) => mountPoint).sort(), live.sort());
	t.like(mounts.find(({mountPoint}) => mountPoint === '/proc'), {type: 'proc', external: false, readOnly: false});
	t.true(mounts.find(({mountPoint}) => mountPoint === '/proc/keys')!.external);
});

test('inspect tells of sockets, with the state of TCP', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('sockets', ['tcp']);
	const checkpoint = await freeze(t, world, scene, {tcpEstablished: true});
	const {root} = await checkpoint.inspect();
	const sockets = root!.files.flatMap(({socket}) => socket ?? []);
	const listening = sockets.find(({state}) => state === 'LISTEN')!;
	t.like(listening, {family: 'inet', type: 'stream', protocol: 'TCP', local: '0.0.0.0', remote: undefined});
	const established = sockets.filter(({state}) => state === 'ESTABLISHED');
	t.is(established.length, 2);
	t.true(established.some(({localPort, remote, remotePort}) => localPort === listening.localPort && remote === '127.0.0.1' && remotePort! > 0));

	const unix = await world.scene('sockets', ['unix']);
	const inspected = await (await freeze(t, world, unix)).inspect();
	const pair = inspected.root!.files.flatMap(({socket}) => socket ?? []);
	t.true(pair.length > 1 && pair.every(({family}) => family === 'unix'));
	t.true(pair.some(({inode}) => pair.some(({peerInode}) => peerInode === inode)));
});

const rseqBytes = 32;

/** The kernel notes the CPU of a thread, twice, in struct rseq (rseq(2)) of its memory. Some other one was that of CRIU's code in it. */
const isRseq = (block: Buffer): boolean =>
	block.readUInt32LE(0) === block.readUInt32LE(4) && block.readUInt32LE(0) < cpus().length;

/** Whether two pages are the same but for what the kernel writes in them. */
const isSame = (live: Buffer, saved: Uint8Array): boolean => {
	for (let at = 0; at < live.length; at += rseqBytes) {
		const [is, was] = [live.subarray(at, at + rseqBytes), Buffer.from(saved.buffer, saved.byteOffset + at, rseqBytes)];
		if (!is.equals(was) && !(isRseq(is) && isRseq(was))) {
			return false;
		}
	}

	return true;
};

/** Every saved byte is the one that the process has; and how many there were. */
const compareMemory = async (t: ExecutionContext, memory: ProcessMemory, pid: number): Promise<number> => {
	let compared = 0;
	for await (const {address, bytes} of memory.pages()) {
		const region = (await memory.regions()).find(({start, end}) => start <= address && address < end)!;
		if (region.kind !== 'kernel') {
			compared += bytes.length;
			// CRIU's own signal frame was on the stack
			if (region.name !== '[stack]' && !isSame(liveMemory(pid, address, bytes.length), bytes)) {
				t.fail(`memory of ${pid} at 0x${address.toString(16)} is not what it was`);
			}
		}
	}

	return compared;
};

test('memory is what it was, private and shared', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['8']);
	const checkpoint = await freeze(t, world, scene);
	const memory = checkpoint.memory(1);
	t.true(await compareMemory(t, memory, scene.container.pid) >= 8 << 20);
	const totals = await memory.totals();
	t.true(totals.anonymous >= 8 << 20 && totals.anonymous < 9 << 20);
	t.like(totals, {shared: 0, lazy: 0, inParent: 0});

	const big = (await memory.regions()).find(({start, end}) => end - start >= 8n << 20n)!;
	const [address, length] = [big.start + 4000n, 3_000_001];
	t.is(liveMemory(scene.container.pid, address, length).compare(await memory.read(address, length)), 0, 'any address and length');
	t.deepEqual((await memory.locate(big.end - 10n, 20)).map(({place, length: bytes}) => [place, bytes])[0], ['here', 10]);
	await t.throwsAsync(memory.read(4096n, 10), {code: 'ERR_CHECKPOINT_MEMORY', message: /0x1000.*nothing of the program/});
	const code = (await memory.regions()).find(({protection, kind}) => protection === 'r-xp' && kind === 'file')!;
	t.is(code.name, '/bin/heartbeat');
	await t.throwsAsync(memory.read(code.start + 8192n, 10), {code: 'ERR_CHECKPOINT_MEMORY', message: /as in the file/});
	await t.throwsAsync(checkpoint.memory(77).regions(), {code: 'ERR_ARGUMENT', message: /process 77/});

	const sharers = await world.scene('tasks', ['shared']);
	const other = await freeze(t, world, sharers);
	const image = other.memory(1);
	t.true((await image.totals()).shared > 0);
	await compareMemory(t, image, sharers.container.pid);
	const segments = (await image.regions()).filter(({kind}) => kind === 'shared');
	t.is(segments.length, 3, 'anonymous, a memfd and one of System V');
	for (const {start, end} of segments) {
		const bytes = await image.read(start, Number(end - start));
		t.is(liveMemory(sharers.container.pid, start, bytes.length).compare(bytes), 0);
	}
});

test('diff finds the one page that was written, the process that is new and the file that was opened', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['8']);
	const first = await freeze(t, world, scene);
	const big = (await first.memory(1).regions()).find(({start, end}) => end - start >= 8n << 20n)!;
	const page = big.start + (100n * 4096n);
	const file = openSync(`/proc/${scene.container.pid}/mem`, 'r+');
	writeSync(file, Buffer.from([liveMemory(scene.container.pid, page + 7n, 1)[0]! ^ 1]), 0, 1, Number(page + 7n));
	closeSync(file);
	await scene.container.resume();
	const second = await freeze(t, world, scene);
	const {processes, changed, mounts} = await first.diff(second);
	t.deepEqual(processes, {added: [], removed: []});
	t.deepEqual(mounts, {added: [], removed: []});
	const {memory, fields, files} = changed[0]!;
	t.deepEqual(fields, {});
	t.deepEqual(files, {added: [], removed: []});
	t.deepEqual(memory!.changed.filter(({address}) => address >= big.start && address < big.end), [{address: page, pages: 1}]);
	t.true(memory!.unchangedPages >= 2047);
	t.deepEqual((await first.diff(first)).changed, []);

	const shell = await world.shellScene();
	const before = await freeze(t, world, shell);
	await shell.container.resume();
	await shell.ask('exec 7</etc/passwd; sleep 1000 & until grep -qx sleep /proc/$!/comm; do usleep 1000; done; echo ok');
	const after = await freeze(t, world, shell);
	const diff = await before.diff(after, {memory: false});
	t.deepEqual(diff.processes.added.map(({comm}) => comm), ['sleep']);
	t.deepEqual(diff.changed.map(({files: {added}}) => added.map(({fd, path}) => [fd, path])), [[[7, '/etc/passwd']]]);
	t.deepEqual((await after.diff(before, {memory: false})).processes.removed.map(({comm}) => comm), ['sleep']);
});
