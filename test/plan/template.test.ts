import test from 'ava';
import type {Fd} from '../../ts/native/native.js';
import {encodeBatch, encodePlan} from '../../ts/plan/encode.js';
import {fill, templateOf, type Word} from '../../ts/plan/template.js';

/** As a container's are: a name in paths and texts, a time, a descriptor. */
const lists = ([name, time, fd]: readonly Word[]): Uint8Array[] => [
	encodeBatch([
		{op: 'mkdir', path: `/state/${name!}`, mode: 0o700},
		{op: 'write_lines', path: `/cg/${name!}/limit`, lines: [`${name!}${time!}`, 'é', `${name!}`]},
		{op: 'duplicate', fd: fd as Fd},
		{op: 'write', path: '/AAAA', data: new TextEncoder().encode(`{"id":"${name!}","at":"${time!}"}`), flags: 0, mode: 0},
	]),
	encodePlan([{op: 'hostname', name: `${name!}.aaaa`}, {op: 'setsid'}]),
];

test('a list with other words in it is the one that is encoded of them', t => {
	const template = templateOf(['web1', '2026-01-01', 7], lists)!;
	for (const words of [['web2', '2027-12-31', 8], ['aaaa', 'AAAAAAAAAA', 0x41_41_41_41], ['AAAA', 'bbbbbbbbbb', 0]] as Word[][]) {
		t.deepEqual(fill(template, words), lists(words));
	}
});

test('what is filled is another list each time', t => {
	const template = templateOf(['web1', '2026-01-01', 7], lists)!;
	const [first] = fill(template, ['web2', '2026-01-01', 7]);
	fill(template, ['web3', '2026-01-01', 7]);
	t.deepEqual(first, lists(['web2', '2026-01-01', 7])[0]);
});

test('words without a place, and lists without words, are templates, too', t => {
	t.deepEqual(fill(templateOf(['', 'x'], () => [encodePlan([{op: 'setsid'}])])!, ['', 'y']), [encodePlan([{op: 'setsid'}])]);
	t.deepEqual(fill(templateOf([], () => [])!, []), []);
});

for (const [what, make] of Object.entries<(words: readonly Word[]) => Uint8Array[]>({
	'the length depends on a word': ([name]) => [encodePlan([{op: 'hostname', name: name === 'AAAA' ? 'short' : `${name!}`}])],
	'a number depends on a word': ([name]) => [encodePlan([{op: 'umask', mask: String(name).codePointAt(0)!}, {op: 'hostname', name: `${name!}`}])],
	'a word is in other letters': ([name]) => [encodePlan([{op: 'hostname', name: String(name).toUpperCase() + (name === 'aaaa' ? 'x' : 'y')}])],
	'a part of a word is there': ([name]) => [encodePlan([{op: 'hostname', name: String(name).slice(1)}, {op: 'domainname', name: 'x'}])],
})) {
	test(`there is no template where ${what}`, t => {
		t.is(templateOf(['web1'], make), undefined);
	});
}
