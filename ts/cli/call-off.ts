// ^C, and whoever ends us: what is under way is called off, so that nothing of it stays.
import type {CallOff} from '../criu/abort.js';
import {signals} from '../linux/signals.js';
import type {Host} from './host.js';

class SignalCallOff implements CallOff {
	aborted = false;
	reason: unknown;
	readonly #listeners = new Set<() => void>();

	addEventListener(_type: 'abort', listener: () => void): void {
		this.#listeners.add(listener);
	}

	removeEventListener(_type: 'abort', listener: () => void): void {
		this.#listeners.delete(listener);
	}

	abort(reason: unknown): void {
		if (!this.aborted) {
			this.aborted = true;
			this.reason = reason;
			this.#listeners.forEach(listener => listener());
		}
	}
}

/** From here on these signals do nothing but that. */
export const calledOffBySignals = (host: Host): CallOff => {
	const callOff = new SignalCallOff();
	host.onSignals([signals.SIGHUP, signals.SIGINT, signals.SIGTERM], signal => {
		callOff.abort(new Error(`signal ${signal}`));
	});
	return callOff;
};
