// JSON with 64-bit integers: JSON.parse rounds 18446744073709551615, which is what "no limit" looks like.
import {CtnError} from '../errors.js';

/** A string, or an integer of 16 digits and more. Strings come first, so that digits in them stay. */
const longInteger = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?[1-9]\d{15,}(?![\d.eE])/g;

/** No JSON text has this key by accident: it is made new until the text does not have it. */
const freshKey = (text: string): string => {
	let key = 'bigint';
	while (text.includes(key)) {
		key += '$';
	}

	return key;
};

/** 16 digits in a row, of which one is where we look. Faster than the expression alone, in an engine that does not compile it. */
const hasLongNumber = (text: string): boolean => {
	for (let at = 15; at < text.length; at += 16) {
		const code = text.charCodeAt(at);
		if (code >= 0x30 && code <= 0x39 && /\d{16}/.test(text.slice(at - 15, at + 16))) {
			return true;
		}
	}

	return false;
};

/**
 * Parses JSON; an integer that a number cannot hold becomes a bigint.
 *
 * @param document What it is, for the error, such as `config.json`.
 * @throws CtnError `ERR_CONFIG_INVALID`.
 */
export const parseJson = (text: string, document: string): unknown => {
	try {
		if (!hasLongNumber(text)) {
			return JSON.parse(text);
		}

		const key = freshKey(text);
		const marked = text.replace(longInteger, token =>
			token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `{"${key}":"${token}"}`);
		return JSON.parse(marked, (_, value: unknown) =>
			typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? BigInt((value as Record<string, string>)[key]!) : value);
	} catch (error) {
		throw new CtnError('ERR_CONFIG_INVALID', `${document} is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
			subject: document,
			cause: error,
		});
	}
};

const bigJson = (value: unknown): string => {
	const big: string[] = [];
	const text = JSON.stringify(value, (_, item: unknown) => {
		if (typeof item !== 'bigint') {
			return item;
		}

		big.push(String(item));
		return `\u0000${big.length - 1}`;
	});
	return big.length === 0 ? text : text.replace(/"\\u0000(\d+)"/g, (_, index: string) => big[Number(index)]!);
};

/** JSON of a value in which integers may be bigint: parseJson() reads it back. */
export const toJson = (value: unknown): string => {
	try {
		return JSON.stringify(value);
	} catch {
		return bigJson(value); // It has a bigint, which is rare
	}
};
