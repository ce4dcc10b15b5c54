// What the results of host operations mean, for whoever is handed a Native.
import {decodeUtf8} from '../linux/utf8.js';
import type {HostResult} from './native.js';

/** What an operation that reads gave; nothing if it failed with an errno that it may fail with. A file of no bytes reads as 0. */
export const textOf = (result: HostResult | undefined): string => result instanceof Uint8Array ? decodeUtf8(result) : '';

/** The same without the end of the line: for the files of /proc and /sys that are one. */
export const lineOf = (result: HostResult | undefined): string => textOf(result).trim();

/** The names that `list` gave. */
export const namesOf = (result: HostResult | undefined): string[] => textOf(result).split('\0').filter(Boolean);

/** `struct ctn_stat` (src-native/ctn_wire.h). */
export interface Stat {
	readonly device: bigint;
	readonly inode: bigint;
	readonly rdev: bigint;
	/** In bytes. */
	readonly size: bigint;
	/** Type and permissions, as in stat(2). */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
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
	return {device: u64(0), inode: u64(1), rdev: u64(2), size: u64(3), mode: view.getUint32(40, true), uid: view.getUint32(44, true), gid: view.getUint32(48, true), modified: [u64(7), u64(8)]};
};
