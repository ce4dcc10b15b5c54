import test from 'ava';
import {readImage, writeImage} from '../../ts/images/codec.js';
import {magics} from '../../ts/images/magic.js';
import {dumpByCli, imagesIn, noCriu, startPerl} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {testUnless} from '../support/skip.js';

const words = (...values: number[]): Uint8Array => new Uint8Array(new Uint32Array(values).buffer);
const bytes = (...parts: Array<Uint8Array | number[]>): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]));
const common = 0x5456_4319;

test('an image is its messages', t => {
	const image = readImage(bytes(words(common, magics.pstree, 2), [8, 1], words(0), words(3), [1, 2, 3]));

	t.is(image.type, 'pstree');
	t.deepEqual(image.entries.map(entry => [...entry]), [[8, 1], [], [1, 2, 3]]);
	t.is(image.payload.length, 0);
});

test('inventory has one magic, the statistics have another one', t => {
	t.is(readImage(words(magics.inventory)).type, 'inventory');
	t.is(readImage(words(0x5510_5940, magics.stats)).type, 'stats');
	t.deepEqual(writeImage({type: 'inventory', entries: [], payload: new Uint8Array(0)}), words(magics.inventory));
	t.deepEqual(writeImage({type: 'stats', entries: [], payload: new Uint8Array(0)}), words(0x5510_5940, magics.stats));
});

test('of an image with plain bytes in it the first message is told apart', t => {
	const given = bytes(words(common, magics['pipes-data'], 2), [8, 1], [9, 9, 9, 9, 9, 9]);
	const {entries, payload} = readImage(given);

	t.deepEqual(entries.map(entry => [...entry]), [[8, 1]]);
	t.is(payload.length, 6);
	t.deepEqual(writeImage(readImage(given)), given);
});

for (const [what, given, message] of [
	['nothing', bytes(), 'not a CRIU image: it does not start with a magic number'],
	['text', new TextEncoder().encode('#!/bin/sh\n'), 'not a CRIU image: it does not start with a magic number'],
	['half a head', words(common), 'not a CRIU image: it does not start with a magic number'],
	['an unknown kind', words(common, 7), 'not a CRIU image: its kind 0x7 is unknown'],
	['half a length', bytes(words(common, magics.files), [1, 0]), 'not a CRIU image: message 0 of files is cut off'],
	['half a message', bytes(words(common, magics.files, 1), [1], words(9), [1]), 'not a CRIU image: message 1 of files is cut off'],
	['a length of 4 GiB', words(common, magics.files, 0xffff_ffff), 'not a CRIU image: message 0 of files is cut off'],
] as const) {
	test(`${what} is no image`, t => {
		t.throws(() => readImage(given), {code: 'ERR_CHECKPOINT_IMAGES', message});
	});
}

test('a view into a larger buffer is read where it is', t => {
	const image = bytes(words(common, magics.pstree, 1), [7]);
	const larger = bytes([1, 2, 3], image, [4]);

	t.deepEqual(readImage(larger.subarray(3, 3 + image.length)).entries.map(entry => [...entry]), [[7]]);
});

steady(testUnless(noCriu))('every image of a real dump is read, and written again to the byte', async t => {
	const {pid} = await startPerl(t, 'pipe(A, B); syswrite(B, "left in the pipe"); open(F, "<", "/etc/passwd")');
	const images = imagesIn(dumpByCli(t, pid));

	t.true(images.size > 10);
	for (const [name, content] of images) {
		if (!name.startsWith('pages-')) {
			t.deepEqual(writeImage(readImage(content)), new Uint8Array(content), name);
		}
	}
});
