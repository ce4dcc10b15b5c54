import test from 'ava';
import {searchMemory} from '../../ts/inspect/search.js';

interface Piece {
	readonly address: bigint;
	readonly bytes: Uint8Array;
}

/** Where it is found, in pieces of memory that are given as text. */
const find = async (pattern: string | RegExp, ...pieces: ReadonlyArray<readonly [address: number, text: string]>): Promise<Array<[address: number, text: string]>> => {
	const found: Array<[number, string]> = [];
	async function * each(): AsyncGenerator<Piece> {
		for (const [address, text] of pieces) {
			yield {address: BigInt(address), bytes: Buffer.from(text)};
			await Promise.resolve();
		}
	}

	for await (const {address, bytes} of searchMemory(each(), pattern)) {
		found.push([Number(address), Buffer.from(bytes).toString()]);
	}

	return found;
};

const filler = 'x'.repeat(10_000);

test('a text is found wherever it is, once', async t => {
	t.deepEqual(await find('needle', [100, 'needle'], [106, 'needles']), [[100, 'needle'], [106, 'needle']]);
	t.deepEqual(await find('needle', [0, `${filler}nee`], [10_003, `dle${filler}needle`]), [[10_000, 'needle'], [20_006, 'needle']], 'across a border');
	t.deepEqual(await find('needle', [0, `${filler}nee`], [20_000, `dle${filler}`]), [], 'but not across a gap');
	t.deepEqual(await find('ab', [0, `ab${filler}`], [10_002, filler], [20_002, 'ab']), [[0, 'ab'], [20_002, 'ab']]);
	t.deepEqual(await find('a.b*', [0, 'aXb a.b*']), [[4, 'a.b*']]);
	t.deepEqual(await find('größe', [0, 'die größe']), [[4, 'größe']]);
	await t.throwsAsync(find('', [0, 'x']), {code: 'ERR_ARGUMENT'});
});

test('an expression sees bytes', async t => {
	t.deepEqual(await find(/n(.)\1dle/, [0, `${filler}ne`], [10_002, 'edle needle']), [[10_000, 'needle'], [10_007, 'needle']]);
	t.deepEqual((await find(/\xC3./s, [0, 'ö'])).length, 1);
	t.deepEqual(await find(/x*/, [0, 'ab']), []);
});
