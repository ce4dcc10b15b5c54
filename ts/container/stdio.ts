// Descriptors 0, 1 and 2 of a process of a container, and what this side holds of them.
import {CtnError} from '../errors.js';
import type {NullStdio} from '../launch/stdio.js';
import {stdioFd, type Fd, type Native} from '../native/native.js';
import type {Readable, Writable} from 'node:stream';

/** `pipe`: a stream here; `ignore`: /dev/null; `inherit`: this process' own; a number: that descriptor. */
export type StdioKind = 'pipe' | 'ignore' | 'inherit' | number;

/** One for all three, or one each; as in node:child_process. */
export type StdioOption = Exclude<StdioKind, number> | readonly [StdioKind, StdioKind, StdioKind];

export interface Stdio {
	/** For the child. */
	readonly child: readonly [Fd, Fd, Fd];
	/** Which of them are to be the container's /dev/null. */
	readonly nulls: NullStdio;
	readonly stdin: Writable | null;
	readonly stdout: Readable | null;
	readonly stderr: Readable | null;
	/** Closes the child's ends; once the child has them, or has failed. */
	closeChildEnds(): void;
	/** Gives up our ends, after a failure. */
	destroy(): void;
}

const kinds = (option: StdioOption): readonly StdioKind[] => typeof option === 'string' ? [option, option, option] : option;

const check = (option: StdioOption): void => {
	const list = kinds(option);
	const isKind = (kind: StdioKind): boolean => typeof kind === 'number' ? Number.isInteger(kind) && kind >= 0 : ['pipe', 'ignore', 'inherit'].includes(kind);
	if (!Array.isArray(list) || list.length !== 3 || !list.every(kind => isKind(kind))) {
		throw new CtnError('ERR_ARGUMENT', `stdio must be pipe, ignore, inherit or three of these or descriptors, not ${JSON.stringify(option)}`, {subject: 'stdio'});
	}
};

/**
 * Opens what the option asks for.
 *
 * @param devNull A descriptor of /dev/null, lent.
 * @throws CtnError `ERR_ARGUMENT` if the option is none.
 */
export const openStdio = (native: Native, option: StdioOption, devNull: Fd): Stdio => {
	check(option);
	const pipes = openPipes(native, kinds(option).filter(kind => kind === 'pipe').length);
	const childEnds: Fd[] = [];
	const ours: Array<Fd | undefined> = [undefined, undefined, undefined];
	const nulls = {mask: 0, ifNull: 0};
	const child = kinds(option).map((kind, index) => {
		if (kind === 'ignore') {
			nulls.mask |= 1 << index;
			return devNull;
		}

		if (kind !== 'pipe') {
			nulls.ifNull |= 1 << index;
			return kind === 'inherit' ? stdioFd(index as 0 | 1 | 2) : kind as Fd;
		}

		const [read, write] = pipes.shift()!;
		const [theirs, mine] = index === 0 ? [read, write] : [write, read];
		childEnds.push(theirs);
		ours[index] = mine;
		return theirs;
	}) as unknown as readonly [Fd, Fd, Fd];
	const [stdin, stdout, stderr] = ours;
	const streams = {
		stdin: stdin === undefined ? null : native.writeStream(stdin),
		stdout: stdout === undefined ? null : native.readStream(stdout),
		stderr: stderr === undefined ? null : native.readStream(stderr),
	};
	return {
		child,
		nulls,
		...streams,
		closeChildEnds() {
			for (const fd of childEnds.splice(0)) {
				native.close(fd);
			}
		},
		destroy() {
			for (const stream of Object.values(streams)) {
				stream?.destroy();
			}
		},
	};
};

/** All of them, or none. */
const openPipes = (native: Native, count: number): Array<[Fd, Fd]> => {
	const pipes: Array<[Fd, Fd]> = [];
	try {
		while (pipes.length < count) {
			pipes.push(native.pipe());
		}

		return pipes;
	} catch (error) {
		for (const fd of pipes.flat()) {
			native.close(fd);
		}

		throw error;
	}
};
