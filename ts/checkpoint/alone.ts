// One dump of a container at a time: each would take the freeze of the other one for a pause, and leave it behind.
import {CtnError} from '../errors.js';
import {errnos} from '../linux/errno.js';
import {LOCK_EX, LOCK_NB} from '../linux/constants.js';
import type {Fd, Native} from '../native/native.js';

/**
 * Runs the work with a lock on the state of the container, of which the kernel lets go with this program. Where the file
 * system has no locks it is done without.
 *
 * @param directory Of the state.
 * @throws CtnError `ERR_CONTAINER_STATUS` while somebody else has it.
 */
export const alone = async <Result>(native: Native, id: string, directory: string, work: () => Promise<Result>): Promise<Result> => {
	const [lock] = await native.batch([{op: 'lock', path: directory, operation: LOCK_EX | LOCK_NB, okErrno: 'any'}]) as [number];
	if (lock === -errnos.EAGAIN) {
		throw new CtnError('ERR_CONTAINER_STATUS', `container ${id} is being checkpointed already`, {errno: 'EAGAIN', subject: id, cure: 'wait until that has ended'});
	}

	try {
		return await work();
	} finally {
		if (lock >= 0) {
			native.close(lock as Fd);
		}
	}
};
