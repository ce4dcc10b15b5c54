// The manifest of a checkpoint, what a restore makes of it before anything starts, and the events on the way.
import {execFileSync} from 'node:child_process';
import {appendFileSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {refuseMovedCounts} from '../../ts/checkpoint/fits.js';
import {Checkpoint, type CheckpointEvent, type Manifest} from '../../ts/index.js';
import {checkpointTest as test, CheckpointWorld, pipes, type Scene} from './checkpoint-world.js';
import {cgroupsOf} from './leftovers.js';

const manifestOf = (imagesDir: string): Manifest => JSON.parse(readFileSync(join(imagesDir, 'ctnative.json'), 'utf8')) as Manifest;

/** A restore that is refused, in these words, before there is a container or a CRIU. */
const isRefused = async (t: ExecutionContext, world: CheckpointWorld, scene: Scene, imagesDir: string, message: RegExp, options = {}): Promise<void> => {
	const id = world.id();
	const before = existsSync(join(imagesDir, 'restore.log'));
	await t.throwsAsync(world.runtime.restore(id, {bundle: scene.container.bundle, imagesDir, stdio: 'ignore', ...options}), {code: 'ERR_CHECKPOINT_IMAGES', message});
	t.is(existsSync(join(imagesDir, 'restore.log')), before, 'CRIU was not started');
	t.false(existsSync(join(world.root, id)));
	t.deepEqual(cgroupsOf(id), []);
};

test('a manifest tells all that a restore has to know, with a checksum of every file', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const imagesDir = world.imagesDir();
	const {downtimeUs, stats} = await scene.container.checkpoint({imagesDir, leaveRunning: true});
	t.true(downtimeUs >= stats!.frozenTimeUs - stats!.freezingTimeUs);
	const manifest = manifestOf(imagesDir);
	t.is(manifest.id, scene.container.id);
	t.is(manifest.host!.kernel, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
	t.deepEqual(manifest.spec!.process.args?.slice(0, 2), ['sh', '-c']);
	t.true(manifest.spec!.linux.namespaces!.some(({type}) => type === 'pid'));
	t.regex(manifest.cgroup!.path, /./);
	const sums = execFileSync('sha256sum', Object.keys(manifest.files!), {cwd: imagesDir, encoding: 'utf8'}).trim().split('\n').map(line => line.split(/ +/));
	t.deepEqual(Object.fromEntries(sums.map(([sum, name]) => [name, sum])), Object.fromEntries(Object.entries(manifest.files!).map(([name, {sha256}]) => [name, sha256])));
	t.true('inventory.img' in manifest.files! && 'pages-1.img' in manifest.files!);
	await t.notThrowsAsync((await Checkpoint.open(imagesDir)).verify());

	const quick = world.imagesDir();
	await scene.container.checkpoint({imagesDir: quick});
	t.true(Object.values(manifestOf(quick).files!).every(({size, sha256}) => size > 0 && sha256 === undefined), 'sizes cost nothing');
	scene.become(await world.runtime.restore(scene.container.id, {bundle: scene.container.bundle, imagesDir, stdio: pipes, verify: true}));
	t.is(await scene.ask('echo on'), 'on');
});

test('a restore refuses images that are not what was written', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const imagesDir = world.imagesDir();
	await scene.container.checkpoint({imagesDir, leaveRunning: true});
	const spoil = async (change: (copy: string) => void, message: RegExp, options = {}): Promise<void> => {
		const copy = world.imagesDir();
		execFileSync('cp', ['-a', imagesDir, copy]);
		change(copy);
		await isRefused(t, world, scene, copy, message, options);
	};
	await spoil(copy => truncateSync(join(copy, 'pages-1.img'), 4096), /pages-1.img has 4096 bytes instead of/);
	await spoil(copy => unlinkSync(join(copy, 'core-1.img')), /core-1.img is missing/);
	await spoil(copy => {
		const path = join(copy, 'pages-1.img');
		const bytes = readFileSync(path);
		bytes[9000]! ^= 1;
		writeFileSync(path, bytes);
	}, /pages-1.img has another checksum/, {verify: true});
	await spoil(copy => {
		const {files, ...manifest} = manifestOf(copy);
		writeFileSync(join(copy, 'ctnative.json'), JSON.stringify({...manifest, files: {...files, '../../etc/passwd': {size: 1}}}));
	}, /not beside it/);
	await spoil(copy => symlinkSync('/nowhere/at/all', join(copy, 'parent')), /builds on is not there/);
	await spoil(copy => {
		const {host, ...manifest} = manifestOf(copy);
		writeFileSync(join(copy, 'ctnative.json'), JSON.stringify({...manifest, host: {...host, cpuFeatures: [...host!.cpuFeatures, 'avx9000']}}));
	}, /lacks what that of the checkpoint had: avx9000/);
});

