// Foreign bytes for the page daemon under the sanitizers, and its ranges against a list of pages.
import test from 'ava';
import {compile, runProgram, sanitizers} from '../nsenter/compile.js';

const iterations = 200_000;

/** CTN_FUZZ_SEED tries others; a failure can be had again with the one that is printed. */
const seed = Number(process.env['CTN_FUZZ_SEED'] ?? 20_260_101);

const varint = (value: bigint): number[] => value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
const message = (fields: readonly (readonly [number, bigint])[]): Buffer => {
	const bytes = Buffer.from(fields.flatMap(([number, value]) => [number << 3, ...varint(value)]));
	return Buffer.concat([Buffer.from(new Uint32Array([bytes.length]).buffer), bytes]);
};

/** As CRIU writes it: pages of both kinds, with the count where 4.2 has it and where others have. */
const pagemap = Buffer.concat([
	Buffer.from(new Uint32Array([0x5456_4319, 0x5608_4025]).buffer),
	message([[1, 1n]]),
	message([[1, 0x40_0000n], [2, 0n], [4, 4n], [5, 3n]]),
	message([[1, 0x7f00_0000_0000n], [2, 0n], [4, 6n], [5, 70_000n]]),
	message([[1, 0x7f01_0000_0000n * 1n + 0x2000_0000n], [2, 9n], [4, 2n]]),
]);

test('no bytes make the page daemon look beyond them, and its ranges follow every change', t => {
	const program = compile(t, ['test/pager/fuzz.c', 'src-native/pager/frame.c', 'src-native/pager/pagemap.c', 'src-native/pager/ranges.c'], sanitizers);
	const [, maps, frames] = /^(\d+) pagemaps, (\d+) frames$/.exec(runProgram(program, [String(seed), String(iterations)], pagemap).trim())!.map(Number);
	t.log(`seed ${seed}: ${maps} pagemaps and ${frames} frames let through`);
	t.true(maps! > iterations / 20 && maps! < iterations * 3 / 4, 'some stay sound');
	t.true(frames! > 0 && frames! < iterations / 2);
});
