import test from 'ava';
import {goalRows} from '../../benchmarks/goals.js';
import {reportOf, resultOf} from './reports.js';

const rowOf = (what: string, ...results: Parameters<typeof reportOf>): string[] =>
	goalRows({lifecycle: reportOf(...results), downtime: reportOf(...results)}).find(([name]) => name === what)!.slice(1);

test('a goal is judged by the ratio of the medians, and the newest of a kind is the one it is about', t => {
	const result = resultOf('back-to-back', {ctnative: 2, 'crun 1.28': 8, 'runc 1.3.6': 15, 'crun 1.8.1': 3, 'C floor': 1.6});
	t.deepEqual(rowOf('life, back to back, against crun', result), ['≤ 1/3.5', '1/4.0', 'met']);
	t.deepEqual(rowOf('life, back to back, against runc', result), ['≤ 1/8', '1/7.5', 'not met']);
	t.deepEqual(rowOf('life, against the C floor', result), ['≤ 1.3', '1.25', 'met']);
	t.deepEqual(rowOf('life with pools, against crun', result), ['≤ 1/5', '-', 'not measured']);
});

test('what is wanted per second is turned round', t => {
	const result = resultOf('8-at-a-time', {ctnative: 10, 'ctnative, pools': 5, 'crun 1.28': 20, 'runc 1.3.6': 49}, 8);
	t.deepEqual(rowOf('containers per second, 8 at a time, against crun', result), ['≥ 2.00', '2.00', 'met']);
	t.deepEqual(rowOf('containers per second, 8 at a time, against runc', result), ['≥ 5.00', '4.90', 'not met']);
	t.deepEqual(rowOf('containers per second, 8 at a time, with pools, against crun', result), ['≥ 4.00', '4.00', 'met']);
});

test('a goal can be a value, or a ratio of two results of ours', t => {
	t.deepEqual(rowOf('event loop blocked per container', resultOf('back-to-back/event loop blocked', {ctnative: 0.25})), ['≤ 0.2 ms', '0.25 ms', 'not met']);
	const sizes = [resultOf('full-64/downtime', {ctnative: 50, 'ctnative, lazy': 20}), resultOf('full-1024/downtime', {ctnative: 900, 'ctnative, lazy': 22})];
	t.deepEqual(rowOf('downtime, lazy 1 GiB against 64 MiB', ...sizes), ['≤ 1.2', '1.10', 'met']);
});
