// A descriptor that says when memory can be asked for, as criu(8) --status-fd does.
import type {Fd, Native} from '../native/native.js';

/** A NUL byte, and the end. Whoever has gone meanwhile needs none. */
export const tellReady = async (native: Native, fd: Fd | undefined): Promise<void> => {
	if (fd === undefined) {
		return;
	}

	const [written] = await native.batch([{op: 'write', path: `/proc/self/fd/${fd}`, data: new Uint8Array(1), flags: 0, mode: 0, okErrno: 'any'}]);
	if (written !== 0) {
		try {
			native.send(fd, new Uint8Array(1)); // A socket, which cannot be opened
		} catch {
			// Nobody listens
		}
	}

	native.close(fd);
};
