// `linux.seccomp`
import {seccompActions, seccompArchitectures, seccompFlags, seccompOperators} from '../config-seccomp.js';
import type {LinuxSeccomp, SeccompArg, SeccompSyscall} from '../config.js';
import {array, at, broken, integer, nonEmpty, nonEmptyArray, object, oneOf, optional, optionalText, uint64} from './check.js';
import type {Check} from './check.js';

const action = oneOf(...seccompActions);

/** SECCOMP_RET_DATA has 16 bits. */
const errnoRet = optional(integer(0, 0xffff));

const checkSyscall = object<SeccompSyscall>({
	names: nonEmptyArray(nonEmpty, 'a non-empty array of system call names'),
	action,
	errnoRet,
	args: optional(array(object<SeccompArg>({
		index: integer(0, 5),
		value: uint64,
		valueTwo: optional(uint64),
		op: oneOf(...seccompOperators),
	}))),
});

const checkFilter = object<LinuxSeccomp>({
	defaultAction: action,
	defaultErrnoRet: errnoRet,
	architectures: optional(array(oneOf(...seccompArchitectures))),
	flags: optional(array(oneOf(...seccompFlags))),
	listenerPath: optionalText(),
	listenerMetadata: optionalText(),
	syscalls: optional(array(checkSyscall)),
});

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** A filter without default action and without rules is none, as in runc. */
export const checkSeccomp: Check<LinuxSeccomp | undefined> = (value, path) => {
	const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
	return given && isEmpty(given['defaultAction']) && isEmpty(given['syscalls']) ? undefined : checkFilter(value, path);
};

/** What SCMP_ACT_NOTIFY needs; the runtime itself has to write before its program runs. */
export const seccompRules = (seccomp: LinuxSeccomp, path: string): void => {
	if (seccomp.defaultAction === 'SCMP_ACT_NOTIFY') {
		broken(at(path, 'defaultAction'), 'cannot be SCMP_ACT_NOTIFY: the system calls that hand the listener over would wait for it');
	}

	for (const [index, {action, names}] of (seccomp.syscalls ?? []).entries()) {
		const rule = at(at(path, 'syscalls'), index);
		if (action === 'SCMP_ACT_NOTIFY' && names.includes('write')) {
			broken(at(rule, 'names'), 'cannot have write with SCMP_ACT_NOTIFY: the container could not start');
		}

		if (action === 'SCMP_ACT_NOTIFY' && seccomp.listenerPath === undefined) {
			broken(at(rule, 'action'), 'cannot be SCMP_ACT_NOTIFY without listenerPath');
		}
	}

	if (seccomp.listenerMetadata !== undefined && seccomp.listenerPath === undefined) {
		broken(at(path, 'listenerMetadata'), 'needs listenerPath');
	}
};
