// Large memory is not shown to CRIU in a lazy dump; all else, and the images, are as if it were.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {privateCriu} from '../../ts/criu/find.js';
import {readPagemap, type PageRun} from '../../ts/images/pagemap.js';
import {readRecord} from '../../ts/images/records.js';
import type {Container} from '../../ts/index.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {HostOp, Native} from '../../ts/native/native.js';
import {checkpointTest as test, CheckpointWorld, pipes, type Scene} from './checkpoint-world.js';
import {instead, traces} from './meddle.js';

const mostFile = 4 << 20;

const mappings = async (world: CheckpointWorld): Promise<Scene> => world.scene('mappings', ['mappings', '/bin/file'], {prepare(rootfs) {
	writeFileSync(`${rootfs}/bin/file`, Buffer.alloc(mostFile, 7));
}});

/** A runtime for which a host op fails: the nth of those that are looked for. */
const failingAt = async (world: CheckpointWorld, id: string, isIt: (op: HostOp) => boolean, nth = 1): Promise<{container: Container | Awaited<ReturnType<RuntimeCore['load']>>; failures: () => number}> => {
	const real = linuxNative();
	let seen = 0;
	const native = instead(real, {
		async batch(ops: readonly HostOp[]) {
			if (ops.some(op => isIt(op)) && ++seen === nth) {
				throw Object.assign(new Error('meddled with'), {code: 'ERR_NATIVE', errno: 'EIO'});
			}

			return real.batch(ops);
		},
	} as Partial<Native>);
	return {container: await new RuntimeCore(native, {root: world.root, criuPath: privateCriu}).load(id), failures: () => seen};
};

/** Runs that follow one another as one. */
const joined = (runs: readonly PageRun[]): unknown[] => {
	const result: Array<{address: bigint; end: bigint; kind: string}> = [];
	for (const {address, pages, present, inParent, lazy} of runs) {
		const [last, kind, end] = [result.at(-1), JSON.stringify({present, inParent, lazy}), address + (BigInt(pages) * 4096n)];
		if (last?.end === address && last.kind === kind) {
			last.end = end;
		} else {
			result.push({address, end, kind});
		}
	}

	return result;
};

interface Images {
	readonly longest: number;
	readonly memory: ReadonlyMap<string, unknown>;
}

/** What the images of a lazy dump say, which is then called off. */
const lookAt = async (world: CheckpointWorld, container: {checkpoint: Container['checkpoint']}): Promise<Images> => {
	const calledOff = new AbortController();
	const memory = new Map<string, unknown>();
	let longest = 0;
	const read = (imagesDir: string): void => {
		for (const name of readdirSync(imagesDir).filter(file => /^(?:mm|pagemap)-\d+\.img$/.test(file))) {
			const bytes = readFileSync(`${imagesDir}/${name}`);
			if (name.startsWith('mm')) {
				memory.set(name, readRecord('mm', bytes));
			} else {
				const {runs} = readPagemap(bytes);
				longest = Math.max(longest, ...runs.map(({pages}) => pages));
				memory.set(name, joined(runs));
			}
		}
	};

	await container.checkpoint({
		imagesDir: world.imagesDir(), signal: calledOff.signal,
		lazyPages: {listen: '127.0.0.1:0', insecure: true, ready({imagesDir}) {
			read(imagesDir);
			setTimeout(() => {
				calledOff.abort();
			}, 20);
		}},
	}).catch(() => {});
	return {longest, memory};
};

const isScan = ({op}: HostOp): boolean => op === 'scan_pages';

test('the images of memory that CRIU was not shown are those that CRIU writes when it sees it', async t => {
	const world = new CheckpointWorld(t);
	const scene = await mappings(world);
	const {container: seeing, failures} = await failingAt(world, scene.container.id, isScan);
	const seen = await lookAt(world, seeing);
	t.is(failures(), 1);
	const hidden = await lookAt(world, scene.container);
	t.is(await scene.ask(), 'ok');
	t.is(hidden.memory.size, 4, 'two processes');
	t.true(hidden.longest >= 4096, `${hidden.longest} pages at once: else CRIU has seen them`);
	t.true(seen.longest < 4096);
	t.deepEqual(hidden.memory, seen.memory);
});

test('every byte is right, in each process, when memory that CRIU was not shown has followed', async t => {
	const world = new CheckpointWorld(t);
	const scene = await mappings(world);
	const {bundle} = scene.container;
	let ended: Promise<unknown> | undefined;
	const {host, port, imagesDir} = await new Promise<{host: string; port: number; imagesDir: string}>((resolve, reject) => {
		ended = scene.container.checkpoint({imagesDir: world.imagesDir(), lazyPages: {listen: '127.0.0.1:0', insecure: true, ready: resolve}});
		ended.catch(reject);
	});
	t.deepEqual(readdirSync(imagesDir).filter(name => name.startsWith('smaps')), []);
	scene.become(await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: pipes, lazyPages: {from: `${host}:${port}`, insecure: true}}));
	t.is(await scene.ask(), 'ok');
	const {pages} = await scene.container.lazyPages!.done;
	t.true(pages > 10_000, `${pages} pages`);
	await ended;
	t.is(await scene.ask(), 'ok');
});

test('whatever fails, the container runs on and nothing is left', async t => {
	const world = new CheckpointWorld(t);
	const scene = await mappings(world);
	const {id, pid} = scene.container;
	await scene.container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true}); // CRIU is probed, too
	const before = traces(pid);
	for (const [what, isIt, nth] of [
		['smaps cannot be read', (op: HostOp) => op.op === 'read' && op.path.endsWith('/smaps'), 1],
		['what CRIU reads cannot be written', (op: HostOp) => op.op === 'write' && op.path.startsWith('/proc/self/fd/') && (op.data?.length ?? 0) > 1000, 2],
		['the pages cannot be asked for', isScan, 2],
		['an image cannot be read', (op: HostOp) => op.op === 'read' && /\/mm-\d+\.img$/.test(op.path), 2],
		['an image cannot be written', (op: HostOp) => op.op === 'write' && /\/pagemap-\d+\.img$/.test(op.path), 1],
	] as const) {
		const imagesDir = world.imagesDir();
		const {container, failures} = await failingAt(world, id, isIt, nth);
		await t.throwsAsync(container.checkpoint({imagesDir, lazyPages: {listen: '127.0.0.1:0', insecure: true}}), undefined, what);
		t.true(failures() >= nth, what);
		t.false(existsSync(imagesDir), what);
		t.false(existsSync(`${imagesDir}.partial`), what);
		t.deepEqual(traces(pid), before, what);
		t.is(await container.status(), 'running', what);
		t.is(await scene.ask(), 'ok', what);
	}
});
