// Addresses of networks as text and as bytes.
import {CtnError} from '../errors.js';

const invalid = (subject: string, what: string, text: unknown): CtnError =>
	new CtnError('ERR_ARGUMENT', `${subject} must be ${what}, not ${JSON.stringify(text)}`, {subject});

const ipv4 = (text: string): number[] | undefined => {
	const parts = text.split('.');
	return parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256) ? parts.map(Number) : undefined;
};

/** Groups of one side of `::`; the last of all may be an IPv4 address. */
const groups = (text: string, isEnd: boolean): number[] | undefined => {
	const bytes: number[] = [];
	const parts = text === '' ? [] : text.split(':');
	for (const [index, part] of parts.entries()) {
		const tail = isEnd && index === parts.length - 1 ? ipv4(part) : undefined;
		if (!tail && !/^[\da-f]{1,4}$/i.test(part)) {
			return undefined;
		}

		const value = Number.parseInt(part, 16);
		bytes.push(...tail ?? [value >> 8, value & 0xff]);
	}

	return bytes;
};

const ipv6 = (text: string): number[] | undefined => {
	const sides = text.split('::');
	const [head, tail] = sides.map((side, index) => groups(side, index === sides.length - 1));
	if (sides.length > 2 || !head || (sides.length === 2 && !tail)) {
		return undefined;
	}

	const missing = 16 - head.length - (tail?.length ?? 0);
	return (sides.length === 1 ? missing === 0 : missing > 1) ? [...head, ...Array<number>(missing).fill(0), ...tail ?? []] : undefined;
};

/**
 * 4 or 16 bytes of an IP address.
 *
 * @throws CtnError `ERR_ARGUMENT`
 */
export const parseIp = (text: string, subject: string): Uint8Array => {
	const bytes = ipv4(text) ?? ipv6(text);
	if (!bytes) {
		throw invalid(subject, 'an IP address', text);
	}

	return new Uint8Array(bytes);
};

/**
 * An address with the length of its prefix, such as `10.0.0.2/24`; without one it is that host alone.
 *
 * @throws CtnError `ERR_ARGUMENT`
 */
export const parseCidr = (text: string, subject: string): {address: Uint8Array; prefix: number} => {
	const [ip, length, ...more] = text.split('/');
	const address = parseIp(ip!, subject);
	const most = 8 * address.length;
	const prefix = length === undefined ? most : Number(length);
	if (more.length > 0 || !/^\d*$/.test(length ?? '') || length === '' || prefix > most) {
		throw invalid(subject, `an address with a prefix of at most ${most} bits`, text);
	}

	return {address, prefix};
};

/**
 * 6 bytes of a hardware address of one device.
 *
 * @throws CtnError `ERR_ARGUMENT`
 */
export const parseMac = (text: string, subject: string): Uint8Array => {
	const bytes = text.split(':').map(part => /^[\da-f]{2}$/i.test(part) ? Number.parseInt(part, 16) : -1);
	if (bytes.length !== 6 || bytes.includes(-1) || (bytes[0]! & 1) !== 0) {
		throw invalid(subject, 'the hardware address of one device, such as 02:42:ac:11:00:02', text);
	}

	return new Uint8Array(bytes);
};
