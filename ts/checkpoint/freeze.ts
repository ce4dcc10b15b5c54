// The container stands still while CRIU looks at it.
import type {Cgroup} from '../cgroups/cgroup.js';
import {CtnError, isErrno} from '../errors.js';
import type {Native} from '../native/native.js';

/** Unless somebody has deleted the container meanwhile: that is told by what failed. */
export const unlessGone = async (change: Promise<void>): Promise<void> => change.catch((error: unknown) => {
	if (!isErrno(error, 'ENOENT', 'ENODEV')) {
		throw error;
	}
});

/**
 * Freezes the container when CRIU is ready to go, and lets it go on when it is done.
 *
 * CRIU can freeze, too, but looks only every 100 ms whether all stand still. A container that was
 * paused stays so.
 */
export class Freeze {
	readonly #cgroup: Cgroup;
	readonly #native: Native;
	readonly #timeoutMs: number | undefined;
	#isOurs = false;

	/** @param timeout In seconds. Default: that of the cgroup. */
	constructor(native: Native, cgroup: Cgroup, timeout: number | undefined) {
		this.#timeoutMs = timeout && timeout * 1000;
		this.#native = native;
		this.#cgroup = cgroup;
	}

	async begin(): Promise<void> {
		const [frozen] = await this.#native.batch([this.#cgroup.frozenOp()]);
		if (!this.#cgroup.isFrozen(frozen)) {
			this.#isOurs = true;
			await this.#cgroup.freeze(this.#timeoutMs).catch((error: unknown) => {
				throw error instanceof CtnError && error.code === 'ERR_CGROUP_BUSY'
					? new CtnError(error.code, 'the processes do not stand still', {cause: error, subject: error.subject, cure: 'one waits in the kernel: try again later, or set timeout to more seconds'})
					: error;
			});
		}
	}

	async end(): Promise<void> {
		if (this.#isOurs) {
			await unlessGone(this.#cgroup.thaw());
		}
	}
}
