// Who of both hosts lets a container run, with a source that has no CRIU behind it.
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {basename} from 'node:path';
import {PassThrough} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {Reception} from '../../ts/checkpoint/receive.js';
import {migrateContainer} from '../../ts/checkpoint/migrate.js';
import {CtnError, type CheckpointOptions, type CheckpointResult, type DumpStats, type MigrateResult, type PreDumpOptions} from '../../ts/index.js';
import {linuxNative} from '../../ts/native/linux.js';
import {encodeFrame, frameKinds, frameVersion, transferKinds} from '../../ts/pager/frame.js';
import {PageSource} from '../../ts/pager/source.js';
import {Arrival} from '../../ts/pager/transfer.js';
import {tempDir} from '../support/temp-dir.js';
import {until} from '../system/world.js';

interface Scene {
	readonly port: number;
	/** Of migrate(). */
	readonly result: Promise<MigrateResult>;
	readonly calledOff: AbortController;
	arrive(): Promise<Arrival>;
	/** A connection of the page daemon, which says these frames. */
	pages(...kinds: number[]): Promise<void>;
	/** An empty directory. */
	readonly directory: string;
}

const big = randomBytes(3_000_000);

/** As dumpContainer() does, it writes images, serves, and rejects when it was called off before anything runs elsewhere. */
const checkpoint = async ({imagesDir, lazyPages, signal}: CheckpointOptions): Promise<CheckpointResult> => {
	const {migration} = lazyPages as Exclude<CheckpointOptions['lazyPages'], boolean | undefined>;
	mkdirSync(imagesDir);
	writeFileSync(`${imagesDir}/inventory.img`, 'small');
	writeFileSync(`${imagesDir}/pages-1.img`, big);
	const source = new PageSource({criu: new PassThrough(), memory: new Map(), door: migration!.door, reconnectMs: 500});
	const calledOff = new Promise<never>((_, reject) => {
		signal!.addEventListener('abort', () => {
			if (!source.isRunning) {
				source.callOff();
				reject(new CtnError('ERR_CRIU_FAILED', 'called off'));
			}
		});
	});
	migration!.serve(source, imagesDir);
	try {
		await Promise.race([source.done, calledOff]);
		return {imagesDir, sizeBytes: 1, stats: undefined, downtimeUs: 0};
	} finally {
		source.close();
	}
};

const written = [1000, 500, 490, 100];

/** As preDumpContainer() does it writes images, less and less. */
const preDump = async ({imagesDir, parentImg}: PreDumpOptions): Promise<CheckpointResult> => {
	const round = Number(basename(imagesDir));
	mkdirSync(imagesDir);
	writeFileSync(`${imagesDir}/pages-1.img`, big.subarray(round));
	if (parentImg !== undefined) {
		symlinkSync(parentImg, `${imagesDir}/parent`);
		if (statSync(`${imagesDir}/parent/pages-1.img`).size > 0) {
			throw new Error('the bytes of the round before are still here');
		}
	}

	return {imagesDir, sizeBytes: 10, stats: {pagesWritten: BigInt(written[round]!)} as DumpStats, downtimeUs: 0};
};

/** It has not begun with the third before it is called off. */
const stuckPreDump = async (options: PreDumpOptions): Promise<CheckpointResult> => {
	if (!options.imagesDir.endsWith('/2')) {
		return preDump(options);
	}

	while (!options.signal!.aborted) {
		await sleep(5);
	}

	throw new CtnError('ERR_CRIU_FAILED', 'called off');
};

const departing = {emit() {}, async requireTracking() {}, preDump, checkpoint};

const makeScene = async (t: ExecutionContext, preCopy = 0, ahead = preDump): Promise<Scene> => {
	const calledOff = new AbortController();
	let result: Promise<MigrateResult>;
	const port = await new Promise<number>((resolve, reject) => {
		result = migrateContainer(linuxNative(), 'one', {listen: '127.0.0.1:0', insecure: true, signal: calledOff.signal, ready: where => resolve(where.port), preCopy}, {...departing, preDump: ahead});
		result.catch(reject);
	});
	return {
		port, result: result!, calledOff,
		arrive: async () => Arrival.connect({host: '127.0.0.1', port}, undefined),
		async pages(...kinds) {
			const socket = connect(port, '127.0.0.1');
			socket.on('error', () => {}).write(encodeFrame({kind: frameKinds.hello, pages: frameVersion, address: 4096n}));
			kinds.forEach(kind => socket.write(encodeFrame({kind})));
			await once(socket, 'data');
			t.teardown(() => socket.destroy());
		},
		directory: tempDir(t),
	};
};

