// What tests of lazy pages look at, from outside.
import {readFileSync} from 'node:fs';

/** The one child of the page daemon's supervisor: it serves the memory. */
export const workerOf = (pid: number): number | undefined => {
	try {
		return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]) || undefined;
	} catch {
		return undefined; // It has ended
	}
};
