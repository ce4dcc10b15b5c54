/**
 * An archive of a checkpoint whose files can be read at any place, without one of them being unpacked under its name.
 *
 * Of an archive that is not compressed they are read where they are. The others are decompressed into a file without a
 * name, which goes when its descriptor does, however this program ends.
 */
import {randomUUID} from 'node:crypto';
import {open, unlink, writeFile, type FileHandle} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {CtnError} from '../errors.js';
import {withCodes} from './failure.js';
import {readPacked} from './packed.js';
import {compressionOfFile, type ArchiveLimits} from './tar.js';

/** A file in it. */
export interface PackedFile {
	/** Of its first byte, in the open file; undefined for one that is not kept: it is a tar of files. */
	readonly start: number | undefined;
	/** Bytes. */
	readonly size: number;
}

export interface OpenArchive {
	/** The caller's to close. */
	readonly handle: FileHandle;
	/** By the names that they have in a checkpoint directory. */
	readonly files: ReadonlyMap<string, PackedFile>;
}

const nameless = async (): Promise<FileHandle> => {
	const path = join(tmpdir(), `ctnative-archive-${randomUUID()}`);
	const handle = await open(path, 'wx+', 0o600);
	await unlink(path);
	return handle;
};

/** Root filesystem, /dev/shm and volumes: nobody looks into them. */
const isKept = (file: string): boolean => !file.endsWith('.tar');

const fill = async (archive: string, limits: ArchiveLimits, handle: FileHandle, isPlain: boolean): Promise<Map<string, PackedFile>> => {
	const files = new Map<string, PackedFile>();
	let end = 0;
	await readPacked(archive, limits, async (file, {position, size = 0}, content) => {
		if (isPlain || !isKept(file)) {
			files.set(file, {start: isKept(file) ? position : undefined, size});
			return;
		}

		files.set(file, {start: end, size});
		end += size;
		await writeFile(handle, content); // Behind what was written before
	});
	return files;
};

/**
 * @param archive File: zstd, gzip or plain, of podman, CRI-O, containerd or ours. Who wrote it is not trusted.
 * @throws CtnError `ERR_ARCHIVE`, as an import does, and where TMPDIR has no room for it.
 */
export const openArchive = async (archive: string, limits: ArchiveLimits): Promise<OpenArchive> => withCodes(async () => {
	const isPlain = await compressionOfFile(archive) === 'none';
	const handle = isPlain ? await open(archive) : await nameless();
	try {
		return {handle, files: await fill(archive, limits, handle, isPlain)};
	} catch (error) {
		await handle.close();
		throw (error as NodeJS.ErrnoException).code === 'ENOSPC'
			? new CtnError('ERR_ARCHIVE', `${archive} has no room in ${tmpdir()}`, {subject: archive, errno: 'ENOSPC', cause: error, cure: 'name a directory with more by TMPDIR'})
			: error;
	}
});
