// The files of a checkpoint in an archive, whoever wrote it: what engines pack, and nothing else.
import type {Readable} from 'node:stream';
import {fileOf} from './names.js';
import {readTar, type ArchiveEntry, type ArchiveLimits, type EntryTaken} from './tar.js';
import {components, refused} from './tree.js';

/**
 * Reads them one by one. Directories and what is of no use here are passed over.
 *
 * @param take Is given each by the name that it has in a checkpoint directory.
 * @throws CtnError `ERR_ARCHIVE` for an entry that no engine writes: a link, a device, another name, one that is there
 * twice; and what `take` throws.
 */
export const readPacked = async (archive: string, limits: ArchiveLimits, take: (file: string, entry: ArchiveEntry, content: Readable) => Promise<EntryTaken>): Promise<void> => {
	const seen = new Set<string>();
	await readTar(archive, limits, async (entry, content) => {
		const {name, type} = entry;
		if (type === 'directory') {
			components(name);
			return undefined;
		}

		if (type !== 'file' && type !== 'contiguous-file') {
			throw refused(name, `is a ${type ?? 'thing'}: an archive of a checkpoint has files and directories only`);
		}

		const file = fileOf(name);
		if (file === undefined) {
			return undefined;
		}

		if (seen.has(file)) {
			throw refused(name, 'is in it twice');
		}

		seen.add(file);
		return take(file, entry, content);
	});
};
