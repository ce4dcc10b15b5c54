// Files of the host that a program had open, such as a log as its stdout, and that are given anew at the
// restore. CRIU wants them as they were; but a log grows, and another one may be given.
import {writeImage} from './codec.js';
import {readImageOf} from './records.js';
import {decode, edit} from './schema.js';

/** CRIU moves no descriptor to this position. */
const asGiven = 0xffff_ffff_ffff_ffffn;

/** The /dev/null of a container, for what had that of the host. */
export interface OwnNull {
	/** By which those of the host were external. */
	readonly names: readonly string[];
	/** Of the container's root. */
	readonly mountId: number;
}

/**
 * `files.img` without the size, the mode and the position of the files that are external: those of the
 * descriptor that is given hold. And with the container's /dev/null in place of the host's, as create has it: what was
 * ignored stays so, and no CRIU has to be given anything for it.
 *
 * Every other entry stays as it is, to the byte. Without an external file the result is `bytes` itself.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no `files.img`.
 */
export const forgetExternalFiles = (bytes: Uint8Array, own?: OwnNull): Uint8Array => {
	const image = readImageOf('files', bytes);
	let changed = 0;
	const entries = image.entries.map(entry => {
		const {reg} = decode('file_entry', entry);
		if (!reg?.ext) {
			return entry;
		}

		changed++;
		if (own?.names.includes(reg.name)) {
			return edit('file_entry', entry, {reg: {name: '/dev/null', mnt_id: own.mountId, ext: undefined}});
		}

		return edit('file_entry', entry, {reg: {size: undefined, mode: undefined, pos: asGiven}});
	});
	return changed === 0 ? bytes : writeImage({...image, entries});
};

const O_ACCMODE = 3;

/**
 * `files.img` in which each of stdio has a name of its own. CRIU names an external file by its inode, so a file of the
 * host that was opened more than once, to read and to write or for two streams, would come back as one descriptor.
 *
 * What a descriptor and its copy share stays one. stdin is the one that was opened to read; the others come in order.
 *
 * @param names For each of descriptors 0 to 2 its name in the image, or null; they come back as they are to be.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no `files.img`.
 */
export const separateStdio = (bytes: Uint8Array, names: ReadonlyArray<string | null>): {bytes: Uint8Array; names: ReadonlyArray<string | null>} => {
	const image = readImageOf('files', bytes);
	const files = image.entries.map(entry => decode('file_entry', entry));
	const own = [...names];
	const renamed = new Map<number, string>();
	for (const name of new Set(names.filter(name => name !== null))) {
		const streams = names.flatMap((other, stream) => other === name ? [stream] : []);
		const opened = files.flatMap(({reg}, index) => reg?.ext && reg.name === name ? [{index, isRead: (reg.flags & O_ACCMODE) === 0}] : []);
		opened.sort((one, other) => Number(other.isRead) - Number(one.isRead)); // Stable
		if (opened.length < 2) {
			continue;
		}

		const rest = streams[0] === 0 ? opened : opened.filter(({isRead}) => !isRead).concat(opened.filter(({isRead}) => isRead));
		for (const [place, stream] of streams.entries()) {
			const at = Math.min(place, rest.length - 1);
			own[stream] = at === 0 ? name : `${name}:${at}`;
			renamed.set(rest[at]!.index, own[stream]!);
		}
	}

	const entries = image.entries.map((entry, index) => renamed.has(index) ? edit('file_entry', entry, {reg: {name: renamed.get(index)!}}) : entry);
	return renamed.size === 0 ? {bytes, names} : {bytes: writeImage({...image, entries}), names: own};
};
