// What CRIU finds itself in when it dumps, and what it does not see there.
import type {CallOff} from '../criu/abort.js';
import {surroundingsWithKerndat, type KerndatSurroundings} from '../criu/kerndat.js';
import type {CriuOpts} from '../criu/opts.js';
import {Cgroup} from '../cgroups/cgroup.js';
import type {Native} from '../native/native.js';
import type {SavedContainer} from '../state/record.js';
import {canHide, HiddenMemory} from './hidden-memory.js';
import {amongJoined} from './joined.js';
import {openLazyDump, type LazyCheckpointOptions, type LazyDump} from './lazy-dump.js';

export interface Surroundings {
	readonly inside: KerndatSurroundings | undefined;
	readonly hidden: HiddenMemory | undefined;
	/** Its end is the caller's. */
	readonly lazy: LazyDump | undefined;
	/** When CRIU has ended. */
	close(): Promise<void>;
}

export interface Surrounded {
	readonly saved: SavedContainer;
	/** Of the images. */
	readonly directory: string;
	/** Path of CRIU. */
	readonly criu: string;
}

/** @throws CtnError `ERR_ARGUMENT` for options that do not go together, `ERR_NATIVE`. */
export const surroundDump = async (native: Native, {saved: {record, config}, directory, criu}: Surrounded, {lazyPages, ...opts}: Omit<CriuOpts, 'lazyPages'> & {readonly lazyPages?: boolean | LazyCheckpointOptions | undefined}, signal?: CallOff): Promise<Surroundings> => {
	const hidden = canHide(config, lazyPages, opts) ? await HiddenMemory.open(native, directory, await new Cgroup(native, record.cgroup).pids()) : undefined;
	let inside: KerndatSurroundings | undefined;
	const close = async (): Promise<void> => {
		await hidden?.end(); // It writes to what is closed then
		(inside ?? hidden)?.close();
	};

	try {
		const kerndat = await surroundingsWithKerndat(native, criu);
		inside = hidden ? hidden.within(kerndat) : kerndat;
		inside = await amongJoined(native, config, record.pid, inside);
		return {inside, hidden, close, lazy: lazyPages ? await openLazyDump(native, directory, lazyPages, opts, signal) : undefined};
	} catch (error) {
		await close();
		throw error;
	}
};
