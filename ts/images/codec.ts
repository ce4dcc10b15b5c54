/**
 * An image as bytes and as a list of messages.
 *
 * A file starts with one or two magic numbers; then come messages, each behind its length (u32,
 * little-endian). Nothing is aligned and there is no checksum. `pages-*.img` and the dumps of other
 * tools (iptables, ip, tar) are no images in this sense.
 */
import {CtnError} from '../errors.js';
import {commonMagic, magics, payloadTypes, serviceMagic, serviceTypes, type ImageType} from './magic.js';

export interface Image {
	readonly type: ImageType;
	/** The messages, as they are in the file. */
	readonly entries: readonly Uint8Array[];
	/** For kinds with plain bytes between messages: all after the first message. Else empty. */
	readonly payload: Uint8Array;
}

const types = new Map<number, ImageType>(Object.entries(magics).map(([name, magic]) => [magic, name as ImageType]));

const invalid = (what: string): CtnError => new CtnError('ERR_CHECKPOINT_IMAGES', `not a CRIU image: ${what}`);

const typeOf = (view: DataView): {type: ImageType; head: number} => {
	const first = view.byteLength >= 4 ? view.getUint32(0, true) : 0;
	if (first === magics.inventory) {
		return {type: 'inventory', head: 4};
	}

	if ((first !== commonMagic && first !== serviceMagic) || view.byteLength < 8) {
		throw invalid('it does not start with a magic number');
	}

	const type = types.get(view.getUint32(4, true));
	if (type === undefined) {
		throw invalid(`its kind 0x${view.getUint32(4, true).toString(16)} is unknown`);
	}

	return {type, head: 8};
};

/**
 * Splits an image into its messages. They share memory with `bytes`.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is none, or is cut off.
 */
export const readImage = (bytes: Uint8Array): Image => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const {type, head} = typeOf(view);
	const most = payloadTypes.includes(type) ? 1 : Infinity;
	const entries: Uint8Array[] = [];
	let at = head;
	while (at < bytes.length && entries.length < most) {
		const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Infinity;
		if (end > bytes.length) {
			throw invalid(`message ${entries.length} of ${type} is cut off`);
		}

		entries.push(bytes.subarray(at + 4, end));
		at = end;
	}

	return {type, entries, payload: bytes.subarray(at)};
};

/** The bytes of an image: what readImage() reads, to the byte. */
export const writeImage = ({type, entries, payload}: Image): Uint8Array => {
	const words = type === 'inventory' ? [magics[type]] : [serviceTypes.includes(type) ? serviceMagic : commonMagic, magics[type]];
	const size = entries.reduce((sum, entry) => sum + 4 + entry.length, 4 * words.length) + payload.length;
	const bytes = new Uint8Array(size);
	const view = new DataView(bytes.buffer);
	words.forEach((word, index) => view.setUint32(4 * index, word, true));
	let at = 4 * words.length;
	for (const entry of entries) {
		view.setUint32(at, entry.length, true);
		bytes.set(entry, at + 4);
		at += 4 + entry.length;
	}

	bytes.set(payload, at);
	return bytes;
};
