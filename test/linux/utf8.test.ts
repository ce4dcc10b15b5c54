import test from 'ava';
import {decodePlain, decodeUtf8, encodePlain, encodeUtf8} from '../../ts/linux/utf8.js';
import {randomOf} from '../plan/random.js';
import {tries} from '../support/tries.js';

const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
const encoder = new TextEncoder();

/** Around every place where the length of the encoding changes, and the surrogates. */
const edges = [0, 1, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF, 0x1_0000, 0x10_FFFF].map(point => String.fromCodePoint(point));

const broken = ['\uD800', '\uDC00', 'a\uD800', '\uD800b', '\uDC00\uD800', '\uD800\uD800\uDC00', '\uDBFF\uDFFF\uDFFF'];

test('text becomes the bytes that TextEncoder makes of it', t => {
	for (const text of ['', ...edges, edges.join(''), edges.toReversed().join('x'), ...broken]) {
		t.deepEqual([...encodePlain(text)], [...encoder.encode(text)], JSON.stringify(text));
	}
});

test('text comes back as it was', t => {
	for (const text of ['', ...edges, edges.join(''), 'x'.repeat(10_000), '\u{1F600}'.repeat(5000), 'ä\n'.repeat(4096)]) {
		t.is(decodePlain(encodePlain(text)), text);
	}
});

test('random text is encoded as TextEncoder does, surrogates in disorder too', t => {
	const random = randomOf(2);
	for (let count = 0; count < tries(2000); count++) {
		const units = Array.from({length: random(30)}, () => random(3) ? random(0x1_0000) : 0xD800 + random(0x800));
		const text = String.fromCharCode(...units);
		t.deepEqual(Buffer.from(encodePlain(text)), Buffer.from(encoder.encode(text)));
	}
});

test('every sequence of two bytes is decoded as TextDecoder does', t => {
	for (let first = 0; first < 256; first++) {
		const wrong = Array.from({length: 256}, (_, second) => Uint8Array.of(first, second)).filter(bytes => decodePlain(bytes) !== decoder.decode(bytes));
		t.deepEqual(wrong, []);
	}
});

test('random bytes are decoded as TextDecoder does', t => {
	const random = randomOf(3);
	// First bytes of each length, what is overlong, surrogate or too large, and bytes in between
	const telling = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF];
	for (let count = 0; count < tries(50_000); count++) {
		const bytes = Uint8Array.from({length: random(9)}, () => random(4) ? telling[random(telling.length)]! : random(256));
		if (decodePlain(bytes) !== decoder.decode(bytes)) {
			t.fail(`${Buffer.from(bytes).toString('hex')}: ${decodePlain(bytes)} is not ${decoder.decode(bytes)}`);
			return;
		}
	}

	t.pass();
});

test('a part of a larger buffer is decoded as that part', t => {
	t.is(decodePlain(encoder.encode('before[€]after').subarray(6, 11)), '[€]');
});

test('long texts take the way through the host, and come out the same', t => {
	const text = 'a€𝄞\uD800'.repeat(40);

	t.deepEqual([...encodeUtf8(text)], [...encodePlain(text)]);
	t.is(decodeUtf8(encodePlain(`\uFEFF${text}`)), decodePlain(encodePlain(`\uFEFF${text}`)));
});
