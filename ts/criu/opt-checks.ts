// Checks of option values: the value as CRIU's message has it, or ERR_ARGUMENT.
import {CtnError} from '../errors.js';

/** Gives the value of the field, given that of the option. */
export type Check = (value: unknown, option: string) => unknown;

export const invalid = (option: string, expected: string, value: unknown): CtnError => {
	const shown = typeof value === 'string' ? `'${value}'` : Array.isArray(value) ? 'an array' : String(value);
	return new CtnError('ERR_ARGUMENT', `${option} must be ${expected}, not ${shown}`, {subject: option});
};

export const flag: Check = (value, option) => {
	if (typeof value !== 'boolean') {
		throw invalid(option, 'true or false', value);
	}

	return value;
};

/** Not empty, and without NUL, which would end it in C. */
export const text: Check = (value, option) => {
	if (typeof value !== 'string' || value === '' || value.includes('\0')) {
		throw invalid(option, 'a string that is not empty', value);
	}

	return value;
};

export const integer = (least: number, most: number): Check => (value, option) => {
	if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
		throw invalid(option, `an integer from ${least} to ${most}`, value);
	}

	return value;
};

/** A descriptor of this process. */
export const descriptor = integer(0, 0x7fff_ffff);

export const matching = (pattern: RegExp, expected: string): Check => (value, option) => {
	if (typeof value !== 'string' || !pattern.test(value)) {
		throw invalid(option, expected, value);
	}

	return value;
};

/** One of some words, each with what it is in the message. */
export const word = (words: {readonly [word: string]: string | number}): Check => (value, option) => {
	if (typeof value !== 'string' || !Object.hasOwn(words, value)) {
		throw invalid(option, `one of ${Object.keys(words).join(', ')}`, value);
	}

	return words[value];
};

export const list = (check: Check): Check => (value, option) => {
	if (!Array.isArray(value)) {
		throw invalid(option, 'an array', value);
	}

	return value.map((item, index) => check(item, `${option}[${index}]`));
};

interface Member {
	/** Its name in the message. */
	readonly field: string;
	readonly check: Check;
	readonly required?: true;
}

/** An object of these members and no others. */
export const object = (members: {readonly [name: string]: Member}): Check => (value, option) => {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw invalid(option, `an object with ${Object.keys(members).join(', ')}`, value);
	}

	const given = value as {readonly [name: string]: unknown};
	const unknown = Object.keys(given).find(name => !Object.hasOwn(members, name));
	if (unknown !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `${option} has no member ${unknown}`, {subject: `${option}.${unknown}`});
	}

	const message: {[field: string]: unknown} = {};
	for (const [name, {field, check, required}] of Object.entries(members)) {
		if (given[name] !== undefined || required) {
			message[field] = check(given[name], `${option}.${name}`);
		}
	}

	return message;
};
