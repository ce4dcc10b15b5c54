// Intel RDT: shares of cache and memory bandwidth, by directories of resctrl. Not a cgroup, but used like one.
import {CtnError} from '../errors.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {HostOp, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {IntelRdt} from '../oci/config.js';

/** What a container has of resctrl; saved in its state. */
export interface RdtRecord {
	/** Directory of its class of service. */
	readonly group: string;
	/** The directory was made for it, and goes with it. */
	readonly isOwn: boolean;
	/** Directory in which it is counted; absent: it is not. */
	readonly monitor?: string;
}

export interface RdtPlan {
	readonly record: RdtRecord;
	/** Lines for `schemata`, each `resource:domain=value;…`. */
	readonly schemata: readonly string[];
}

/** The error for a part of `linux.intelRdt`. */
export const invalidRdt = (key: string, why: string): CtnError =>
	new CtnError('ERR_CONFIG_INVALID', `config.json: linux.intelRdt.${key} ${why}`, {subject: `linux.intelRdt.${key}`});

/** `L3:0=ff;1=0f` without its leading zeros and spaces, as two who mean the same may write it. */
const normal = (line: string): string => line.replaceAll(/\s/g, '').replaceAll(/=0+(?=[\da-fA-F])/g, '=').toLowerCase();

/** All lines that are asked for. */
export const schemataOf = ({l3CacheSchema, memBwSchema, schemata = []}: IntelRdt): string[] =>
	[l3CacheSchema ?? '', memBwSchema ?? '', ...schemata].flatMap(lines => lines.split('\n')).filter(line => line.trim() !== '');

/**
 * Looks whether the class of service is there, and decides.
 *
 * @param root Where resctrl is mounted; undefined if it is not.
 * @throws CtnError `ERR_CONFIG_UNSUPPORTED` without resctrl; `ERR_CONFIG_INVALID` for a closID that
 * does not exist and is not described, or exists with other schemata.
 * @see OCI runtime-spec, config-linux.md#intelrdt
 */
export const planRdt = async (native: Native, root: string | undefined, id: string, rdt: IntelRdt): Promise<RdtPlan> => {
	if (root === undefined) {
		throw new CtnError('ERR_CONFIG_UNSUPPORTED', 'config.json: linux.intelRdt asks for Intel RDT: resctrl is not mounted here', {
			subject: 'linux.intelRdt', cure: 'mount -t resctrl resctrl /sys/fs/resctrl, on a processor that has it',
		});
	}

	const group = `${root}/${rdt.closID ?? id}`;
	const schemata = schemataOf(rdt);
	const [there, current] = await native.batch([
		{op: 'stat', path: group, nofollow: 1, okErrno: 'ENOENT'},
		{op: 'read', path: `${group}/schemata`, max: 1 << 20, okErrno: 'any'},
	]);
	const exists = there instanceof Uint8Array;
	if (rdt.closID !== undefined && !exists && schemata.length === 0) {
		throw invalidRdt('closID', `${JSON.stringify(rdt.closID)} does not exist, and no schemata say what it would be`);
	}

	const lines = new Set(textOf(current).split('\n').map(normal));
	const other = exists ? schemata.find(line => !lines.has(normal(line))) : undefined;
	if (other !== undefined) {
		throw invalidRdt('schemata', `${JSON.stringify(other)} is not what ${group} has, which others may be in`);
	}

	return {
		schemata: exists ? [] : schemata,
		record: {group, isOwn: !exists, ...(rdt.enableMonitoring && {monitor: `${group}/mon_groups/${id}`})},
	};
};

/** What resctrl says of what it refused. */
export const rdtError = async (native: Native, group: string, error: unknown): Promise<CtnError> => {
	const [status] = await native.batch([{op: 'read', path: `${group.slice(0, group.lastIndexOf('/'))}/info/last_cmd_status`, max: 4096, okErrno: 'any'}]);
	const {errno, syscall} = error as CtnError;
	return new CtnError('ERR_CGROUP_LIMIT', `resctrl refused linux.intelRdt for ${group}: ${errno ?? String(error)}`, {
		cause: error, errno, syscall, subject: 'linux.intelRdt', cure: textOf(status).trim() || undefined,
	});
};

/**
 * Makes the directories and sets the schemata.
 *
 * @throws CtnError `ERR_CGROUP_LIMIT` with what resctrl says of them.
 */
export const makeRdt = async (native: Native, {record, schemata}: RdtPlan): Promise<void> => {
	const {group, isOwn, monitor} = record;
	try {
		await native.batch([
			...(isOwn ? [{op: 'mkdir', path: group, mode: 0o755} as const] : []),
			...(schemata.length > 0 ? [{op: 'write', path: `${group}/schemata`, data: encodeUtf8(`${schemata.join('\n')}\n`), flags: 0, mode: 0} as const] : []),
			...(monitor === undefined ? [] : [{op: 'mkdir', path: monitor, mode: 0o755} as const]),
		]);
	} catch (error) {
		throw await rdtError(native, group, error);
	}
};

const tasksOf = (record: RdtRecord | undefined): string[] => record === undefined ? [] : [record.group, ...(record.monitor === undefined ? [] : [record.monitor])]
	.map(directory => `${directory}/tasks`);

/** Puts a process, and all that it will start, into it. */
export const joinRdtOps = (record: RdtRecord | undefined, pid: number): HostOp[] => tasksOf(record)
	.map(path => ({op: 'write', path, data: encodeUtf8(String(pid)), flags: 0, mode: 0}));

/** The same for one that is yet to be started. */
export const joinRdtChildOps = (record: RdtRecord | undefined): HostOp[] => tasksOf(record)
	.map(path => ({op: 'child_write', path_parts: [path], text_parts: ['', ''], flags: 0, mode: 0}));

/** Takes away what was made for the container. */
export const removeRdtOps = (record: RdtRecord | undefined): HostOp[] => record === undefined ? [] : [
	...(record.monitor === undefined ? [] : [record.monitor]),
	...(record.isOwn ? [record.group] : []),
].map(path => ({op: 'rmdir', path, okErrno: 'ENOENT'}));
