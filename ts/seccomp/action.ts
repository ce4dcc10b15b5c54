// SCMP_ACT_* as the value that a filter returns (linux/seccomp.h, SECCOMP_RET_*).
import {CtnError} from '../errors.js';
import {errnos} from '../linux/errno.js';
import type {SeccompAction} from '../oci/config.js';

const values: Readonly<Record<SeccompAction, number>> = {
	SCMP_ACT_KILL: 0x0000_0000,
	SCMP_ACT_KILL_THREAD: 0x0000_0000,
	SCMP_ACT_KILL_PROCESS: 0x8000_0000,
	SCMP_ACT_TRAP: 0x0003_0000,
	SCMP_ACT_ERRNO: 0x0005_0000,
	SCMP_ACT_NOTIFY: 0x7fc0_0000,
	SCMP_ACT_TRACE: 0x7ff0_0000,
	SCMP_ACT_LOG: 0x7ffc_0000,
	SCMP_ACT_ALLOW: 0x7fff_0000,
};

/** What libseccomp does to an architecture that the profile does not list (SCMP_FLTATR_ACT_BADARCH). */
export const badArchitecture = values.SCMP_ACT_KILL_THREAD;

/** What runc does to a system call that is newer than the profile. */
export const notImplemented = values.SCMP_ACT_ERRNO + errnos.ENOSYS;

/** @param subject JSON path of the object that holds the action; `keys` are its names there. */
export function actionValue(
	action: SeccompAction, errnoRet: number | undefined, subject: string,
	keys: readonly [action: string, errnoRet: string],
): number {
	const value = Object.hasOwn(values, action) ? values[action] : undefined;
	if (value === undefined) {
		throw new CtnError('ERR_CONFIG_INVALID', `${subject}.${keys[0]} is not a seccomp action: ${String(action)}`, {subject: `${subject}.${keys[0]}`});
	}

	if (action !== 'SCMP_ACT_ERRNO' && action !== 'SCMP_ACT_TRACE') {
		if (errnoRet !== undefined) { // runtime-spec, config-linux.md#seccomp: "MUST print an error and fail"
			throw new CtnError('ERR_CONFIG_INVALID', `${subject}.${keys[1]} does not go with ${action}`, {subject: `${subject}.${keys[1]}`});
		}

		return value;
	}

	const data = errnoRet ?? errnos.EPERM;
	if (!Number.isInteger(data) || data < 0 || data > 0xffff) {
		throw new CtnError('ERR_CONFIG_INVALID', `${subject}.${keys[1]} is not a number from 0 to 65535: ${String(errnoRet)}`, {subject: `${subject}.${keys[1]}`});
	}

	return value + data;
}

/** True for a default action under which a call that the profile does not know is carried out, or up to a tracer. */
export const isPermissive = (value: number): boolean =>
	value === values.SCMP_ACT_ALLOW || value === values.SCMP_ACT_LOG || (value & 0xffff_0000) === values.SCMP_ACT_TRACE;
