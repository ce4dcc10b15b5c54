// What the kernel has to have: its version, mounts by descriptor, namespaces, seccomp.
import type {MachineFacts} from './look.js';
import type {Finding} from './report.js';

/** cgroup.kill is of 5.14; before it came mount_setattr (5.12), close_range with CLOEXEC (5.11), openat2 (5.6), pidfd_open and clone3 (5.3). */
const oldestKernel = {major: 5, minor: 14};

const kernel = ({release}: MachineFacts): Finding => {
	const [major = 0, minor = 0] = release.split('.').map(part => Number.parseInt(part, 10));
	return {
		name: 'kernel',
		level: 'required',
		ok: major > oldestKernel.major || (major === oldestKernel.major && minor >= oldestKernel.minor),
		value: release || 'unknown',
		missing: 'ctnative uses mount_setattr, openat2, clone3, pidfds, close_range and cgroup.kill, which it has not all',
		cure: `run Linux ${oldestKernel.major}.${oldestKernel.minor} or newer`,
	};
};

const architecture = ({arch}: MachineFacts): Finding => ({
	name: 'architecture',
	level: 'required',
	ok: arch === 'x64' || arch === 'arm64',
	value: arch === 'arm64' ? 'arm64 (built from source, not tested)' : arch,
	missing: 'ctn-init and the seccomp compiler know x64 and arm64 only',
	cure: 'use a 64-bit Node on such a machine',
});

/** By what the kernel answered. */
const mountCauses: Readonly<Record<string, readonly [missing: string, cure: string]>> = {
	EPERM: ['this process may not make mounts, so it cannot start a container', 'run as root with CAP_SYS_ADMIN'],
	ENOSYS: ['the kernel, or a seccomp filter around this process, refuses open_tree and mount_setattr', 'run Linux 5.14 or newer, and allow these calls where this process itself is in a container'],
};

const mountApi = ({mountErrno}: MachineFacts): Finding => {
	const [missing, cure] = mountCauses[mountErrno ?? ''] ?? ['mounts by descriptor do not work here, and no container starts without them', undefined];
	return {
		name: 'mount API',
		level: 'required',
		ok: mountErrno === undefined,
		value: mountErrno === undefined ? 'open_tree and mount_setattr work' : `open_tree and mount_setattr: ${mountErrno}`,
		missing,
		cure,
	};
};

/** Those of the config that `runc spec` writes, by their names below /proc/<pid>/ns. */
const basicNamespaces = ['ipc', 'mnt', 'net', 'pid', 'uts'];

const namespaces = ({namespaces: names}: MachineFacts): Finding => {
	const absent = basicNamespaces.filter(name => !names.includes(name));
	return {
		name: 'namespaces',
		level: 'required',
		ok: absent.length === 0,
		value: names.filter(name => !name.endsWith('_for_children')).join(', ') || 'none',
		missing: `this kernel has no ${absent.join(', ')} namespace, which nearly every config.json asks for`,
		cure: `run a kernel with ${absent.map(name => `CONFIG_${{mnt: 'NAMESPACES'}[name] ?? `${name.toUpperCase()}_NS`}`).join(', ')}`,
	};
};

const userNamespaces = ({namespaces: names, maxUserNamespaces}: MachineFacts): Finding => {
	const exists = names.includes('user');
	const isAllowed = exists && maxUserNamespaces !== 0;
	return {
		name: 'user namespaces',
		level: 'recommended',
		ok: isAllowed,
		value: exists ? `at most ${maxUserNamespaces ?? 'unlimited'}` : 'not in this kernel',
		missing: 'a config.json with a user namespace is refused, and root in a container is root of the host',
		cure: exists ? 'sysctl -w user.max_user_namespaces=65536' : 'run a kernel with CONFIG_USER_NS',
	};
};

const oneNamespace = (names: readonly string[], name: string, level: Finding['level'], missing: string): Finding => ({
	name: `${name} namespace`,
	level,
	ok: names.includes(name),
	value: names.includes(name) ? 'yes' : 'not in this kernel',
	missing,
});

const seccompWanted = ['kill_process', 'kill_thread', 'trap', 'errno', 'trace', 'log', 'allow'];

const seccomp = ({seccompActions}: MachineFacts): Finding => {
	const absent = seccompWanted.filter(action => !seccompActions.includes(action));
	return {
		name: 'seccomp',
		level: 'recommended',
		ok: absent.length === 0,
		value: seccompActions.join(', ') || 'not in this kernel',
		missing: seccompActions.length === 0 ? 'a config.json with linux.seccomp cannot be run' : `a profile with ${absent.join(', ')} cannot be loaded`,
		cure: seccompActions.length === 0 ? 'run a kernel with CONFIG_SECCOMP_FILTER' : undefined,
	};
};

export const kernelFindings = (facts: MachineFacts): Finding[] => [
	kernel(facts),
	architecture(facts),
	mountApi(facts),
	namespaces(facts),
	userNamespaces(facts),
	oneNamespace(facts.namespaces, 'cgroup', 'recommended', 'a container sees its place in the cgroups of the host, and a config.json that asks for the namespace is refused'),
	oneNamespace(facts.namespaces, 'time', 'optional', 'the monotonic clock of a restored container jumps to that of the machine'),
	seccomp(facts),
];
