// Whether a verb prints a table, for people, or JSON, for programs.
import {CtnError} from '../errors.js';
import type {Call} from './verb.js';

export type Format = 'table' | 'json';

/**
 * What `--format` says.
 *
 * @param otherwise What it is where it says nothing; `by-reader`: a table on a terminal, else JSON, which is what programs
 * expect of these verbs of runc.
 * @throws CtnError `ERR_ARGUMENT`, in runc's words.
 */
export const formatOf = ({flags, host}: Call, otherwise: Format | 'by-reader'): Format => {
	const format = flags.text('format');
	if (format === undefined) {
		return otherwise !== 'by-reader' ? otherwise : host.columns(1) === undefined ? 'json' : 'table';
	}

	if (format !== 'table' && format !== 'json') {
		throw new CtnError('ERR_ARGUMENT', 'invalid format option', {subject: 'format'});
	}

	return format;
};
