// A CRIU that is killed while it runs code of its own in a program: the program is put back to where it was.
//
// How that is done: src-native/sys/guard.c.
import type {Cgroup} from '../cgroups/cgroup.js';
import {CtnError} from '../errors.js';
import {errnoName} from '../linux/errno.js';
import type {Fd, Native} from '../native/native.js';
import {textOf} from '../native/results.js';

const mostReport = 256;

export interface Rescue {
	/** 0, or the errno for which some could not be put back. */
	readonly errno: number;
	/** Pids of those that died with CRIU. */
	readonly lost: readonly number[];
}

export class Guard {
	readonly #native: Native;
	#told: Fd | undefined;

	constructor(native: Native) {
		this.#native = native;
	}

	/**
	 * Watches over processes in a cgroup. Where that cannot be done the dump goes on without.
	 *
	 * @param criu Pid of the CRIU that is about to dump them, a child of ours.
	 * @param isFrozen Else CRIU freezes it.
	 * @param isPreDump CRIU makes it in a child.
	 */
	async begin(criu: number, cgroup: Cgroup, isFrozen: boolean, isPreDump = false): Promise<void> {
		const [told] = await this.#native.batch([{op: 'guard', cgroup: cgroup.main, criu, is_v1: cgroup.record.unified === undefined ? 1 : 0, in_child: isPreDump ? 1 : 0, is_later: isFrozen ? 0 : 1, okErrno: 'any'}]) as [number];
		this.#told = told >= 0 ? told as Fd : undefined;
	}

	/** To be called when CRIU has ended. If it had to put threads back, their cgroup is frozen. */
	async end(): Promise<Rescue> {
		const told = this.#told;
		if (told === undefined) {
			return {errno: 0, lost: []};
		}

		this.#told = undefined;
		try {
			await this.#native.readable(told);
			const [text] = await this.#native.batch([{op: 'read_fd', fd: told, max: mostReport}]);
			const [count, ...lost] = textOf(text).split(' ').map(Number);
			return {errno: Math.max(0, -count!), lost};
		} finally {
			this.#native.close(told);
		}
	}
}

/** The failure of a dump, with what it did to the container. */
export const explainRescue = (error: unknown, {errno, lost}: Rescue): unknown => {
	if (errno === 0 && lost.length === 0) {
		return error;
	}

	const what = lost.length > 0
		? `CRIU was killed while its code ran in process ${lost.join(', ')}, which ended by it`
		: `the processes could not be put back to where CRIU found them: ${errnoName(errno)}`;
	return new CtnError('ERR_CRIU_FAILED', `${(error as Error).message}; ${what}`, {cause: error, errno: error instanceof CtnError ? error.errno : undefined, log: error instanceof CtnError ? error.log : undefined, cure: error instanceof CtnError ? error.cure : undefined});
};