test('the images come as they are, and the source gives the container up before it runs', async t => {
	const scene = await makeScene(t);
	const arrival = await scene.arrive();
	const path = await arrival.receive(scene.directory);
	t.deepEqual(readdirSync(path).sort(), ['inventory.img', 'pages-1.img']);
	t.true(readFileSync(`${path}/pages-1.img`).equals(big));
	await arrival.commit();
	arrival.close();
	scene.calledOff.abort(); // Too late
	await scene.pages(frameKinds.running, frameKinds.done);
	t.like(await scene.result, {sizeBytes: 1, rounds: []});
});

test('memory goes ahead in rounds, as long as they become smaller, each upon the one before', async t => {
	const scene = await makeScene(t, 10);
	const arrival = await scene.arrive();
	const path = await arrival.receive(scene.directory);
	t.is(path, `${scene.directory}/3`);
	t.deepEqual(readdirSync(scene.directory).sort(), ['0', '1', '2', '3']);
	for (const round of [0, 1, 2]) {
		t.true(readFileSync(`${scene.directory}/${round}/pages-1.img`).equals(big.subarray(round)));
	}

	t.deepEqual(readdirSync(path).sort(), ['inventory.img', 'pages-1.img', 'parent']);
	t.true(readFileSync(`${path}/parent/parent/pages-1.img`).equals(big.subarray(1)));
	await arrival.commit();
	arrival.close();
	await scene.pages(frameKinds.running, frameKinds.done);
	t.like(await scene.result, {sizeBytes: 31, rounds: [{pagesWritten: 1000n}, {pagesWritten: 500n}, {pagesWritten: 490n}]});
});

test('one that is called off among the rounds, at either end, runs on', async t => {
	const scene = await makeScene(t, 10, stuckPreDump);
	const arrival = await scene.arrive();
	const received = arrival.receive(scene.directory);
	await until(() => existsSync(`${scene.directory}/2`), 'the second round');
	scene.calledOff.abort();
	await t.throwsAsync(scene.result, {code: 'ERR_CRIU_FAILED', message: /was not moved: it was called off/});
	await t.throwsAsync(received, {code: 'ERR_MIGRATION', message: /the source cannot let it go/});

	const other = await makeScene(t, 10, stuckPreDump);
	const second = await other.arrive();
	const broken = second.receive(other.directory);
	await until(() => existsSync(`${other.directory}/2`), 'the second round');
	second.close();
	await t.throwsAsync(other.result, {code: 'ERR_MIGRATION', message: /was not moved, and runs on: the connection to the destination was lost/});
	await t.throwsAsync(broken, {code: 'ERR_MIGRATION'});
});

test('one that is called off as soon as it waits does not wait', async t => {
	const calledOff = new AbortController();
	const refused = migrateContainer(linuxNative(), 'one', {listen: '127.0.0.1:0', insecure: true, signal: calledOff.signal, ready: () => calledOff.abort()}, departing);
	await t.throwsAsync(refused, {code: 'ERR_CRIU_FAILED', message: /was not moved: it was called off/});
});

test('who comes in and says nothing is sent away with all others', async t => {
	const scene = await makeScene(t);
	const silent = connect(scene.port, '127.0.0.1');
	const gone = once(silent, 'close');
	await once(silent, 'connect');
	await sleep(50); // It is let in
	scene.calledOff.abort();
	await t.throwsAsync(scene.result, {code: 'ERR_CRIU_FAILED'});
	await gone;
});

