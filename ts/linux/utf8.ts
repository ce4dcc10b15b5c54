// UTF-8 in plain ECMAScript: TextEncoder belongs to a host, and the core runs in more than one.
//
// Where the host has it, it does the long texts: a loop over thousands of characters is slow until an
// engine has compiled it.

interface Host {
	readonly TextEncoder?: (new () => {encode(text: string): Uint8Array}) & {readonly isCheap?: boolean};
	readonly TextDecoder?: new (label: string, options: {ignoreBOM: boolean}) => {decode(bytes: Uint8Array): string};
}

const {TextEncoder, TextDecoder} = globalThis as unknown as Host;
const hostEncoder = TextEncoder && new TextEncoder();
const hostDecoder = TextDecoder && new TextDecoder('utf-8', {ignoreBOM: true});

/** Shorter texts are done before a host function is reached; but in an interpreter nothing is. */
const long = TextEncoder?.isCheap ? 0 : 48;

/** The UTF-8 bytes of a string; a lone surrogate becomes U+FFFD. */
export const encodeUtf8 = (text: string): Uint8Array =>
	hostEncoder && text.length > long ? hostEncoder.encode(text) : encodePlain(text);

/** The string of these UTF-8 bytes; what is cut short or fits nowhere becomes U+FFFD, as with TextDecoder. */
export const decodeUtf8 = (bytes: Uint8Array): string =>
	hostDecoder && bytes.length > long ? hostDecoder.decode(bytes) : decodePlain(bytes);

/** encodeUtf8() without a host. */
export const encodePlain = (text: string): Uint8Array => {
	const bytes = new Uint8Array(text.length * 3);
	let at = 0;
	for (let index = 0; index < text.length; index++) {
		let point = text.charCodeAt(index);
		if (point < 0x80) {
			bytes[at++] = point;
			continue;
		}

		if (point >= 0xD8_00 && point <= 0xDF_FF) {
			const low = point < 0xDC_00 ? text.charCodeAt(index + 1) : Number.NaN;
			if (low >= 0xDC_00 && low <= 0xDF_FF) {
				point = ((point - 0xD8_00) << 10) + (low - 0xDC_00) + 0x1_00_00;
				index++;
			} else {
				point = 0xFF_FD;
			}
		}

		if (point < 0x8_00) {
			bytes[at++] = 0xC0 | (point >> 6);
		} else {
			if (point < 0x1_00_00) {
				bytes[at++] = 0xE0 | (point >> 12);
			} else {
				bytes[at++] = 0xF0 | (point >> 18);
				bytes[at++] = 0x80 | ((point >> 12) & 0x3F);
			}

			bytes[at++] = 0x80 | ((point >> 6) & 0x3F);
		}

		bytes[at++] = 0x80 | (point & 0x3F);
	}

	return bytes.subarray(0, at);
};

/** How many bytes follow this first one; -1 if none begins with it. */
const following = (first: number): number =>
	first < 0x80 ? 0 : first < 0xC2 || first > 0xF4 ? -1 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;

/** decodeUtf8() without a host. */
export const decodePlain = (bytes: Uint8Array): string => {
	const parts: string[] = [];
	let units: number[] = [];
	for (let at = 0; at < bytes.length;) {
		const first = bytes[at++]!;
		let more = following(first);
		let point = more <= 0 ? first : first & (0x3F >> more);
		// The second byte may not make the number overlong, a surrogate or too large
		let least = first === 0xE0 ? 0xA0 : first === 0xF0 ? 0x90 : 0x80;
		let most = first === 0xED ? 0x9F : first === 0xF4 ? 0x8F : 0xBF;
		while (more > 0 && at < bytes.length && bytes[at]! >= least && bytes[at]! <= most) {
			point = (point << 6) | (bytes[at++]! & 0x3F);
			[least, most] = [0x80, 0xBF];
			more--;
		}

		units.push(more === 0 ? point : 0xFF_FD);
		if (units.length >= 4096) {
			parts.push(String.fromCodePoint(...units));
			units = [];
		}
	}

	parts.push(String.fromCodePoint(...units));
	return parts.join('');
};
