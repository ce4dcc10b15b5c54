import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import * as constants from '../../ts/linux/constants.js';
import {testUnless} from '../support/skip.js';

const compiler = ['cc', 'gcc'].find(name => {
	try {
		execFileSync(name, ['--version'], {stdio: 'ignore'});
		return true;
	} catch {
		return false;
	}
});

const headers = ['stdio.h', 'sched.h', 'fcntl.h', 'sys/stat.h', 'sys/mount.h', 'linux/seccomp.h', 'linux/magic.h', 'sys/personality.h'];

/** What a C program says the numbers are. */
const numbersOfC = (names: readonly string[]): Map<string, bigint> => {
	const directory = mkdtempSync(join(tmpdir(), 'ctnative-constants-'));
	try {
		const program = join(directory, 'constants');
		execFileSync(compiler!, ['-x', 'c', '-w', '-o', program, '-'], {input: [
			'#define _GNU_SOURCE',
			...headers.map(header => `#include <${header}>`),
			'int main(void) {',
			...names.map(name => `printf("${name} %llu\\n", (unsigned long long)(${name}));`),
			'}',
		].join('\n')});
		const lines = execFileSync(program, {encoding: 'utf8'}).trim().split('\n').map(line => line.split(' '));
		return new Map(lines.map(([name, value]) => [name!, BigInt(value!)]));
	} finally {
		rmSync(directory, {recursive: true});
	}
};

testUnless(compiler === undefined ? 'there is no C compiler' : undefined, test)('every number is the one of the headers of Linux', t => {
	const numbers = numbersOfC(Object.keys(constants));
	for (const [name, value] of Object.entries(constants)) {
		t.is(BigInt(value), numbers.get(name)!, name);
	}
});
