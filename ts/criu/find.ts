// Where CRIU is.
import {CtnError} from '../errors.js';
import {S_IFMT, S_IFREG} from '../linux/constants.js';
import type {Native} from '../native/native.js';
import {statOf, type Stat} from '../native/results.js';

/** Where `ctnative setup-criu` puts it, with libraries of its own. */
export const privateCriu = '/opt/ctnative/criu/bin/criu';

export const installCure = 'run "ctnative setup-criu": it puts a CRIU of its own into /opt/ctnative/criu and changes nothing else';

export interface FindCriu {
	/** The one to take, and no other. */
	readonly path?: string | undefined;
	/** Directories to look in for `criu`, such as those of $PATH, after the private one. */
	readonly searchPath?: readonly string[] | undefined;
}

/** An executable file. */
export interface FoundCriu {
	readonly path: string;
	/** Changes when the file does. */
	readonly stamp: string;
}

/**
 * Paths to try, in order. The private one is first: who has it had made it because the other did not work.
 */
export const criuCandidates = ({path, searchPath = []}: FindCriu): string[] =>
	path === undefined ? [...new Set([privateCriu, ...searchPath.filter(directory => directory.startsWith('/')).map(directory => `${directory.replace(/\/+$/, '')}/criu`)])] : [path];

const fileOf = (path: string, {device, inode, size, mode, modified}: Stat): FoundCriu | undefined =>
	(mode & S_IFMT) === S_IFREG && (mode & 0o111) !== 0 ? {path, stamp: [device, inode, size, ...modified].join('.')} : undefined;

/**
 * The CRIU executables that are there, in the order to try them.
 *
 * @throws CtnError `ERR_CRIU_NOT_FOUND` if there is none.
 */
export const findCriu = async (native: Native, options: FindCriu = {}): Promise<FoundCriu[]> => {
	const paths = criuCandidates(options);
	const results = await native.batch(paths.map(path => ({op: 'stat', path, nofollow: 0, okErrno: 'any'})));
	const found = results.map(statOf).map((stat, index) => stat && fileOf(paths[index]!, stat));
	const usable = found.filter(file => file !== undefined);
	if (usable.length === 0) {
		throw new CtnError('ERR_CRIU_NOT_FOUND', `CRIU is not installed: there is no executable ${paths.join(' or ')}`, {subject: paths[0], cure: installCure});
	}

	return usable;
};
