// What the images call the processes of a container.
import type {Native} from '../native/native.js';
import {textOf} from '../native/results.js';

/**
 * By pid in the container, which the images go by, the pid here.
 *
 * @param init Pid of the container.
 */
export const pidsInside = async (native: Native, init: number, pids: readonly number[]): Promise<Map<number, number>> => {
	const texts = await native.batch([init, ...pids].map(pid => ({op: 'read', path: `/proc/${pid}/status`, max: 1 << 16, okErrno: 'any'})));
	// From our pid namespace inwards (proc_pid_status(5)); CRIU counts as the one of init does
	const [ofInit, ...all] = texts.map(text => (/^NSpid:\s*(.*)$/m.exec(textOf(text))?.[1] ?? '').split(/\s+/).map(Number));
	return new Map(all.map((numbers, index) => [numbers[ofInit!.length - 1] ?? 0, pids[index]!]));
};
