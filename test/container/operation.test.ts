import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {Operation} from '../../ts/container/operation.js';

const counting = (most: number, end: () => number = () => 42): Operation<number, number> => new Operation(async emit => {
	for (let index = 0; index < most; index++) {
		emit(index);
		await sleep(index % 2);
	}

	return end();
});

const collect = async (operation: AsyncIterable<number>): Promise<number[]> => {
	const events: number[] = [];
	for await (const event of operation) {
		events.push(event);
	}

	return events;
};

test('it is waited for like a promise', async t => {
	t.is(await counting(3), 42);
	t.is(await counting(0).then(value => value + 1), 43);
	const fails = (): Operation<number, number> => counting(1, () => {
		throw new Error('no');
	});
	t.is(await fails().catch(() => 7), 7);
	let ended = 0;
	await t.throwsAsync(fails().finally(() => void ended++), {message: 'no'});
	t.is(ended, 1);
	t.deepEqual(await Promise.all([counting(1), counting(2)]), [42, 42]);
});

test('every event is heard, whenever one begins to listen, and by each who does', async t => {
	const operation = counting(5);
	const early = collect(operation);
	await sleep(3);
	t.deepEqual(await Promise.all([early, collect(operation)]), [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]);
	t.is(await operation, 42);
	t.deepEqual(await collect(operation), [0, 1, 2, 3, 4], 'and afterwards');
});

test('iterating ends as the operation does', async t => {
	const heard: number[] = [];
	await t.throwsAsync(async () => {
		for await (const event of counting(2, () => {
			throw new Error('no');
		})) {
			heard.push(event);
		}
	}, {message: 'no'});
	t.deepEqual(heard, [0, 1]);
});
