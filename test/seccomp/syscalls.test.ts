import test from 'ava';
import {entriesOf} from '../../ts/seccomp/abi.js';
import {multiplexers, syscallNumbers} from '../../ts/seccomp/syscalls.js';
import {makeTempDir, removeDir} from '../support/temp-dir.js';
import {Libseccomp} from './libseccomp.js';

const dir = makeTempDir();
test.after.always(() => removeDir(dir));
let lib: Libseccomp;
test.before(() => {
	lib = new Libseccomp(dir);
});

const abis = [...entriesOf('x64'), ...entriesOf('arm64')].flatMap(entry => entry.abis);

test('there is no system call that libseccomp knows and we do not', t => {
	for (const {architecture, table, first} of abis) {
		const ours = syscallNumbers(table);
		const numbers = [...Array.from({length: 1000}, (_, n) => first + n), ...table === 'arm' ? [0xf_0001, 0xf_0002, 0xf_0005, 0xf_0006] : []];
		const theirs = lib.names(architecture, numbers);

		t.deepEqual(theirs.filter(name => name !== undefined && !ours.has(name)), []);
		t.true(theirs.filter(name => name !== undefined).length > 300);
	}
});

test('every system call has the number that it has in libseccomp', t => {
	for (const {architecture, table} of abis) {
		const ours = [...syscallNumbers(table)];
		const theirs = lib.numbers(architecture, ours.map(([name]) => name));
		const other = ours.filter(([, number], n) => theirs[n] !== number && theirs[n]! >= 0);

		t.deepEqual(other, []);
	}
});

test('socketcall and ipc stand for the calls that they stand for in libseccomp', t => {
	// It numbers them -100 - SUBCALL and -200 - SUBCALL
	for (const [n, {subcalls}] of multiplexers().entries()) {
		const theirs = lib.numbers('SCMP_ARCH_X86', [...subcalls.keys()]);
		t.deepEqual(theirs, [...subcalls.values()].map(subcall => -100 * (n + 1) - subcall));
	}
});
