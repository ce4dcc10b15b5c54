import test from 'ava';
import {formatTable, wrap} from '../../ts/cli/output.js';

test('a text is broken at spaces, and a word that is too long where it must', t => {
	t.deepEqual(wrap('one two three', 7), ['one two', 'three']);
	t.deepEqual(wrap('abcdefgh ij', 3), ['abc', 'def', 'gh', 'ij']);
	t.deepEqual(wrap('abcdef', 3), ['abc', 'def']);
	t.deepEqual(wrap('', 10), ['']);
});

test('only the last column is wrapped, and goes on below itself', t => {
	t.deepEqual(formatTable([['name', 'x', 'some words that are many more than fit'], ['a', 'yes', 'few']], 42), [
		'name  x    some words that are many more',
		'           than fit',
		'a     yes  few',
	]);
});

test('on a narrow terminal the last column keeps a width that can be read', t => {
	const lines = formatTable([['a long name for a check', 'words words words words words words']], 20);
	t.deepEqual(lines.map(line => line.trim().split('  ').at(-1)!.length <= 30), [true, true]);
});
