// The container stands still while CRIU looks at it.
import type {Cgroup} from '../cgroups/cgroup.js';
import type {Native} from '../native/native.js';

/**
 * Freezes the container when CRIU is ready to go, and lets it go on when it is done.
 *
 * CRIU can freeze, too, but looks only every 100 ms whether all stand still. A container that was
 * paused stays so.
 */
export class Freeze {
	readonly #cgroup: Cgroup;
	readonly #native: Native;
	#isOurs = false;

	constructor(native: Native, cgroup: Cgroup) {
		this.#native = native;
		this.#cgroup = cgroup;
	}

	async begin(): Promise<void> {
		const [frozen] = await this.#native.batch([this.#cgroup.frozenOp()]);
		if (!this.#cgroup.isFrozen(frozen)) {
			this.#isOurs = true;
			await this.#cgroup.freeze();
		}
	}

	async end(): Promise<void> {
		if (this.#isOurs) {
			await this.#cgroup.thaw();
		}
	}
}
