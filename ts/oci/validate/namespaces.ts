// `linux.namespaces`, and what needs one of them
import type {Config, Linux, Namespace, NamespaceType} from '../config.js';
import {encodeUtf8} from '../../linux/utf8.js';
import type {ValidationContext} from './context.js';
import {array, broken, object, oneOf, optionalText} from './check.js';

export const checkNamespaces = array(object<Namespace>({
	type: oneOf('pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'),
	path: optionalText('an absolute path', path => path.startsWith('/')),
}));

/** The namespace of a type, if the config has one. */
export const namespaceOf = (linux: Linux, type: NamespaceType): Namespace | undefined =>
	linux.namespaces?.find(namespace => namespace.type === type);

const utsNameMax = 64; // __NEW_UTS_LEN

/** Each type once, and known to this kernel. Root of a user namespace may mount nothing on the host, not even devices. */
export const namespaceRules = (linux: Linux, context: ValidationContext): void => {
	const seen = new Set<string>();
	for (const [index, {type}] of (linux.namespaces ?? []).entries()) {
		if (seen.has(type)) {
			broken(`linux.namespaces[${index}].type`, `must not be given twice: ${type}`);
		}

		seen.add(type);
		if (context.namespaces?.has(type) === false) {
			broken(`linux.namespaces[${index}].type`, `asks for a ${type} namespace, which this kernel does not have`);
		}
	}

	if (seen.has('user') && !seen.has('mount')) {
		broken('linux.namespaces', 'needs a mount namespace beside the user namespace: its root may mount nothing on the host');
	}
};

/** Host and domain name need a uts namespace, and must fit into the kernel's. */
export const utsRules = (config: Config, linux: Linux): void => {
	for (const key of ['hostname', 'domainname'] as const) {
		const name = config[key];
		if (name !== undefined && !namespaceOf(linux, 'uts')) {
			broken(key, 'needs a uts namespace in linux.namespaces');
		}

		if (name !== undefined && encodeUtf8(name).length > utsNameMax) {
			broken(key, `must be at most ${utsNameMax} bytes long`);
		}
	}
};

/** Hiding paths without a mount namespace would hide them from the host. */
export const pathRules = (linux: Linux): void => {
	for (const key of ['maskedPaths', 'readonlyPaths'] as const) {
		if ((linux[key] ?? []).length > 0 && !namespaceOf(linux, 'mount')) {
			broken(`linux.${key}`, 'needs a mount namespace in linux.namespaces');
		}
	}
};

/** Offsets are set once, before the first process enters the namespace: time_namespaces(7). */
export const timeRules = (linux: Linux): void => {
	if (linux.timeOffsets === undefined) {
		return;
	}

	const time = namespaceOf(linux, 'time');
	if (!time) {
		broken('linux.timeOffsets', 'needs a time namespace in linux.namespaces');
	} else if (time.path !== undefined) {
		broken('linux.timeOffsets', 'cannot be set in a time namespace that is joined by path');
	}
};
