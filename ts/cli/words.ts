/**
 * Failures in runc's words: engines look for them, to tell a program that is not there from one that
 * may not be run, and a container that has ended from a real failure.
 */
import type {CtnError, ErrorCode} from '../errors.js';

const errnoWords: Readonly<Record<string, string>> = {
	ENOENT: 'no such file or directory',
	ENOTDIR: 'not a directory',
	EACCES: 'permission denied',
	EPERM: 'operation not permitted',
	EEXIST: 'file exists',
	EINVAL: 'invalid argument',
	EBUSY: 'device or resource busy',
	ENOEXEC: 'exec format error',
	ENOSPC: 'no space left on device',
};

const programWords = ({subject = '', errno = ''}: CtnError): string => {
	const why = errno === 'ENOENT' && !subject.includes('/') ? 'executable file not found in $PATH' : errnoWords[errno] ?? errno;
	return subject.includes('/') && errno !== 'ENOEXEC'
		? `exec: "${subject}": stat ${subject}: ${why}`
		: `exec: "${subject}": ${why}`;
};

/** The status that an error of the library tells of. */
const statusOf = ({message}: CtnError): string | undefined => /: it is (\w+)/.exec(message)?.[1];

const statusWords = (verb: string, id: string, status: string | undefined): string | undefined => {
	switch (verb) {
		case 'start': {
			return status === 'stopped' ? 'cannot start a container that has stopped' : `cannot start an already ${status ?? 'running'} container`;
		}

		case 'delete': {
			return `cannot delete container ${id} that is not stopped: ${status ?? 'running'}`;
		}

		case 'exec': {
			return status === 'paused' ? 'cannot exec in a paused container (use --ignore-paused to override)' : 'cannot exec in a stopped container';
		}

		case 'pause': {
			return `container not running or created: ${status ?? 'stopped'}`;
		}

		case 'resume': {
			return 'container not paused';
		}

		case 'update':
		case 'checkpoint': {
			return 'container not running';
		}

		default: {
			return undefined;
		}
	}
};

const fixed: Partial<Record<ErrorCode, string>> = {
	ERR_CONTAINER_NOT_FOUND: 'container does not exist',
	ERR_CONTAINER_EXISTS: 'container with given ID already exists',
	ERR_CONTAINER_ID: 'invalid container ID format',
	ERR_CONTAINER_NOT_RUNNING: 'container not running',
};

const starting = (verb: string, words: string): string => verb === 'exec'
	? `exec failed: unable to start container process: ${words}`
	: `${verb} failed: unable to start container process: ${words}`;

const inWords = (error: CtnError, verb: string, id: string): string => {
	switch (error.code) {
		case 'ERR_CONTAINER_STATUS': {
			return statusWords(verb, id, statusOf(error)) ?? error.message;
		}

		case 'ERR_COMMAND_NOT_FOUND':
		case 'ERR_COMMAND_NOT_EXECUTABLE': {
			return starting(verb, programWords(error));
		}

		case 'ERR_INIT_STEP': {
			const words = errnoWords[error.errno ?? ''];
			return starting(verb, words === undefined ? error.message : `${error.message.split(/: E[A-Z]+/, 1)[0]!}: ${words}`);
		}

		case 'ERR_ROOTFS_NOT_FOUND': {
			return `rootfs (${error.subject ?? ''}) does not exist`;
		}

		case 'ERR_NATIVE': {
			return error.message.replace(/: (E[A-Z\d]+)(?= \(|$)/, (whole, errno: string) => errno in errnoWords ? `: ${errnoWords[errno]!}` : whole);
		}

		default: {
			return fixed[error.code] ?? error.message;
		}
	}
};

/** The one line that says what went wrong. */
export const describeFailure = (error: CtnError, verb: string, id: string): string => {
	const words = inWords(error, verb, id);
	return verb === 'exec' && !words.startsWith('exec failed: ') ? `exec failed: ${words}` : words;
};
