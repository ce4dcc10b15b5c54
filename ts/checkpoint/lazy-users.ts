// Whether a process in a user namespace may have memory that comes later: CRIU opens its userfaultfd as that process.
import {CtnError} from '../errors.js';
import {hasNamespace} from '../launch/namespaces.js';
import type {Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';

const setting = 'vm.unprivileged_userfaultfd';

/**
 * @param value Of the setting; empty where the kernel has none: up to 5.1 everybody might. Since 5.11 it is 0 unless somebody
 * sets it. Source: Linux, Documentation/admin-guide/sysctl/vm.rst.
 * @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED`
 */
export const refuseLazyUsers = (config: ValidConfig, value: string): void => {
	if (hasNamespace(config, 'user') && value.trim() === '0') {
		throw new CtnError('ERR_CHECKPOINT_UNSUPPORTED', `the memory of a container in a user namespace cannot follow it: its processes may have no userfaultfd here, as ${setting} is 0`, {
			errno: 'EPERM', syscall: 'userfaultfd', subject: setting, cure: `run "sysctl -w ${setting}=1", or checkpoint and restore it with all of its memory, without lazyPages`,
		});
	}
};

/** @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED`, where a restore would fail when everything else was done. */
export const requireUserfaultfd = async (native: Native, config: ValidConfig): Promise<void> => {
	const [value] = await native.batch([{op: 'read', path: `/proc/sys/${setting.replace('.', '/')}`, max: 16, okErrno: 'ENOENT'}]);
	refuseLazyUsers(config, textOf(value));
};
