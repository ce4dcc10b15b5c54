import test from 'ava';
import {describePlan} from '../../ts/plan/describe.js';
import type {Fd} from '../../ts/plan/wire.gen.js';

test('a plan is told one step a line, with texts in quotes, flags in hexadecimal and blobs by their length', t => {
	t.is(describePlan([
		{op: 'setsid'},
		{op: 'unshare', flags: 0x2_0000n},
		{op: 'bind', tree: 7 as Fd, target: '/a "b"', target_flags: 0, okErrno: 'ENOENT'},
		{op: 'seccomp', filter: new Uint8Array(16), flags: 2, notify: 0},
		{op: 'find_program', name: 'sh', path: ['/bin', '']},
	]), [
		'setsid',
		'unshare flags=0x20000',
		'bind tree=7 target="/a \\"b\\"" target_flags=0 okErrno="ENOENT"',
		'seccomp filter=<16 bytes> flags=2 notify=0',
		'find_program name="sh" path=["/bin",""]',
	].join('\n'));
});

test('what a step is without is not told', t => {
	t.is(describePlan([{op: 'mount', attributes: 0n, fstype: 'proc', source: undefined, options: [], target: '/proc', target_flags: 1, propagation: 0n}]),
		'mount attributes=0x0 fstype="proc" options=[] target="/proc" target_flags=1 propagation=0x0');
});
