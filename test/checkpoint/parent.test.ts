import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {checkParent} from '../../ts/checkpoint/parent.js';
import {tracking} from '../../ts/checkpoint/tracked.js';
import {writeImage} from '../../ts/images/codec.js';
import {linuxNative} from '../../ts/native/linux.js';
import {tempDir} from '../support/temp-dir.js';

/** img_version, and what tells a run from others: dump_criu_run_id or, before CRIU had it, dump_uptime. */
const inventory = (run: string | number): Uint8Array => writeImage({
	type: 'inventory',
	entries: [Uint8Array.of(0x08, 2, ...(typeof run === 'number' ? [0x40, run] : [0x6A, run.length, ...Buffer.from(run)]))],
	payload: new Uint8Array(0),
});

class Chain {
	readonly #directory: string;
	readonly #state: string;

	constructor(t: ExecutionContext) {
		this.#directory = tempDir(t);
		mkdirSync(join(this.#directory, 'next'));
		this.#state = tempDir(t);
	}

	images(name: string, run: string | number): string {
		const path = join(this.#directory, name);
		mkdirSync(path);
		writeFileSync(join(path, 'inventory.img'), inventory(run));
		return path;
	}

	async track(images: () => string, fails = false): Promise<void> {
		await tracking(linuxNative(), this.#state, images, async () => {
			if (fails) {
				throw new Error('CRIU was killed');
			}
		});
	}

	async build(parentImg?: string, pageServer?: {readonly port: number}): Promise<void> {
		await checkParent(linuxNative(), join(this.#directory, 'next'), {...(parentImg !== undefined && {parentImg}), ...(pageServer && {pageServer})}, this.#state);
	}
}

const notLast = {code: 'ERR_CHECKPOINT_IMAGES', message: /^parentImg \.\.\/\w+ does not have the last of the memory: .*\(name the last images that were written of the container; none after a preDump\(\) or checkpoint\(\) that failed\)$/};

test('a parent has to be there, but with a page server it may be with that one', async t => {
	const chain = new Chain(t);
	await t.throwsAsync(chain.build('../nothing'), {code: 'ERR_CHECKPOINT_IMAGES', message: /holds no images/});
	await t.notThrowsAsync(chain.build('../nothing', {port: 1}));
	await t.notThrowsAsync(chain.build());
});

test('a parent is the last images of the container, by name or relative', async t => {
	const chain = new Chain(t);
	const first = chain.images('first', 'aaaa-1');
	await t.notThrowsAsync(chain.build('../first'), 'nobody knows of any: as after a restore');
	await chain.track(() => first);
	await t.notThrowsAsync(chain.build('../first'));
	await t.notThrowsAsync(chain.build(first));
	const second = chain.images('second', 'bbbb-2');
	await chain.track(() => second);
	await t.notThrowsAsync(chain.build('../second'));
	await t.throwsAsync(chain.build('../first'), notLast);
});

test('after a run that failed nothing can be built upon, until images are whole again', async t => {
	const chain = new Chain(t);
	const first = chain.images('first', 7);
	await chain.track(() => first);
	await t.notThrowsAsync(chain.build('../first'));
	await t.throwsAsync(chain.track(() => first, true), {message: 'CRIU was killed'});
	await t.throwsAsync(chain.build('../first'), notLast);
	await t.throwsAsync(chain.build('../first', {port: 1}), notLast);
	await t.throwsAsync(chain.build('../elsewhere', {port: 1}), notLast);
	const second = chain.images('second', 8);
	await chain.track(() => second);
	await t.notThrowsAsync(chain.build('../second'));
});
