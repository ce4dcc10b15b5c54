// UTF-8 in plain ECMAScript: TextEncoder belongs to a host, and the core runs in more than one.

/** The UTF-8 bytes of a string; a lone surrogate becomes U+FFFD. */
export const encodeUtf8 = (text: string): Uint8Array => {
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

/** The string of these UTF-8 bytes; a byte that fits nowhere becomes U+FFFD. */
export const decodeUtf8 = (bytes: Uint8Array): string => {
	const parts: string[] = [];
	let units: number[] = [];
	for (let at = 0; at < bytes.length;) {
		const first = bytes[at++]!;
		const more = first < 0x80 ? 0 : first >= 0xF0 && first < 0xF5 ? 3 : first >= 0xE0 ? 2 : first >= 0xC2 ? 1 : -1;
		let point = more === 0 ? first : first & (0x3F >> more);
		let taken = 0;
		while (taken < more && at < bytes.length && (bytes[at]! & 0xC0) === 0x80) {
			point = (point << 6) | (bytes[at++]! & 0x3F);
			taken++;
		}

		if (more < 0 || taken < more || first >= 0xF5 || (more === 2 && point < 0x8_00) || (more === 3 && (point < 0x1_00_00 || point > 0x10_FF_FF)) || (point >= 0xD8_00 && point <= 0xDF_FF)) {
			point = 0xFF_FD;
		}

		units.push(point);
		if (units.length >= 4096) {
			parts.push(String.fromCodePoint(...units));
			units = [];
		}
	}

	parts.push(String.fromCodePoint(...units));
	return parts.join('');
};
