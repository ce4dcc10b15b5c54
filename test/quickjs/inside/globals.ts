// The globals of Node that tests, their libraries and the hosts' side of the core look for.
import '../../../ts/command/engine.js';
import {Buffer} from 'buffer';
import {host} from './engine.js';
import {process} from './node/process.js';

type Callback = (...args: unknown[]) => void;

/** What setTimeout() gives: the number of the wait in the event loop. */
class Timer {
	id: number;

	constructor(milliseconds: number, callback: () => void) {
		this.id = host.timer(milliseconds, callback);
	}

	unref(): this {
		host.keep(this.id, false);
		return this;
	}

	ref(): this {
		host.keep(this.id, true);
		return this;
	}
}

const setTimer = (callback: Callback, milliseconds = 0, ...args: unknown[]): Timer => new Timer(milliseconds, () => callback(...args));
const clearTimer = (timer?: Timer): void => {
	if (timer) {
		host.forget(timer.id);
	}
};

const setTicker = (callback: Callback, milliseconds: number, ...args: unknown[]): Timer => {
	const ticker = new Timer(milliseconds, function tick() {
		ticker.id = host.timer(milliseconds, tick);
		callback(...args);
	});
	return ticker;
};

class Signal {
	aborted = false;
	reason: unknown;
	readonly #listeners = new Set<() => void>();

	static abort(): Signal {
		const signal = new Signal();
		signal.abort();
		return signal;
	}

	static timeout(milliseconds: number): Signal {
		const signal = new Signal();
		new Timer(milliseconds, () => signal.abort()).unref();
		return signal;
	}

	addEventListener(_type: 'abort', listener: () => void): void {
		this.#listeners.add(listener);
	}

	removeEventListener(_type: 'abort', listener: () => void): void {
		this.#listeners.delete(listener);
	}

	/** For AbortController. */
	abort(reason: unknown = Object.assign(new Error('This operation was aborted'), {name: 'AbortError'})): void {
		if (!this.aborted) {
			this.aborted = true;
			this.reason = reason;
			this.#listeners.forEach(listener => listener());
		}
	}
}

class Controller {
	readonly signal = new Signal();

	abort(reason?: unknown): void {
		this.signal.abort(reason);
	}
}

/** Of plain values: that is all that tests copy. */
const clone = (value: unknown): unknown =>
	Array.isArray(value) ? value.map(clone)
		: typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clone(inner)]))
			: value;

/** Where the engine has none, `stack` tells where it was called. */
const captureStackTrace = (target: {stack?: string | undefined}): void => {
	target.stack = new Error().stack;
};

Error.captureStackTrace ??= captureStackTrace;
Object.assign(globalThis, {
	Buffer,
	process,
	global: globalThis,
	setTimeout: setTimer,
	clearTimeout: clearTimer,
	setInterval: setTicker,
	clearInterval: clearTimer,
	setImmediate: (callback: Callback, ...args: unknown[]) => setTimer(callback, 0, ...args),
	structuredClone: clone,
	performance: {now: () => Date.now()},
	AbortController: Controller,
	AbortSignal: Signal,
});
