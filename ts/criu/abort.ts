// Calling off a request while CRIU is at it.
import {CtnError} from '../errors.js';
import type {CriuHandlers} from './notify.js';

/** What this room needs of an AbortSignal. */
export interface CallOff {
	readonly aborted: boolean;
	readonly reason: unknown;
	addEventListener(type: 'abort', listener: () => void): void;
	removeEventListener(type: 'abort', listener: () => void): void;
}

/** An error to be thrown at once if it was called off. */
export const throwIfCalledOff = (signal: CallOff | undefined, what: string): void => {
	if (signal?.aborted) {
		throw new CtnError('ERR_CRIU_FAILED', `${what}: it was called off`, {cause: signal.reason});
	}
};

/**
 * Until the answer to the last notification that can be refused (`post-dump`, `post-restore`) a request can
 * be called off; after that it is too late and nothing happens.
 *
 * A CRIU that restores is killed, and what it has made is gone. So is one that has not yet touched the
 * tasks it is to dump. But once it is at them it has its own code in them, and dead it could not take that
 * out: from there on it is told no at its next question, and takes its time to put all back.
 */
export class Caller {
	readonly #signal: CallOff | undefined;
	readonly #what: string;
	#isKillable = true;
	#isCommitted = false;

	constructor(signal: CallOff | undefined, what: string) {
		this.#signal = signal;
		this.#what = what;
	}

	handlers(given: CriuHandlers): CriuHandlers {
		if (this.#signal === undefined) {
			return given;
		}

		const check = (): void => throwIfCalledOff(this.#signal, this.#what);
		const commit = (): void => {
			check();
			this.#isCommitted = true;
		};
		return {
			...given,
			preDump: async () => {
				await given.preDump?.();
				check();
				this.#isKillable = false;
			},
			async queryExtFiles() {
				await given.queryExtFiles?.();
				check();
			},
			async postDump() {
				await given.postDump?.();
				commit();
			},
			async postRestore(pid) {
				await given.postRestore?.(pid);
				commit();
			},
		};
	}

	/** Runs the body; `kill` is called if it is called off meanwhile and may be killed. Its failure then says so. */
	async during<Result>(kill: () => void, body: () => Promise<Result>): Promise<Result> {
		const onAbort = (): void => {
			if (this.#isKillable && !this.#isCommitted) {
				kill();
			}
		};
		this.#signal?.addEventListener('abort', onAbort);
		if (this.#signal?.aborted) {
			onAbort(); // Since it was asked last
		}

		try {
			return await body();
		} catch (error) {
			if (!this.#isCommitted) {
				throwIfCalledOff(this.#signal, this.#what);
			}

			throw error;
		} finally {
			this.#signal?.removeEventListener('abort', onAbort);
		}
	}
}
