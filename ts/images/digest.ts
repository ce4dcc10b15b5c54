// The checksum of a file, however large it is.
import {createHash} from 'node:crypto';
import {constants} from 'node:fs';
import {open} from 'node:fs/promises';

/** Half a millisecond of work, then others have their turn. */
const chunkBytes = 1 << 18;

/** SHA-256 in hexadecimal, as `sha256sum` prints it. Rejects with what node:fs throws. */
export const sha256Of = async (path: string): Promise<string> => {
	const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		const hash = createHash('sha256');
		const buffer = Buffer.allocUnsafe(chunkBytes);
		for (;;) {
			const {bytesRead} = await file.read(buffer, 0, chunkBytes, null);
			if (bytesRead === 0) {
				return hash.digest('hex');
			}

			hash.update(buffer.subarray(0, bytesRead));
		}
	} finally {
		await file.close();
	}
};
