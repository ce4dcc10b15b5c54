// What the core takes for granted of its host, whichever this runs in; ts/command/engine.ts mends QuickJS.
import test from 'ava';

test('a number of 64 bits is what it is without a sign', t => {
	const all = 2n ** 64n - 1n;
	t.is(BigInt.asUintN(64, all), all);
	t.is(BigInt.asUintN(64, 2n ** 63n), 2n ** 63n);
	t.is(BigInt.asUintN(64, -1n), all);
	t.is(BigInt.asUintN(64, all + 3n), 2n);
	t.is(BigInt.asUintN(32, -1n), 0xFFFF_FFFFn);
	t.is(BigInt.asUintN(8, 5n), 5n);
});

test('a number of 64 bits is written in every radix as it is', t => {
	for (const [radix, digits] of [[2, '1'.repeat(64)], [8, `1${'7'.repeat(21)}`], [10, '18446744073709551615'], [16, 'f'.repeat(16)]] as const) {
		t.is((2n ** 64n - 1n).toString(radix), digits);
		t.is((1n - 2n ** 64n).toString(radix), `-${digits}`);
	}

	t.is((2n ** 63n).toString(16), `8${'0'.repeat(15)}`);
	t.is(0n.toString(16), '0');
	t.is(String(2n ** 63n), '9223372036854775808');
	t.is(`${2n ** 63n}`, '9223372036854775808');
});

test('texts become bytes and back', t => {
	const text = 'a€𝄞\u{FFFD}';
	t.is(new TextDecoder().decode(new TextEncoder().encode(text)), text);
});

test('as many as like can wait at once', async t => {
	let ended = 0;
	await Promise.all(Array.from({length: 300}, async (_, index) => new Promise<void>(resolve => {
		setTimeout(() => {
			ended++;
			resolve();
		}, index % 7);
	})));
	t.is(ended, 300);
});
