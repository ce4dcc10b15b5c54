// Host ops about a process that is yet to be started, and what they are once it is known.
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp} from './wire.gen.js';

/** Who it is. */
export interface Child {
	readonly pid: number;
	/** Clock ticks since boot. */
	readonly startTime: number;
	/** JSON: what it was given as descriptors 0 to 2. */
	readonly stdio: string;
	/** Our end of its sync socket. */
	readonly sync: Fd;
}

/** Lets init go on from where it waits. */
export const goByte = new Uint8Array(1);

const joined = ([first = '', ...rest]: readonly string[], {pid, startTime, stdio}: Child): string =>
	first + rest.map((part, index) => `${[pid, startTime, stdio][index]!}${part}`).join('');

/** Those of `child_*` as ordinary ones: what C does with them where they follow a spawn. */
export const aboutChild = (ops: readonly HostOp[], child: Child): HostOp[] => ops.map((op): HostOp => {
	switch (op.op) {
		case 'child_write': {
			const {path_parts: path, text_parts: text, flags, mode} = op;
			return {op: 'write', path: joined(path, child), data: encodeUtf8(joined(text, child)), flags, mode};
		}

		case 'child_go': {
			return {op: 'send', socket: child.sync, data: goByte};
		}

		default: {
			return op;
		}
	}
});
