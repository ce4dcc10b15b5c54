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
