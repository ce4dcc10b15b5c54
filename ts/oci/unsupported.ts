// What is valid and not done yet. A feature that comes takes its line away.
import {CtnError} from '../errors.js';
import {parseMountOptions} from '../linux/mount-options.js';
import type {Linux, Mount, Process, ValidConfig} from './config.js';

/** Where the config uses something, as a JSON path; undefined if it does not. */
type Use = (config: ValidConfig) => string | undefined;

const where = (path: string, isUsed: (config: ValidConfig) => boolean): Use => config => isUsed(config) ? path : undefined;

const hasEntries = (value: object | undefined): boolean => value !== undefined && Object.keys(value).length > 0;

const inProcess = (key: keyof Process): Use => where(`process.${key}`, config => config.process[key] !== undefined);

const inLinux = (key: keyof Linux): Use => where(`linux.${key}`, config => config.linux[key] !== undefined);

const inResources = (key: keyof NonNullable<Linux['resources']>): Use =>
	where(`linux.resources.${key}`, config => hasEntries(config.linux.resources?.[key]));

const inMounts = (key: string, isUsed: (mount: Mount) => boolean): Use => config => {
	const index = (config.mounts ?? []).findIndex(mount => isUsed(mount));
	return index < 0 ? undefined : `mounts[${index}].${key}`;
};

const namespace = (type: string): Use => config => {
	const index = (config.linux.namespaces ?? []).findIndex(namespace => namespace.type === type);
	return index < 0 ? undefined : `linux.namespaces[${index}]`;
};

const later = 'not implemented yet';

/** [where it is used, what it is, why not] */
const unsupported: ReadonlyArray<readonly [use: Use, name: string, why: string]> = [
	[where('linux.namespaces', config => !config.linux.namespaces?.some(({type}) => type === 'mount')), 'a container without a mount namespace', 'its mounts would be made on the host'],
	[namespace('time'), 'a time namespace', later],
	[inLinux('timeOffsets'), 'clock offsets', later],
	[inLinux('intelRdt'), 'Intel RDT', later],
	[where('linux.netDevices', config => hasEntries(config.linux.netDevices)), 'moving network devices', later],
	[inLinux('memoryPolicy'), 'a NUMA memory policy', later],
	[inLinux('mountLabel'), 'SELinux mount labels', later],
	[inProcess('scheduler'), 'a scheduling policy', later],
	[inProcess('ioPriority'), 'an I/O priority', later],
	[inProcess('execCPUAffinity'), 'CPU affinity of exec', later],
	[inProcess('apparmorProfile'), 'AppArmor', later],
	[inProcess('selinuxLabel'), 'SELinux', later],
	[inMounts('uidMappings', mount => (mount.uidMappings ?? []).length > 0), 'an id-mapped mount', later],
	[inMounts('options', mount => parseMountOptions(mount.options).idmap !== undefined), 'an id-mapped mount', later],
	[inMounts('options', mount => parseMountOptions(mount.options).tmpcopyup), 'tmpcopyup', later],
	[inMounts('options', mount => parseMountOptions(mount.options).copySymlink), 'copy-symlink', later],
	[inMounts('options', mount => parseMountOptions(mount.options).remount), 'remounting', later],
	[inResources('blockIO'), 'block I/O limits', later],
	[inResources('hugepageLimits'), 'huge page limits', later],
	[inResources('network'), 'network classes and priorities', later],
	[inResources('rdma'), 'RDMA limits', later],
	[inResources('unified'), 'cgroup v2 files by name', later],
	[where('linux.resources.cpu.realtimeRuntime', config => Boolean(config.linux.resources?.cpu?.realtimeRuntime)), 'real-time CPU limits', later],
	[where('linux.resources.cpu.realtimePeriod', config => Boolean(config.linux.resources?.cpu?.realtimePeriod)), 'real-time CPU limits', later],
	[where('linux.seccomp.listenerPath', config => config.linux.seccomp?.listenerPath !== undefined), 'seccomp notification', later],
];

/**
 * Refuses a config that asks for something this version does not do, so that nothing is left out silently.
 *
 * @throws CtnError `ERR_CONFIG_UNSUPPORTED`; `subject` is the JSON path.
 */
export const refuseUnsupported = (config: ValidConfig): void => {
	for (const [use, name, why] of unsupported) {
		const path = use(config);
		if (path !== undefined) {
			throw new CtnError('ERR_CONFIG_UNSUPPORTED', `config.json: ${path} asks for ${name}: ${why}`, {subject: path});
		}
	}
};
