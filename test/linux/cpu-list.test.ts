import test from 'ava';
import {cpuMask, parseCpuList} from '../../ts/linux/cpu-list.js';

test('a list names single numbers, ranges, and every nth of a range', t => {
	t.deepEqual(parseCpuList('0-3,7'), [0, 1, 2, 3, 7]);
	t.deepEqual(parseCpuList(' 5 , 2 - 3 ,'), [2, 3, 5]);
	t.deepEqual(parseCpuList('0-9:2/4,1'), [0, 1, 4, 5, 8, 9]);
});

test('a mask is made of whole 64-bit words, lowest first', t => {
	t.deepEqual([...cpuMask('0,9')], [1, 2, 0, 0, 0, 0, 0, 0]);
	t.deepEqual([...cpuMask('64')], [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
});
