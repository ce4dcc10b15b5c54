import test from 'ava';
import ts from 'typescript';
import {errorCodes} from '../../ts/errors.js';
import {parseSource, readSource, sourceFiles, walk} from '../support/sources.js';

const files = sourceFiles(['.ts'], 'ts').filter(path => path !== 'ts/errors.ts');

test('every code of the table is used by the code that throws', t => {
	const used = new Set<string>();
	for (const path of files) {
		walk(parseSource(path), node => {
			if (ts.isStringLiteralLike(node)) {
				used.add(node.text);
			}
		});
	}

	t.deepEqual(Object.keys(errorCodes).filter(code => !used.has(code)), []);
});

test('every code that is thrown, tested for or documented is in the table', t => {
	const unknown = files.flatMap(path => [...readSource(path).matchAll(/\bERR_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_?\*)/g)]
		.filter(([code]) => !(code in errorCodes))
		.map(([code]) => `${path}: ${code}`));
	t.deepEqual(unknown, []);
});

test('the table is sorted, and a code tells its room', t => {
	const codes = Object.keys(errorCodes);
	t.deepEqual(codes, [...codes].sort());
	t.deepEqual(codes.filter(code => !/^ERR_[A-Z]+(_[A-Z]+)*$/.test(code)), []);
});
