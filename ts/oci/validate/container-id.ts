// The id of a container: a file name, and so never a way out of the state directory
import {CtnError} from '../../errors.js';
import {describe} from './check.js';

/** 1 to 255 of `A-Z a-z 0-9 _ + . -`, but not `.` or `..`. */
export const isContainerId = (id: unknown): id is string => typeof id === 'string' && /^[\w+.-]{1,255}$/.test(id) && id !== '.' && id !== '..';

/**
 * Returns the id if it is one: isContainerId().
 *
 * @throws CtnError `ERR_CONTAINER_ID`.
 */
export const validateContainerId = (id: unknown): string => {
	if (!isContainerId(id)) {
		throw new CtnError('ERR_CONTAINER_ID', `container id ${describe(id)} is not valid`, {
			subject: typeof id === 'string' ? id : describe(id),
			cure: 'use 1 to 255 letters, digits, _, +, - and dots, but not . or ..',
		});
	}

	return id;
};
