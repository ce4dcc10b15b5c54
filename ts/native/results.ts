// What the results of host operations and watches mean, for whoever is handed a Native.
import {decodeUtf8} from '../linux/utf8.js';
import type {Exit, Fd, HostResult, Native} from './native.js';

/** What an operation that reads gave; nothing if it failed with an errno that it may fail with. A file of no bytes reads as 0. */
export const textOf = (result: HostResult | undefined): string => result instanceof Uint8Array ? decodeUtf8(result) : '';

/** The same without the end of the line: for the files of /proc and /sys that are one. */
export const lineOf = (result: HostResult | undefined): string => textOf(result).trim();

/** `struct ctn_stat` (src-native/ctn_wire.h). */
export interface Stat {
	readonly device: bigint;
	readonly inode: bigint;
	readonly rdev: bigint;
	/** In bytes. */
	readonly size: bigint;
	/** Type and permissions, as in stat(2). */
	readonly mode: number;
	/** Of the last change of the contents: [seconds, nanoseconds]. */
	readonly modified: readonly [bigint, bigint];
}

/** What `stat` gave, or undefined if it failed with an errno that it may fail with. */
export const statOf = (result: HostResult | undefined): Stat | undefined => {
	if (!(result instanceof Uint8Array)) {
		return undefined;
	}

	const view = new DataView(result.buffer, result.byteOffset, result.byteLength);
	const u64 = (index: number): bigint => view.getBigUint64(8 * index, true);
	return {device: u64(0), inode: u64(1), rdev: u64(2), size: u64(3), mode: view.getUint32(40, true), modified: [u64(7), u64(8)]};
};

/** How a process ended, keeping the event loop alive until it did. The descriptor stays the caller's. */
export const ended = async (native: Native, pidfd: Fd): Promise<Exit> => {
	const watch = native.watchExit(pidfd);
	watch.ref();
	return watch.exit;
};