test('a restore refuses a file that has another size, and a bind mount whose source is gone', async t => {
	const world = new CheckpointWorld(t);
	const source = join(world.imagesDir(), '..', 'source');
	const scene = await world.shellScene({
		writable: true,
		edit: config => {
			config.mounts.push({destination: '/bound', type: 'bind', source, options: ['bind']});
		},
		prepare(rootfs) {
			execFileSync('mkdir', ['-p', source, join(rootfs, 'bound')]);
			writeFileSync(join(source, 'data'), '12345');
		},
	});
	await scene.ask('echo 123 >/tmp/log; exec 7</tmp/log 8</bound/data; echo ok');
	const imagesDir = world.imagesDir();
	await scene.container.checkpoint({imagesDir});
	const log = join(scene.container.bundle, 'rootfs/tmp/log');
	appendFileSync(log, '4');
	await isRefused(t, world, scene, imagesDir, /\/tmp\/log has 5 bytes, and had 4 when.*put it back/);
	truncateSync(log, 4);
	truncateSync(join(source, 'data'), 2);
	await isRefused(t, world, scene, imagesDir, /\/bound\/data has 2 bytes, and had 5/);
	writeFileSync(join(source, 'data'), '12345');
	renameSync(log, `${log}.real`);
	symlinkSync('/etc/shadow', log);
	await t.throwsAsync(world.runtime.restore(world.id(), {bundle: scene.container.bundle, imagesDir, stdio: 'ignore'}), {code: 'ERR_CRIU_FAILED'}, 'a link of the container is not followed by us');
	rmSync(log);
	renameSync(`${log}.real`, log);
	renameSync(source, `${source}.away`);
	await isRefused(t, world, scene, imagesDir, /what was mounted at \/bound is not there/);
	renameSync(`${source}.away`, source);
	scene.become(await world.runtime.restore(scene.container.id, {bundle: scene.container.bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask('echo on'), 'on');
});

test('CRIU 4.1 is not given images of 4.2, all of whose memory it would take for empty', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const imagesDir = world.imagesDir();
	await scene.container.checkpoint({imagesDir, leaveRunning: true});
	const manifest = manifestOf(imagesDir);
	const pagemap = readFileSync(join(imagesDir, 'pagemap-1.img'));
	const [old, now] = [{major: 4, minor: 1, text: '4.1.1'}, {major: 4, minor: 2, text: '4.2'}];
	t.throws(() => refuseMovedCounts(imagesDir, manifest, old, pagemap), {code: 'ERR_CHECKPOINT_IMAGES', message: /are of CRIU 4\.2\S*, and the one here is 4\.1\.1: it would read all memory as empty \(.*setup-criu/});
	t.throws(() => refuseMovedCounts(imagesDir, {...manifest, criu: ''}, old, pagemap), {message: /CRIU 4.2 or newer/}, 'nor such images of runc');
	t.notThrows(() => refuseMovedCounts(imagesDir, manifest, now, pagemap));
});

test('a checkpoint and a restore tell how far they are', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.scene('heartbeat', ['64']);
	const {container} = scene;
	const events: CheckpointEvent[] = [];
	const running = container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	for await (const event of running) {
		events.push(event);
	}

	const {downtimeUs} = await running;
	const stages = events.map(({stage}) => stage);
	t.deepEqual(stages.filter(stage => stage !== 'pages'), ['frozen', 'dumping', 'dumped', 'thawed', 'complete']);
	t.true(events.every(({elapsedMs}, index) => elapsedMs >= (events[index - 1]?.elapsedMs ?? 0)));
	const dumped = events.find(({stage}) => stage === 'dumped')!;
	t.true(dumped.bytes! >= 64 << 20 && Math.abs(dumped.expectedBytes! - dumped.bytes!) < 2 << 20, `${dumped.bytes!} of about ${dumped.expectedBytes!}`);
	const {maxGapMs} = JSON.parse(await scene.ask()) as {maxGapMs?: number};
	t.true(downtimeUs > 1000 && (maxGapMs === undefined || downtimeUs <= maxGapMs * 1500));

	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const restoring = world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: pipes});
	const told: string[] = [];
	for await (const {stage, stats} of restoring) {
		told.push(stage);
		t.is(stats !== undefined, stage === 'running');
	}

	t.deepEqual(told, ['checked', 'namespaces', 'restored', 'running']);
	scene.become(await restoring);
	t.like(JSON.parse(await scene.ask()), {intact: true});
});

test('a complete checkpoint that cannot get its name stays where it is', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	const imagesDir = world.imagesDir();
	const {container} = scene;
	const blocked = async (options: object): Promise<{message: string; subject: string}> => container.checkpoint({imagesDir, ...options, onProgress(stage) {
		if (stage === 'dumped') {
			writeFileSync(imagesDir, 'somebody was faster');
		}
	}}).then(() => t.fail() as never, (error: unknown) => error as {message: string; subject: string});
	await blocked({leaveRunning: true});
	t.false(existsSync(`${imagesDir}.partial`), 'the container runs on, and nothing is left');
	t.is(await scene.ask('echo on'), 'on');
	unlinkSync(imagesDir);
	const {message, subject} = await blocked({});
	t.regex(message, /complete, but cannot become/);
	t.is(subject, `${imagesDir}.partial`);
	await container.delete({force: true});
	scene.become(await world.runtime.restore(world.id(), {bundle: container.bundle, imagesDir: subject, stdio: pipes}));
	t.is(await scene.ask('echo on'), 'on');
	unlinkSync(imagesDir);
});
