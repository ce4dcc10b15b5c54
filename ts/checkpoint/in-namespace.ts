// Steps of ctn-init in a namespace of a container that is being restored.
import {CtnError} from '../errors.js';
import {wire, type Step} from '../plan/wire.gen.js';
import type {Fd, Native} from '../native/native.js';
import {runToEnd} from '../native/processes.js';

export interface Place {
	/** A process that is in it. */
	readonly pid: number;
	/** For a process that says nothing: any descriptors. */
	readonly stdio: readonly [Fd, Fd, Fd];
	/** CLONE_NEW*, of namespaces that hold what the steps change. */
	readonly types: bigint;
	/** What it means if a step fails. */
	readonly what: string;
}

/** @throws CtnError `ERR_INIT_STEP` */
export const inNamespace = async (native: Native, {pid, stdio, types, what}: Place, steps: readonly Step[]): Promise<void> => {
	const target = native.pidfdOpen(pid);
	try {
		const {failure} = await runToEnd(native, {
			flags: 0n,
			stdio,
			fds: [target],
			plan: [{op: 'setns', ns: wire.firstFreeFd as Fd, types: Number(types)}, ...steps],
		});
		if (failure) {
			throw new CtnError('ERR_INIT_STEP', `${what}: ${failure.errno}`, {errno: failure.errno, syscall: failure.step});
		}
	} finally {
		native.close(target);
	}
};
