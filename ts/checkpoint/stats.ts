// What CRIU measured of itself, from the directory in which it left that.
import {readStats, type DumpStats, type RestoreStats} from '../images/stats.js';
import type {Native} from '../native/native.js';

const read = async (native: Native, path: string): Promise<ReturnType<typeof readStats> | undefined> => {
	const [bytes] = await native.batch([{op: 'read', path, max: 1 << 20, okErrno: 'any'}]);
	return bytes instanceof Uint8Array ? readStats(bytes) : undefined;
};

/** Of a lazy dump: CRIU's page server begins to count anew, so that nothing in them is true. */
export const removeDumpStats = async (native: Native, directory: string): Promise<undefined> => {
	await native.batch([{op: 'unlink', path: `${directory}/stats-dump`, okErrno: 'any'}]);
	return undefined;
};

/** Undefined if there are none. */
export const readDumpStats = async (native: Native, directory: string): Promise<DumpStats | undefined> => (await read(native, `${directory}/stats-dump`))?.dump;

/** Undefined if there are none. */
export const readRestoreStats = async (native: Native, directory: string): Promise<RestoreStats | undefined> => (await read(native, `${directory}/stats-restore`))?.restore;
