// Failures of files by node:fs, in codes of ours.
import {CtnError} from '../errors.js';

/** @throws CtnError `ERR_ARCHIVE` with `errno`, `syscall` and the path as `subject` for what a call of the system failed with; all else as it is. */
export const withCodes = async <Result>(work: () => Promise<Result>): Promise<Result> => {
	try {
		return await work();
	} catch (error) {
		const {code, syscall, path, message} = error as NodeJS.ErrnoException;
		throw error instanceof CtnError || syscall === undefined ? error : new CtnError('ERR_ARCHIVE', message, {errno: code, syscall, subject: path, cause: error});
	}
};
