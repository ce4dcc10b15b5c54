// A limit as the write of one cgroup file.

/** One write: the value goes into `file` of the cgroup's directory in the hierarchy of `controller`. */
export interface LimitWrite {
	readonly controller: string;
	readonly file: string;
	readonly value: string;
	/** What asks for it, below `linux.resources`: `memory.limit`. */
	readonly setting: string;
	/** The file of kernels that do not have the first one. */
	readonly or?: {readonly file: string; readonly value: string};
	/** An errno that is no failure here. */
	readonly okErrno?: 'ENOENT' | 'EINVAL';
}

export type Amount = number | bigint | undefined;

/** Nothing for a value that is not set. */
export const write = (setting: string, controller: string, file: string, value: Amount | string): LimitWrite[] =>
	value === undefined ? [] : [{controller, file, value: String(value), setting}];

/** 0 is "not set" for these, as in runc. */
export const nonZero = (value: Amount): Amount => value === undefined || Number(value) === 0 ? undefined : value;

/** A v2 limit: -1 is `max`. */
export const max = (value: Amount): string | undefined =>
	nonZero(value) === undefined ? undefined : Number(value) < 0 ? 'max' : String(value);
