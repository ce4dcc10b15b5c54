import test from 'ava';
import {withDroppable} from '../../ts/linux/smaps.js';

const mapping = (range: string, {kind = 'rw-p 00000000 00:00 0 ', rss = 2048, flags = 'rd wr mr mw me ac sd'} = {}): string =>
	`${range} ${kind}\nSize:               8192 kB\nRss:                ${rss} kB\nPss:                 100 kB\nTHPeligible:           0\nProtectionKey:         0\nVmFlags: ${flags} \n`;

const least = 1 << 20;
const rangesOf = (smaps: string): string[] => withDroppable(smaps, least).mappings.map(({start, end}) => `${start.toString(16)}-${end.toString(16)}`);

test('large mappings of plain memory are told as droppable, and all else as it is', t => {
	const plain = mapping('7f0000000000-7f0000800000');
	const heap = mapping('55550000-55950000', {kind: 'rw-p 00000000 00:00 0                          [heap]', flags: 'rd wr mr mw me ac hg'});
	const named = mapping('7f1000000000-7f1000800000', {kind: 'rw-p 00000000 00:00 0                          [anon:arena]'});
	const file = mapping('400000-500000', {kind: 'r-xp 00001000 fe:01 1234                       /bin/rw-p 00000000 00:00 0'});
	const {text, mappings} = withDroppable(file + heap + plain + file + named, least);
	t.deepEqual(mappings.map(({start}) => start), [0x5555_0000n, 0x7f00_0000_0000n, 0x7f10_0000_0000n]);
	const droppable = (block: string): string => block.replace(/ \n$/, ' dp \n');
	t.is(text, file + droppable(heap) + droppable(plain) + file + droppable(named));
});

test('whatever is unusual stays as it is', t => {
	for (const what of [
		{rss: 1023},
		{kind: 'rw-s 00000000 00:01 1052 /dev/zero (deleted)'},
		{kind: 'rw-s 00000000 00:00 0 '},
		{kind: 'r--p 00000000 00:00 0 '},
		{kind: 'rwxp 00000000 00:00 0 '},
		{kind: 'rw-p 00000000 fe:01 1234 /bin/sh'},
		{kind: 'rw-p 00000000 00:00 0                          [stack]'},
		{flags: 'rd wr mr mw me gd ac'},
		{flags: 'rd wr mr mw me lo ac'},
		{flags: 'rd wr mr mw me ac ht'},
		{flags: 'rd wr mr mw me ac dp'},
		{flags: 'rd wr mr mw me ac um'},
		{flags: 'rd wr mr mw me ac gu'},
		{flags: 'rd wr mr mw me ac xx'},
	]) {
		const smaps = mapping('7f0000000000-7f0000800000', what);
		t.deepEqual(withDroppable(smaps, least), {text: smaps, mappings: []}, JSON.stringify(what));
	}

	t.deepEqual(rangesOf(mapping('7f0000000000-7f0000800000')), ['7f0000000000-7f0000800000']);
	t.deepEqual(withDroppable('', least), {text: '', mappings: []});
});
