import test from 'ava';
import {readImage, writeImage} from '../../ts/images/codec.js';
import {readRecords} from '../../ts/images/records.js';
import {separateMasters} from '../../ts/images/mounts.js';

/** A mnt_entry; `more` are fields that nobody knows. */
const mount = (shared: number, master: number, more: number[] = []): Uint8Array =>
	Uint8Array.from([8, 1, 16, 2, 24, 3, 32, 4, 40, 0, 50, 1, 47, 58, 1, 47, 66, 1, 47, 74, 1, 47, 80, shared, 88, master, ...more]);

const image = (...entries: Uint8Array[]): Uint8Array => writeImage({type: 'mnts', entries, payload: new Uint8Array(0)});

const idsOf = (bytes: Uint8Array) => readRecords('mnts', bytes).map(({shared_id: shared, master_id: master}) => [shared, master]);

test('mounts with one master outside have one each', t => {
	t.deepEqual(idsOf(separateMasters(image(mount(0, 7), mount(0, 0), mount(0, 7), mount(9, 0), mount(0, 7)))), [[0, 7], [0, 0], [0, 10], [9, 0], [0, 11]]);
});

test('mounts that share with one another keep one master, and a master inside stays', t => {
	t.deepEqual(idsOf(separateMasters(image(mount(5, 7), mount(5, 7), mount(0, 5), mount(0, 5), mount(6, 7)))), [[5, 7], [5, 7], [0, 5], [0, 5], [6, 8]]);
});

test('what needs no change stays as it is, to the byte', t => {
	const alone = image(mount(0, 7, [0xf8, 0x07, 42]), mount(3, 0), mount(0, 3));
	t.is(separateMasters(alone), alone);
	const [first, second] = readImage(separateMasters(image(mount(0, 7, [0xf8, 0x07, 42]), mount(0, 7)))).entries;
	t.deepEqual(first, mount(0, 7, [0xf8, 0x07, 42]));
	t.notDeepEqual(second, mount(0, 7));
});

test('an image of another kind is refused', t => {
	t.throws(() => separateMasters(writeImage({type: 'files', entries: [], payload: new Uint8Array(0)})), {code: 'ERR_CHECKPOINT_IMAGES'});
});
