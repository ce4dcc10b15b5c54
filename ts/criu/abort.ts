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
 * Until the answer to the last notification that can be refused (`post-dump`, `post-restore`), a call-off
 * kills CRIU: what it dumps runs on, what it restores is gone. After that it is too late and does nothing.
 */
export class Caller {
	readonly #signal: CallOff | undefined;
	readonly #what: string;
	#isCommitted = false;

	constructor(signal: CallOff | undefined, what: string) {
		this.#signal = signal;
		this.#what = what;
	}

	handlers(given: CriuHandlers): CriuHandlers {
		if (this.#signal === undefined) {
			return given;
		}

		const commit = (): void => {
			throwIfCalledOff(this.#signal, this.#what);
			this.#isCommitted = true;
		};
		return {
			...given,
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

	/** Runs the body; `kill` is called if it is called off meanwhile. Its failure then says so. */
	async during<Result>(kill: () => void, body: () => Promise<Result>): Promise<Result> {
		const onAbort = (): void => {
			if (!this.#isCommitted) {
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
