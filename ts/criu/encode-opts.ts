// CriuOpts as CRIU's message, checked before anything is touched.
import {CtnError} from '../errors.js';
import type {Fd} from '../native/native.js';
import type {CriuOptsMessage} from './message.js';
import {criuOptFields, type CriuOptField} from './opt-fields.js';
import type {CriuOpts} from './opts.js';
import type {CriuPageServerInfo, CriuVethPair, InheritFd} from './rpc.gen.js';

export interface EncodedOpts {
	/** Without the directories: their descriptors are known when they are open. */
	readonly message: CriuOptsMessage;
	readonly imagesDir: string | undefined;
	readonly workDir: string | undefined;
	/** Descriptors that the swrk process has to have as 4, 5, …; the message calls them so. */
	readonly fds: readonly Fd[];
}

/** The first descriptor in the swrk process after its socket. */
export const firstSwrkFd = 4;

const options = new Set(Object.values(criuOptFields).flatMap(rule => 'option' in rule ? [rule.option] : []));

const checkNames = (opts: CriuOpts): void => {
	const unknown = Object.keys(opts).find(name => !options.has(name as keyof CriuOpts));
	if (unknown !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `there is no CRIU option ${unknown}`, {subject: unknown});
	}
};

const conflict = (option: string, other: string, why: string): CtnError =>
	new CtnError('ERR_ARGUMENT', `${option} cannot be used with ${other}: ${why}`, {subject: option});

const checkTogether = ({leaveRunning, leaveStopped, lazyPages, pageServer, tls}: CriuOpts): void => {
	if (leaveRunning && leaveStopped) {
		throw conflict('leaveStopped', 'leaveRunning', 'the tasks do one of the two');
	}

	if (pageServer?.fd !== undefined && lazyPages) {
		throw conflict('pageServer.fd', 'lazyPages', 'CRIU ignores the descriptor and listens by itself');
	}

	if (pageServer?.fd !== undefined && tls) {
		throw conflict('pageServer.fd', 'tls', 'CRIU speaks TLS on connections of its own only');
	}
};

/** The fields as given, but for directories and descriptors. */
const checkFields = (opts: CriuOpts): {readonly [Field in CriuOptField]?: unknown} => {
	const fields: {[Field in CriuOptField]?: unknown} = {};
	for (const [field, rule] of Object.entries(criuOptFields)) {
		if ('option' in rule && opts[rule.option] !== undefined) {
			fields[field as CriuOptField] = rule.check(opts[rule.option], rule.option);
		}
	}

	return fields;
};

/**
 * Checks options and encodes them.
 *
 * @throws CtnError `ERR_ARGUMENT` with the option as `subject`: one that does not exist, a bad value,
 * or two that contradict each other.
 */
export const encodeOpts = (opts: CriuOpts): EncodedOpts => {
	checkNames(opts);
	const {images_dir_fd: imagesDir, work_dir_fd: workDir, veths, inherit_fd: inherited, ps, external, ...fields} = checkFields(opts);
	checkTogether(opts);
	const fds: Fd[] = [];
	const inSwrk = (fd: number): number => firstSwrkFd + fds.push(fd as Fd) - 1;
	const server = ps as CriuPageServerInfo | undefined;
	const message = {
		log_level: 4,
		network_lock: 'NFTABLES',
		...fields,
		images_dir_fd: -1,
		notify_scripts: true,
		external: [
			...(external ?? []) as string[],
			...((veths ?? []) as CriuVethPair[]).map(pair => `veth[${pair.if_in}]:${pair.if_out}`),
		],
		inherit_fd: ((inherited ?? []) as InheritFd[]).map(({key, fd}) => ({key, fd: inSwrk(fd)})),
		...(server && {ps: server.fd === undefined ? server : {...server, fd: inSwrk(server.fd)}}),
	} as CriuOptsMessage;
	return {message, imagesDir: imagesDir as string | undefined, workDir: workDir as string | undefined, fds};
};
