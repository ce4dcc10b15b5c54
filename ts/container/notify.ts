// The notify descriptor of a seccomp filter: init's, then ours for a moment, then the agent's.
import {CtnError} from '../errors.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, Native} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {ociVersion, type State} from '../oci/state.js';

/** Takes the descriptor of a filter that notifies, for the process `pid`. */
export type HandOver = (fd: Fd, pid: number) => void;

export interface Agent {
	readonly handOver: HandOver;
	close(): void;
}

/** OCI runtime-spec, config-linux.md#containerprocessstate */
const messageOf = (config: ValidConfig, pid: number, state: State): Uint8Array => {
	const metadata = config.linux.seccomp?.listenerMetadata;
	return encodeUtf8(JSON.stringify({ociVersion, fds: ['seccompFd'], pid, ...(metadata && {metadata}), state}));
};

const failure = (path: string, what: string, cause: unknown): CtnError => new CtnError('ERR_SECCOMP_LISTENER', `linux.seccomp.listenerPath: ${path} ${what}: ${(cause as Partial<CtnError>).errno ?? 'unknown'}`, {
	cause, subject: 'linux.seccomp.listenerPath', cure: 'start the agent first',
});

/** True if the filter of the container hands out a notify descriptor. */
export const notifies = (config: ValidConfig): boolean =>
	config.linux.seccomp?.syscalls?.some(({action}) => action === 'SCMP_ACT_NOTIFY') ?? false;

/**
 * Connects to the agent, before there is a filter that nobody would answer for.
 *
 * @throws CtnError `ERR_SECCOMP_LISTENER` if nobody listens at `listenerPath`.
 */
export const connectAgent = async (native: Native, config: ValidConfig, state: State): Promise<Agent | undefined> => {
	if (!notifies(config)) {
		return undefined;
	}

	const path = config.linux.seccomp!.listenerPath!;
	let socket: Fd;
	try {
		[socket] = await native.batch([{op: 'connect_stream', path}]) as [Fd];
	} catch (error) {
		throw failure(path, 'cannot be connected to', error);
	}

	return {
		handOver(fd, pid) {
			try {
				native.send(socket, messageOf(config, pid, state), [fd]);
			} catch (error) {
				throw failure(path, 'did not take the notify descriptor', error);
			} finally {
				native.close(fd);
			}
		},
		close() {
			native.close(socket);
		},
	};
};
