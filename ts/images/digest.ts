// The checksum of a file, however large it is.
import {createHash} from 'node:crypto';
import {constants} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';

/** Half a millisecond of work, then others have their turn. */
const chunkBytes = 1 << 18;

/** A file in an open one. */
export interface FilePart {
	readonly handle: FileHandle;
	readonly start: number;
	readonly size: number;
}

const hashOf = async ({handle, start, size}: FilePart): Promise<string> => {
	const hash = createHash('sha256');
	const buffer = Buffer.allocUnsafe(chunkBytes);
	for (let done = 0; ;) {
		const {bytesRead} = await handle.read(buffer, 0, Math.min(chunkBytes, size - done), start + done);
		if (bytesRead === 0) {
			return hash.digest('hex');
		}

		hash.update(buffer.subarray(0, bytesRead));
		done += bytesRead;
	}
};

/** SHA-256 in hexadecimal, as `sha256sum` prints it. Rejects with what node:fs throws. */
export const sha256Of = async (file: string | FilePart): Promise<string> => {
	if (typeof file !== 'string') {
		return hashOf(file);
	}

	const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		return await hashOf({handle, start: 0, size: Infinity});
	} finally {
		await handle.close();
	}
};
