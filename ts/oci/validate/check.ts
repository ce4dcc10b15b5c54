// A small language for the type checks, so that each section reads like the specification.
//
// A check takes any value and its JSON path, and returns a clean copy of it or throws `Invalid`.
// null counts as absent everywhere, as in the JSON decoder that runc is built with.
import {CtnError} from '../../errors.js';

export type Check<Value> = (value: unknown, path: string) => Value;

/** What is wrong where. It becomes a CtnError in `checking`, which knows the name of the document. */
export class Invalid extends Error {
	constructor(readonly path: string, readonly text: string) {
		super(text);
	}
}

/** Runs checks of one document; this is the one place where `Invalid` becomes a CtnError. */
export const checking = <Value>(document: string, run: () => Value): Value => {
	try {
		return run();
	} catch (error) {
		if (!(error instanceof Invalid)) {
			throw error;
		}

		const where = error.path === '' ? document : `${document}: ${error.path}`;
		throw new CtnError('ERR_CONFIG_INVALID', `${where} ${error.text}`, {subject: error.path === '' ? document : error.path});
	}
};

/** Breaks a rule: `text` goes on from the path, such as `needs a uts namespace`. */
export const broken = (path: string, text: string): never => {
	throw new Invalid(path, text);
};

/** A value in a few words, whatever it is. */
export const describe = (value: unknown): string => {
	switch (typeof value) {
		case 'string':
			return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
		case 'number':
		case 'bigint':
		case 'boolean':
			return String(value);
		case 'object':
			if (value === null) {
				return 'null';
			}

			return Array.isArray(value) ? (value.length === 0 ? '[]' : 'an array') : (Object.keys(value).length === 0 ? '{}' : 'an object');
		default:
			return `a ${typeof value}`;
	}
};

const absent = (value: unknown): value is null | undefined => value === undefined || value === null;

const mustBe = (path: string, expected: string, value: unknown): never =>
	broken(path, absent(value) ? `must be ${expected}, but is missing` : `must be ${expected}, not ${describe(value)}`);

/** `.key`, or `["a key"]` where the key is not a plain word. */
const below = (key: string): string => /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

/** Whether anybody wants to know where a value stands: only the error does, and it takes longer than the check. */
let isLocated = true;

/**
 * The same check, which looks for the place when there is something to tell of it only. What it calls must not use a path
 * but for `Invalid`.
 */
export const locatedOnError = <Value>(check: Check<Value>): Check<Value> => (value, path) => {
	isLocated = false;
	try {
		return check(value, path);
	} catch (error) {
		if (!(error instanceof Invalid)) {
			throw error;
		}
	} finally {
		isLocated = true;
	}

	return check(value, path);
};

const join = (path: string, part: string): string => !isLocated ? '' : path === '' && part.startsWith('.') ? part.slice(1) : path + part;

/** The JSON path of what is at `path`, under this key or index. */
export const at = (path: string, key: string | number): string => !isLocated ? '' : join(path, typeof key === 'number' ? `[${key}]` : below(key));

/** Those that make undefined of what is absent, and so need not be asked. */
const optionals = new WeakSet<Check<unknown>>();

const asOptional = <Value>(check: Check<Value | undefined>): Check<Value | undefined> => {
	optionals.add(check);
	return check;
};

export const optional = <Value>(check: Check<Value>): Check<Value | undefined> =>
	asOptional((value, path) => absent(value) ? undefined : check(value, path));

/** An optional text where OCI cannot tell empty from absent. */
export const optionalText = (expected = 'a string', fits?: (text: string) => boolean): Check<string | undefined> => {
	const check = text(expected, fits);
	return asOptional((value, path) => absent(value) || value === '' ? undefined : check(value, path));
};

/** A string without NUL bytes, which no path, name or value of the kernel can hold. */
export const text = (expected = 'a string', fits: (text: string) => boolean = () => true): Check<string> => (value, path) => {
	if (typeof value !== 'string') {
		return mustBe(path, expected, value);
	}

	if (value.includes('\0')) {
		return broken(path, 'must not contain a NUL byte');
	}

	return fits(value) ? value : mustBe(path, expected, value);
};

export const nonEmpty = text('a non-empty string', value => value !== '');

export const absolutePath = text('an absolute path', value => value.startsWith('/'));

export const matching = (expected: string, pattern: RegExp): Check<string> => text(expected, value => pattern.test(value));

/** A list of CPUs or memory nodes as cpuset(7) has it: numbers, ranges, and ranges with a stride. */
export const cpuList = (value: string): boolean =>
	/^ *\d+( *- *\d+(:\d+\/\d+)?)?( *, *\d+( *- *\d+(:\d+\/\d+)?)?)* *,? *$/.test(value);

