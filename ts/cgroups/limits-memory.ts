// `linux.resources.memory` as files
import type {Memory} from '../oci/config.js';
import {max, nonZero, write, type Amount, type LimitWrite} from './limit-write.js';

/**
 * Memory and swap together. With no limit on memory there is none on both, as in runc: v1 had no
 * other way, and v2 does the same.
 */
const together = ({limit, swap}: Memory): Amount =>
	nonZero(swap) === undefined && limit !== undefined && Number(limit) < 0 ? -1 : nonZero(swap);

/** memory.limit goes before memory.memsw, which may not be below it. */
export const memoryV1 = (memory: Memory): LimitWrite[] => {
	const {limit, reservation, swap, swappiness, disableOOMKiller} = memory;
	const memsw = write('memory.swap', 'memory', 'memory.memsw.limit_in_bytes', together(memory))
		// Kernels that do not count swap have no file for it, nor a limit that could be in the way
		.map(each => nonZero(swap) === undefined ? {...each, okErrno: 'ENOENT' as const} : each);
	const limits = write('memory.limit', 'memory', 'memory.limit_in_bytes', nonZero(limit));
	return [
		...(Number(limit) < 0 ? [...memsw, ...limits] : [...limits, ...memsw]),
		...write('memory.reservation', 'memory', 'memory.soft_limit_in_bytes', nonZero(reservation)),
		...write('memory.swappiness', 'memory', 'memory.swappiness', swappiness),
		...write('memory.disableOOMKiller', 'memory', 'memory.oom_control', disableOOMKiller ? '1' : undefined),
	];
};

/** v2 counts swap alone, config.json memory and swap together. */
const swapV2 = (memory: Memory): string | undefined => {
	const swap = together(memory);
	if (swap === undefined || Number(swap) < 0) {
		return max(swap);
	}

	return String(BigInt(swap) - BigInt(Number(memory.limit ?? 0) > 0 ? memory.limit! : 0));
};

export const memoryV2 = (memory: Memory): LimitWrite[] => [
	...write('memory.limit', 'memory', 'memory.max', max(memory.limit)),
	...write('memory.swap', 'memory', 'memory.swap.max', swapV2(memory))
		.map(each => nonZero(memory.swap) === undefined ? {...each, okErrno: 'ENOENT' as const} : each),
	...write('memory.reservation', 'memory', 'memory.low', max(memory.reservation)),
];
