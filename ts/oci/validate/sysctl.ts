// `linux.sysctl`: only what a namespace of the container owns may be set
import type {Linux} from '../config.js';
import {sysctlPath} from '../../linux/sysctl.js';
import type {ValidationContext} from './context.js';
import {at, broken} from './check.js';
import {namespaceOf} from './namespaces.js';

const ipc = new Set(['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map(name => `kernel/${name}`));

/** Why a parameter may not be set, or undefined if it may. */
const refusal = (path: string, linux: Linux, context: ValidationContext): string | undefined => {
	if (ipc.has(path) || path.startsWith('fs/mqueue/')) {
		return namespaceOf(linux, 'ipc') ? undefined : 'needs an ipc namespace in linux.namespaces';
	}

	if (path.startsWith('net/')) {
		const network = namespaceOf(linux, 'network');
		const isHost = network?.path !== undefined && context.networkIsHost === true;
		return network && !isHost ? undefined : 'needs a network namespace that is not the one of the host';
	}

	if (path.startsWith('user/')) {
		return namespaceOf(linux, 'user') ? undefined : 'needs a user namespace in linux.namespaces';
	}

	switch (path) {
		case 'kernel/domainname':
			return namespaceOf(linux, 'uts') ? undefined : 'needs a uts namespace in linux.namespaces';
		case 'kernel/hostname':
			return 'cannot be set here: use hostname';
		default:
			return 'belongs to no namespace, and would change the host';
	}
};

export const sysctlRules = (linux: Linux, context: ValidationContext): void => {
	for (const name of Object.keys(linux.sysctl ?? {})) {
		const path = sysctlPath(name);
		const text = path === undefined ? 'is not the name of a kernel parameter' : refusal(path, linux, context);
		if (text !== undefined) {
			broken(at('linux.sysctl', name), text);
		}
	}
};