test('what is called off while the source is looked for does not stop the container there', async t => {
	const scene = await makeScene(t);
	const calledOff = new AbortController();
	const opening = Reception.open(linuxNative(), {from: `127.0.0.1:${scene.port}`, insecure: true}, calledOff.signal);
	calledOff.abort();
	const reception = await opening;
	await t.throwsAsync(reception.restore(async () => t.fail() as never), {code: 'ERR_CRIU_FAILED', message: /was not received: it was called off/});
	await reception.fail('called off');
	await (await scene.arrive()).receive(scene.directory); // It waits for another one
	scene.calledOff.abort();
	await t.throwsAsync(scene.result);
});

test('one that comes too late is told so', async t => {
	const scene = await makeScene(t);
	const arrival = await scene.arrive();
	scene.calledOff.abort();
	await t.throwsAsync(scene.result, {code: 'ERR_CRIU_FAILED'});
	await t.throwsAsync(arrival.receive(scene.directory), {code: 'ERR_MIGRATION', message: /connection to the source was lost/});
});

test('a destination that fails before it may run, and after that, gives the container back', async t => {
	for (const isCommitted of [false, true]) {
		const scene = await makeScene(t);
		const arrival = await scene.arrive();
		await arrival.receive(tempDir(t));
		if (isCommitted) {
			await arrival.commit();
		}

		const failed = arrival.fail('no room', 5000);
		await t.throwsAsync(scene.result, {code: 'ERR_MIGRATION', message: 'container one was not moved, and runs on: no room'});
		await failed;
	}
});

test('a connection that is lost after the word was given does not give it back; nor does a failure when it has run', async t => {
	const scene = await makeScene(t);
	const arrival = await scene.arrive();
	await arrival.receive(scene.directory);
	await arrival.commit();
	arrival.close();
	await t.throwsAsync(scene.result, {code: 'ERR_LAZY_PAGES', message: /was ended here/});

	const other = await makeScene(t);
	const second = await other.arrive();
	await second.receive(tempDir(t));
	await second.commit();
	await other.pages(frameKinds.running);
	await second.fail('a lie', 100);
	await other.pages(frameKinds.done);
	t.like(await other.result, {sizeBytes: 1});
});

test('one that was called off says so, and others than the first are not served', async t => {
	const scene = await makeScene(t);
	const arrival = await scene.arrive();
	await arrival.receive(scene.directory);
	const other = await scene.arrive();
	await t.throwsAsync(other.receive(tempDir(t)), {code: 'ERR_MIGRATION', message: /connection to the source was lost/});
	scene.calledOff.abort();
	await t.throwsAsync(scene.result, {code: 'ERR_CRIU_FAILED', message: /was not moved: it was called off/});
	await t.throwsAsync(arrival.commit(), {code: 'ERR_MIGRATION'});
	await t.throwsAsync(scene.arrive(), {code: 'ERR_MIGRATION', message: /cannot be reached/});
});

test('names that are no files of a checkpoint are refused by the destination', async t => {
	for (const name of ['../outside', '/etc/passwd', '.hidden', 'a/b', '', 'parent']) {
		const server = createServer(socket => {
			socket.on('error', () => {}).write(Buffer.concat([encodeFrame({kind: transferKinds.file, length: name.length, address: 1n}), Buffer.from(`${name}x`)]));
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const arrival = await Arrival.connect({host: '127.0.0.1', port: (server.address() as {port: number}).port}, undefined);
		const directory = tempDir(t);
		await t.throwsAsync(arrival.receive(directory), {code: 'ERR_MIGRATION', message: /no checkpoint/}, name);
		t.deepEqual(readdirSync(`${directory}/0`), []);
		arrival.close();
		server.close();
	}
});

test('options that a migration does not take are refused before anybody waits', async t => {
	for (const [options, message] of [
		[{preCopy: 1.5}, /preCopy must be a number of rounds/],
		[{preCopy: 100}, /preCopy must be a number of rounds/],
		[{parentImg: '../first'}, /takes no parentImg.*preCopy/],
		[{pageServer: {address: '127.0.0.1', port: 1}}, /takes no pageServer/],
		[{ghostLimit: 'much'}, /ghostLimit/],
	] as const) {
		const refused = migrateContainer(linuxNative(), 'one', {listen: '127.0.0.1:0', insecure: true, ready: () => t.fail('it waits'), ...options} as never, departing);
		await t.throwsAsync(refused, {code: 'ERR_ARGUMENT', message});
	}
});
