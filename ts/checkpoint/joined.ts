// Namespaces that config.json names by path: a restored container is in them again, with whoever shares them.
import {both, type KerndatSurroundings} from '../criu/kerndat.js';
import type {JoinNamespace} from '../criu/opts.js';
import {CLONE_NEWIPC, CLONE_NEWUTS} from '../linux/constants.js';
import type {Fd, Native} from '../native/native.js';
import type {NamespaceType, ValidConfig} from '../oci/config.js';

/** By type of config.json the key by which CRIU is given the descriptor of one, as runc and crun have it. */
export const inheritedKeys = {network: 'extRootNetNS', pid: 'extRootPidNS'} as const;

/** By type of config.json what CRIU calls those that it can join. Network and pids are given to it as descriptors. */
const joinable: {readonly [Type in NamespaceType]?: JoinNamespace['ns']} = {ipc: 'ipc', uts: 'uts', time: 'time'};

/** For a restore: CRIU would make new ones of them. */
export const joinedNamespaces = ({linux: {namespaces = []}}: ValidConfig): JoinNamespace[] =>
	namespaces.flatMap(({type, path: nsFile}) => {
		const ns = joinable[type];
		return ns === undefined || !nsFile ? [] : [{ns, nsFile}];
	});

/** Those with content that CRIU would write down, and put over what others have in them by the time of the restore. */
const withContent: {readonly [Name in JoinNamespace['ns']]?: bigint} = {ipc: CLONE_NEWIPC, uts: CLONE_NEWUTS};

/**
 * For a dump: a CRIU that is in a namespace itself takes it for that of the host, and leaves it alone.
 *
 * @param pid Of the container.
 * @param rest What else it finds itself in. The caller closes the result, which closes this; so does a failure.
 */
export const amongJoined = async (native: Native, config: ValidConfig, pid: number, rest: KerndatSurroundings | undefined): Promise<KerndatSurroundings | undefined> => {
	const joined = joinedNamespaces(config).flatMap(({ns}) => withContent[ns] === undefined ? [] : [{ns, types: Number(withContent[ns])}]);
	if (joined.length === 0) {
		return rest;
	}

	const fds = await native.batch(joined.map(({ns}) => ({op: 'open', path: `/proc/${pid}/ns/${ns}`, flags: 0, mode: 0}))).catch((error: unknown) => {
		rest?.close();
		throw error;
	}) as Fd[];
	const own = {
		fds,
		steps: (first: number) => joined.map(({types}, index) => ({op: 'setns', ns: first + index as Fd, types} as const)),
		close: () => fds.forEach(fd => native.close(fd)),
	};
	return rest ? {...rest, ...both(rest, own)} : {...own, flags: 0n};
};
