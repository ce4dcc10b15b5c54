import test from 'ava';
import {compare, percentile, summarizeAll} from '../../benchmarks/harness.js';

test('percentiles are values that were measured, by nearest rank', t => {
	const values = Array.from({length: 100}, (_, index) => index + 1);
	t.deepEqual([10, 50, 99, 100].map(percent => percentile(values, percent)), [10, 50, 99, 100]);
	t.is(percentile([7], 10), 7);
	t.is(percentile([1, 2, 3, 4], 50), 2);
});

test('a part is a result of its own, with those that have it and the ratio of the first to each', t => {
	const results = summarizeAll({id: 'life', title: 'life', units: {memory: 'KiB'}}, new Map([
		['ours', [{total: 3, memory: 4}, {total: 1, memory: 4}, {total: 2, memory: 4}]],
		['theirs', [{total: 8}, {total: 8}, {total: 4}]],
	]), 8);
	t.deepEqual(results.map(({id, unit, batch}) => [id, unit, batch]), [['life', 'ms', 8], ['life/memory', 'KiB', 1]]);
	t.deepEqual(results[0]!.figures.map(({name, trials, median, ratio}) => [name, trials, median, ratio]), [['ours', 3, 2, 1], ['theirs', 3, 8, 0.25]]);
	t.deepEqual(results[1]!.figures.map(({name}) => name), ['ours']);
});

test('every contender has its turns, each round begins with the next one, and the first rounds are not counted', async t => {
	const order: string[] = [];
	const peers = ['a', 'b', 'c'].map(name => ({
		name,
		async trial() {
			order.push(name);
			return {total: order.length};
		},
	}));
	const [result] = await compare({id: 'x', title: 'x'}, peers, {trials: 4, warmUp: 1, turn: 2});
	t.is(order.join(''), 'aabbccbbccaaccaabb');
	t.deepEqual(result!.figures.map(({trials}) => trials), [4, 4, 4]);
	t.is(result!.figures[0]!.p10, 11); // The first of a's that counts
});

test('a contender that fails ends the question', async t => {
	await t.throwsAsync(compare({id: 'x', title: 'x'}, [{name: 'a', trial: () => Promise.reject(new Error('exit code 1'))}], {trials: 1, warmUp: 0}), {message: 'exit code 1'});
});
