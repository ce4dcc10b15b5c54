// The files of a checkpoint in an archive, whoever wrote it: what engines pack, and nothing else.
import type {Readable} from 'node:stream';
import {parentLink} from '../images/parent-link.js';
import {deletedFile} from './capture.js';
import {fileOf, manifestFile, metadata, type ImagesEntry} from './names.js';
import {readTar, type ArchiveEntry, type ArchiveLimits, type EntryTaken} from './tar.js';
import {components, refused} from './tree.js';

/** They are read as a whole, into memory: so far more than any engine writes is refused. */
const documents = new Set<string>([metadata.config, metadata.spec, metadata.network, deletedFile, manifestFile]);
const mostBytes = 1 << 26;

/** What there is to know of an archive besides its files. */
export interface Packed {
	/** It builds upon another one. CRIU has a link for that; where it leads to nobody looks, and nobody makes it. */
	readonly hasParent: boolean;
}

/**
 * Reads them one by one. Directories and what is of no use here are passed over.
 *
 * @param take Is given each by the name that it has in a checkpoint directory.
 * @param images Which there are to be.
 * @throws CtnError `ERR_ARCHIVE` for an entry that no engine writes: a link, a device, another name, one that is there
 * twice; and what `take` throws.
 */
export const readPacked = async (archive: string, limits: ArchiveLimits, take: (file: string, entry: ArchiveEntry, content: Readable) => Promise<EntryTaken>, images: ImagesEntry = 'checkpoint'): Promise<Packed> => {
	const seen = new Set<string>();
	let hasParent = false;
	await readTar(archive, limits, async (entry, content) => {
		const {name, type, size = 0} = entry;
		if (type === 'directory') {
			components(name);
			return undefined;
		}

		if (type === 'symlink' && components(name).join('/') === `checkpoint/${parentLink}`) {
			hasParent = true;
			return undefined;
		}

		if (type !== 'file' && type !== 'contiguous-file') {
			throw refused(name, `is a ${type ?? 'thing'}: an archive of a checkpoint has files and directories only`);
		}

		const file = fileOf(name, images);
		if (file === undefined) {
			return undefined;
		}

		if (seen.has(file)) {
			throw refused(name, 'is in it twice');
		}

		if (documents.has(file) && size > mostBytes) {
			throw refused(name, `has ${size} bytes`);
		}

		seen.add(file);
		return take(file, entry, content);
	});
	return {hasParent};
};
