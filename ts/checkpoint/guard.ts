// A CRIU that is killed while it runs code of its own in a program: the program is put back to where it was.
//
// How that is done: src-native/sys/guard.c. It needs cgroup2's freezer, in which processes stand still that are traced.
import type {CgroupRecord} from '../cgroups/plan.js';
import type {Fd, Native} from '../native/native.js';
import {textOf} from '../native/results.js';

const mostReport = 32;

export class Guard {
	readonly #native: Native;
	#told: Fd | undefined;

	constructor(native: Native) {
		this.#native = native;
	}

	/**
	 * Watches over processes in a frozen cgroup. Where that cannot be done the dump goes on without.
	 *
	 * @param criu Pid of the CRIU that is about to dump them, a child of ours.
	 */
	async begin(criu: number, {unified}: CgroupRecord, pids: readonly number[]): Promise<void> {
		if (unified !== undefined) {
			const [told] = await this.#native.batch([{op: 'guard', cgroup: unified, pids: new Uint8Array(Uint32Array.from(pids).buffer), criu, okErrno: 'any'}]) as [number];
			this.#told = told >= 0 ? told as Fd : undefined;
		}
	}

	/** To be called when CRIU has ended. If it had to put threads back, their cgroup is frozen. Resolves to how many; a negative errno if some could not be. */
	async end(): Promise<number> {
		const told = this.#told;
		if (told === undefined) {
			return 0;
		}

		this.#told = undefined;
		try {
			await this.#native.readable(told);
			const [text] = await this.#native.batch([{op: 'read_fd', fd: told, max: mostReport}]);
			return Number(textOf(text));
		} finally {
			this.#native.close(told);
		}
	}
}
