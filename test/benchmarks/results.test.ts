import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {withResults} from '../../benchmarks/document.js';
import {save} from '../../benchmarks/results.js';
import {tempDir} from '../support/temp-dir.js';
import {reportOf, resultOf} from './reports.js';

const lifecycle = reportOf(resultOf('back-to-back', {ctnative: 2, 'crun 1.28': 8}));
const exec = reportOf(resultOf('exec/exit', {ctnative: 1.5, 'crun 1.28': 6}));

test('results of questions that were not asked again stay', async t => {
	const directory = tempDir(t);
	await save(directory, {lifecycle, exec});
	const again = reportOf(resultOf('exec/exit', {ctnative: 1.25, 'crun 1.28': 6}));
	const everything = await save(directory, {exec: again});
	t.deepEqual(everything, {lifecycle, exec: again});
	t.deepEqual(JSON.parse(readFileSync(join(directory, 'results.json'), 'utf8')), everything);
	const picture = readFileSync(join(directory, 'chart.svg'), 'utf8');
	t.regex(picture, /^<svg/);
	t.regex(picture, /1\.25 ms/);
	t.regex(picture, /8\.00 ms, 4\.0 times ours/);
});

test('the document keeps its method, and has machine, versions and a table with every result', t => {
	const first = withResults('# Benchmarks\n\nthe method\n\n## Results\n\nold figures\n', {lifecycle, exec});
	t.regex(first, /^# Benchmarks\n\nthe method\n\n## Results\n/);
	t.notRegex(first, /old figures/);
	t.regex(first, /2026-01-02; kernel 6\.1, load 0\.00; node 20, crun 1\.28 of a newer Debian\./);
	t.regex(first, /\| crun 1\.28 \| 8\.00 \| 8\.00 \| 8\.00 \| 0\.25 \|/);
	t.regex(first, /\| life, back to back, against crun \| ≤ 1\/3\.5 \| 1\/4\.0 \| met \|/);
	t.is(withResults(first, {lifecycle, exec}), first);
});
