// A request that CRIU did not carry out, as an error that says why and what to do.
import {CtnError} from '../errors.js';
import {errnoName} from '../linux/errno.js';
import type {Exit} from '../native/native.js';
import {cureFor} from './cures.js';
import {headline, tellingLines} from './log.js';
import type {Answer} from './session.js';

export interface Failure extends Answer {
	/** What was to be done: `dump process 12`. */
	readonly what: string;
	readonly exit: Exit;
	/** The log; empty if there is none. */
	readonly log: string;
	/** What CRIU printed. */
	readonly output: string;
}

const ending = ({code, signal}: Exit): string =>
	signal === null ? `CRIU ended with code ${code ?? 'unknown'}` : `CRIU was ended by signal ${signal}`;

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1) || undefined;

/** What a response says by itself. The message in it is often the wrong one, so it comes last. */
const said = ({response, exit}: Failure): string => {
	if (response === undefined) {
		return `${ending(exit)} without an answer`;
	}

	return response.cr_errmsg ?? (response.status ? `its process ended with status ${response.status}` : 'CRIU does not say why');
};

/**
 * `ERR_CRIU_FAILED` with the telling lines of the log as `log`, and a `cure` where one is known.
 *
 * If a handler had called it off, its error is the `cause`.
 */
export const criuFailure = (failure: Failure): CtnError => {
	const {what, response, rejected, log, output} = failure;
	const number = response?.cr_errno ?? 0;
	const errno = number > 0 ? errnoName(number) : undefined;
	const lines = tellingLines(log);
	const told = lines.length > 0 ? lines : tellingLines(output);
	if (rejected !== undefined) {
		const reason = rejected.error instanceof Error ? rejected.error.message : String(rejected.error);
		return new CtnError('ERR_CRIU_FAILED', `CRIU did not ${what}: called off at ${rejected.script}: ${reason}`, {errno, log: told, cause: rejected.error});
	}

	const cause = headline(told) ?? lastLine(output) ?? said(failure);
	const gone = response === undefined && told.length > 0 ? `; ${ending(failure.exit)}` : '';
	return new CtnError('ERR_CRIU_FAILED', `CRIU could not ${what}: ${cause}${gone}`, {errno, log: told, cure: cureFor(told)});
};
