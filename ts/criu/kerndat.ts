// What CRIU finds out about the kernel: 15 to 40 ms at each start, unless it finds it written down.
//
// CRIU keeps it in /run/criu.kdat, but only where /run is a tmpfs, which is empty after a reboot. Elsewhere it is
// given a /run of its own, in a mount namespace of its own, and we keep the file for it: as long as this
// process lives, so for one kernel.
import {CLONE_NEWNS, MS_PRIVATE, MS_REC, MS_SLAVE, O_CREAT, O_TRUNC} from '../linux/constants.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {namesOf} from '../native/results.js';
import type {Step} from '../plan/wire.gen.js';
import type {CriuSurroundings} from './start.js';

const directory = '/run';
const name = 'criu.kdat';
const tmpfsMagic = 0x0102_1994n;
const mostBytes = 1 << 20;

/** By path of the executable. */
const known = new WeakMap<Native, Map<string, Uint8Array>>();

/** A /run for a CRIU in a mount namespace of its own, with everything in it that the host has there. */
export interface OwnRun {
	/** To be handed to CRIU's process. */
	readonly fds: readonly Fd[];
	/** @param first Number that the first of `fds` has there. */
	readonly steps: (first: number) => readonly Step[];
	readonly close: () => void;
}

/** One after the other. */
export const both = (first: OwnRun, second: OwnRun): OwnRun => ({
	fds: [...first.fds, ...second.fds],
	steps: fd => [...first.steps(fd), ...second.steps(fd + first.fds.length)],
	close() {
		first.close();
		second.close();
	},
});

const hostRun: OwnRun = {fds: [], steps: () => [], close() {}};

/** Whether CRIU cannot keep it by itself here. */
const isForgetful = async (native: Native): Promise<boolean> => {
	const [stat] = await native.batch([{op: 'statfs', path: directory, okErrno: 'any'}]);
	return stat instanceof Uint8Array && new DataView(stat.buffer, stat.byteOffset).getBigUint64(0, true) !== tmpfsMagic;
};

const openRun = async (native: Native, data: Uint8Array | undefined): Promise<OwnRun> => {
	const [listed] = await native.batch([{op: 'list', path: directory, directories: 0}]);
	const names = namesOf(listed).filter(entry => !entry.startsWith('criu.kdat'));
	const opened = await native.batch([
		{op: 'new_tree', attributes: 0n, fstype: 'tmpfs', path: 'tmpfs', options: ['mode=755']},
		...names.map((entry): HostOp => ({op: 'open_tree', path: `${directory}/${entry}`, recursive: 1, set: 0n, clear: 0n, all_set: 0n, all_clear: 0n, propagation: MS_PRIVATE, okErrno: 'any'})),
	]) as number[];
	const fds = opened.filter(fd => fd >= 0) as Fd[]; // One that is gone meanwhile is not there
	const there = names.filter((_, index) => opened[index + 1]! >= 0);
	const close = (): void => fds.forEach(fd => native.close(fd));
	try {
		if (data !== undefined) {
			await native.batch([{op: 'write', path: `/proc/self/fd/${fds[0]!}/${name}`, data, flags: O_CREAT | O_TRUNC, mode: 0o600}]);
		}
	} catch (error) {
		close();
		throw error;
	}

	return {
		fds,
		close,
		steps: first => [
			{op: 'root', tree: first as Fd, at: directory},
			...there.map((entry, index): Step => ({op: 'bind', tree: first + 1 + index as Fd, target: `/${entry}`, target_flags: 0, okErrno: 'ENOENT'})), // Or gone since
		],
	};
};

/** A mount namespace of its own, in which CRIU finds that. */
export const apart = (run: OwnRun): KerndatSurroundings =>
	({...run, flags: CLONE_NEWNS, steps: first => [{op: 'propagation', flags: MS_SLAVE | MS_REC}, ...run.steps(first)]});

export type KerndatSurroundings = CriuSurroundings & Pick<OwnRun, 'close'>;

/**
 * Surroundings for a CRIU that is asked what it finds, so that readKerndat() can read it then. Undefined
 * where they are of no use, or not to be had.
 */
export const kerndatSurroundings = async (native: Native): Promise<KerndatSurroundings | undefined> => {
	try {
		if (!await isForgetful(native)) {
			return undefined;
		}

		return apart(await openRun(native, undefined));
	} catch {
		return undefined; // Not privileged, for one
	}
};

/** Keeps what a CRIU in such surroundings has written down; `pid` is it. */
export const keepKerndat = async (native: Native, key: string, pid: number): Promise<void> => {
	const [data] = await native.batch([{op: 'read', path: `/proc/${pid}/root${directory}/${name}`, max: mostBytes, okErrno: 'any'}]);
	if (data instanceof Uint8Array) {
		const kept = known.get(native) ?? new Map<string, Uint8Array>();
		known.set(native, kept);
		kept.set(key, data);
	}
};

/** A /run in which CRIU finds what we have kept for it; without that, the host's. The caller closes it. */
export const runWithKerndat = async (native: Native, key: string): Promise<OwnRun> => {
	const data = known.get(native)?.get(key);
	return data === undefined ? hostRun : openRun(native, data).catch(() => hostRun); // It finds out anew, then
};

/** The same as surroundings of a CRIU that needs no others. */
export const surroundingsWithKerndat = async (native: Native, key: string): Promise<KerndatSurroundings | undefined> => {
	const run = await runWithKerndat(native, key);
	return run === hostRun ? undefined : apart(run);
};
