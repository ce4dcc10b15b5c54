// node:util
type Callback = (error: unknown, ...results: unknown[]) => void;

/** A function can say of what shape its promise is to be, as execFile does. */
export const custom = Symbol('promisify');

export const promisify = (call: ((...args: unknown[]) => unknown) & {[custom]?: (...args: unknown[]) => Promise<unknown>}) => call[custom] ?? (async (...args: unknown[]) =>
	new Promise((resolve, reject) => {
		const done: Callback = (error, result) => error ? reject(error) : resolve(result);
		call(...args, done);
	}));
