import test from 'ava';
import {readImage, writeImage} from '../../ts/images/codec.js';
import {readRecords} from '../../ts/images/records.js';
import {repairTimerfds} from '../../ts/images/timerfd.js';
import {dumpByCli, imagesIn, noCriu, startPerl} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {testUnless} from '../support/skip.js';

interface Timer {
	readonly ticks?: number;
	readonly vsec?: number;
	readonly vnsec?: number;
	readonly isec?: number;
	readonly insec?: number;
}

/** A file_entry of a timerfd; `more` are fields that nobody knows, of the timer and of the entry. */
const timerfd = ({ticks = 0, vsec = 0, vnsec = 0, isec = 0, insec = 0}: Timer, more: number[] = []): Uint8Array => {
	const owner = [8, 0, 16, 0, 24, 0, 32, 0, 40, 0];
	const timer = [8, 5, 16, 2, 26, owner.length, ...owner, 32, 1, 40, ticks, 48, 0, 56, vsec, 64, vnsec, 72, isec, 80, insec, ...more];
	return Uint8Array.from([8, 17, 16, 5, 98, timer.length, ...timer, ...more]);
};

const files = (...entries: Uint8Array[]): Uint8Array => writeImage({type: 'files', entries, payload: new Uint8Array(0)});
const unknown = [0xf8, 0x07, 42]; // field 127

test('a periodic timer that had expired unread goes off again', t => {
	const alive = timerfd({ticks: 3, vnsec: 7, isec: 1});
	const repaired = repairTimerfds(files(alive, timerfd({ticks: 1, isec: 1}), timerfd({ticks: 9, insec: 5}), alive));

	t.deepEqual(readRecords('files', repaired).map(({tfd}) => [tfd?.ticks, tfd?.vsec, tfd?.vnsec, tfd?.isec, tfd?.insec]), [
		[3n, 0n, 7n, 1n, 0n],
		[1n, 0n, 1n, 1n, 0n],
		[9n, 0n, 1n, 0n, 5n],
		[3n, 0n, 7n, 1n, 0n],
	]);
});

test('every other entry stays as it is to the byte', t => {
	const others = [timerfd({vsec: 1, isec: 1}, unknown), Uint8Array.from([16, 1, 8, 18, ...unknown])]; // Even in another order
	const entries = readImage(repairTimerfds(files(others[0]!, timerfd({ticks: 1, isec: 1}), others[1]!))).entries;

	t.deepEqual(entries[0], others[0]);
	t.deepEqual(entries[2], others[1]);
});

test('fields of a repaired timer that we do not know are kept', t => {
	const [entry] = readImage(repairTimerfds(files(timerfd({ticks: 1, isec: 1}, unknown)))).entries;

	t.deepEqual(entry, timerfd({ticks: 1, isec: 1, vnsec: 1}, unknown));
});

for (const [what, timer] of [
	['is not due yet', {vsec: 1, isec: 1}],
	['went off once and has no interval', {ticks: 1}],
	['was turned off by the program, interval and all', {isec: 1}],
	['was never set', {}],
] as const) {
	test(`a timer that ${what} is left alone`, t => {
		const given = files(timerfd(timer));
		t.is(repairTimerfds(given), given);
	});
}

test('what is no files.img is refused', t => {
	t.throws(() => repairTimerfds(writeImage({type: 'mm', entries: [], payload: new Uint8Array(0)})), {code: 'ERR_CHECKPOINT_IMAGES'});
});

// timerfd_create and timerfd_settime; interval and first expiration in nanoseconds
const perlTimer = (name: string, interval: number, first: number): string =>
	`$${name} = syscall(283, 1, 0); $t = pack("q4", 0, ${interval}, 0, ${first}); syscall(286, $${name}, 0, $t, 0)`;

steady(testUnless(noCriu ?? (process.arch === 'x64' ? undefined : 'system call numbers of x86-64')))('in a real dump the timer that is dead, and only that, is repaired', async t => {
	const {pid} = await startPerl(t, [perlTimer('dead', 900_000_000, 1), perlTimer('off', 900_000_000, 0), perlTimer('once', 0, 1)].join(';'));
	const given = imagesIn(dumpByCli(t, pid)).get('files.img')!;
	const timers = (bytes: Uint8Array) => readRecords('files', bytes).flatMap(({tfd}) => tfd ?? []).map(({ticks, vnsec, insec}) => [ticks, vnsec, insec]);

	t.deepEqual(timers(given), [[1n, 0n, 900_000_000n], [0n, 0n, 900_000_000n], [1n, 0n, 0n]]);
	t.deepEqual(timers(repairTimerfds(given)), [[1n, 1n, 900_000_000n], [0n, 0n, 900_000_000n], [1n, 0n, 0n]]);
});