export const boolean: Check<boolean> = (value, path) => typeof value === 'boolean' ? value : mustBe(path, 'true or false', value);

export const oneOf = <Value extends string>(...values: readonly Value[]): Check<Value> => {
	const names = values.map(value => JSON.stringify(value)).join(', ');
	return (value, path) => (values as readonly unknown[]).includes(value) ? value as Value : mustBe(path, `one of ${names}`, value);
};

export const integer = (min: number, max: number): Check<number> => (value, path) =>
	typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : mustBe(path, `an integer from ${min} to ${max}`, value);

/** A user or group id: 2^32-1 means "no id" to the kernel. */
export const id = integer(0, 0xffff_fffe);

export const uint32 = integer(0, 0xffff_ffff);

const maxUint64 = 0xffff_ffff_ffff_ffffn;
const maxInt64 = 0x7fff_ffff_ffff_ffffn;

const integer64 = (min: bigint, max: bigint, range: string): Check<number | bigint> => (value, path) => {
	// JSON.parse rounds 2^64-1, the usual "no limit", to 2^64: no other number comes out as that.
	if (value === 2 ** 64 && max === maxUint64) {
		return max;
	}

	if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
		return broken(path, `must be a bigint, as ${value} is above 2^53 and may have been rounded`);
	}

	const fits = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
	return fits && value >= min && value <= max ? value : mustBe(path, `an integer from ${range}`, value);
};

export const uint64 = integer64(0n, maxUint64, '0 to 2^64-1');
export const int64 = integer64(-maxInt64 - 1n, maxInt64, '-2^63 to 2^63-1');
/** A limit: -1 is "no limit". */
export const limit64 = integer64(-1n, maxInt64, '-1 to 2^63-1');

export const array = <Value>(check: Check<Value>, expected = 'an array'): Check<readonly Value[]> => (value, path) =>
	Array.isArray(value) ? value.map((item: unknown, index) => check(item, at(path, index))) : mustBe(path, expected, value);

export const nonEmptyArray = <Value>(check: Check<Value>, expected: string): Check<readonly Value[]> => {
	const checkArray = array(check, expected);
	return (value, path) => Array.isArray(value) && value.length === 0 ? mustBe(path, expected, value) : checkArray(value, path);
};

export const texts = array(text(), 'an array of strings');

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with keys of the caller's choice. */
export const map = <Value>(checkKey: Check<string>, check: Check<Value>): Check<Readonly<Record<string, Value>>> => (value, path) =>
	isObject(value)
		? Object.fromEntries(Object.entries(value).filter(([, item]) => !absent(item)).map(([key, item]) => [checkKey(key, at(path, key)), check(item, at(path, key))]))
		: mustBe(path, 'an object', value);

/** One check for each key of a type: a key that is forgotten is a type error. */
export type Fields<Value> = {
	readonly [Key in keyof Value]-?: Check<{} extends Pick<Value, Key> ? Value[Key] | undefined : Value[Key]>;
};

/** An object with the keys of a type. Other keys are left out, as runc ignores them. */
export const object = <Value>(fields: Fields<Value>): Check<Value> => {
	const checks = (Object.entries(fields) as ReadonlyArray<[string, Check<unknown>]>)
		.map(([key, check]) => ({key, check, part: below(key), isOptional: optionals.has(check)}));
	const always = checks.filter(({isOptional}) => !isOptional);
	const sometimes = new Map(checks.filter(({isOptional}) => isOptional).map(({key, check}) => [key, check]));

	/** The same with less to look for, as most values have few of the keys. Whatever is wrong is found again in the order of the type. */
	const withKnown = (value: Record<string, unknown>): Value => {
		const copy: Record<string, unknown> = {};
		const set = (key: string, checked: unknown): void => {
			if (checked !== undefined) {
				copy[key] = checked;
			}
		};

		for (const {key, check} of always) {
			set(key, check(Object.hasOwn(value, key) ? value[key] : undefined, ''));
		}

		for (const key of Object.keys(value)) {
			const check = sometimes.get(key);
			const item = value[key];
			if (check !== undefined && !absent(item)) {
				set(key, check(item, ''));
			}
		}

		return copy as Value;
	};

	return (value, path) => {
		if (!isObject(value)) {
			return mustBe(path, 'an object', value);
		}

		if (!isLocated) {
			return withKnown(value);
		}

		const copy: Record<string, unknown> = {};
		for (const {key, check, part, isOptional} of checks) {
			const item = Object.hasOwn(value, key) ? value[key] : undefined;
			if (isOptional && absent(item)) {
				continue;
			}

			const checked = check(item, join(path, part));
			if (checked !== undefined) {
				copy[key] = checked;
			}
		}

		return copy as Value;
	};
};
