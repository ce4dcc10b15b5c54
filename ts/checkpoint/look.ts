// What there is to know of a running container before it is dumped. Reads only.
import {nullDeviceNumber} from '../linux/null-device.js';
import {isAlive, parseProcessStat, parseProcessStatus} from '../linux/proc.js';
import {parseMountInfo, type MountInfo} from '../linux/mountinfo.js';
import type {Native} from '../native/native.js';
import {statOf, textOf} from '../native/results.js';

export interface ContainerFacts {
	readonly mounts: readonly MountInfo[];
	readonly hostMounts: readonly MountInfo[];
	/** Has it a /dev/null? */
	readonly hasNull: boolean;
	/** Inodes of namespaces, by name below /proc/<pid>/ns. */
	readonly namespaces: Readonly<Record<string, bigint>>;
	/** Interfaces of its network namespace. */
	readonly interfaces: readonly string[];
	readonly processes: readonly ProcessFacts[];
	/** CapEff of this process. */
	readonly capabilities: bigint;
}

export interface ProcessFacts {
	readonly pid: number;
	readonly parent: number;
	/** Real, effective, saved and filesystem uid. */
	readonly uids: readonly number[];
	readonly gids: readonly number[];
	readonly comm: string;
}

const namespaceNames = ['net', 'pid', 'ipc', 'uts', 'user'] as const;

/** @param pids All processes of the container. Those that end meanwhile are left out. */
export const lookAtContainer = async (native: Native, pid: number, pids: readonly number[]): Promise<ContainerFacts> => {
	const results = await native.batch([
		{op: 'read', path: `/proc/${pid}/mountinfo`, max: 1 << 24},
		{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24},
		{op: 'read', path: '/proc/self/status', max: 1 << 16},
		{op: 'read', path: `/proc/${pid}/net/dev`, max: 1 << 20, okErrno: 'any'},
		{op: 'stat', path: `/proc/${pid}/root/dev/null`, nofollow: 1, okErrno: 'any'},
		...namespaceNames.map(name => ({op: 'stat', path: `/proc/${pid}/ns/${name}`, nofollow: 0, okErrno: 'any'} as const)),
		...pids.flatMap(process => [
			{op: 'read', path: `/proc/${process}/stat`, max: 4096, okErrno: 'any'},
			{op: 'read', path: `/proc/${process}/status`, max: 1 << 16, okErrno: 'any'},
		] as const),
	]);
	const [mounts, hostMounts, self, devices, ownNull] = results.splice(0, 5);
	const inodes = results.splice(0, namespaceNames.length).map(stat => statOf(stat)?.inode ?? 0n);
	return {
		mounts: parseMountInfo(textOf(mounts)),
		hostMounts: parseMountInfo(textOf(hostMounts)),
		hasNull: statOf(ownNull)?.rdev === nullDeviceNumber,
		namespaces: Object.fromEntries(namespaceNames.map((name, index) => [name, inodes[index]!])),
		interfaces: textOf(devices).split('\n').slice(2).map(line => line.slice(0, line.indexOf(':')).trim()).filter(Boolean),
		processes: pids.flatMap((process, index): ProcessFacts[] => {
			const stat = parseProcessStat(textOf(results[2 * index]));
			const status = parseProcessStatus(textOf(results[2 * index + 1]));
			return stat && isAlive(stat) ? [{pid: process, parent: stat.parent, uids: status.uids, gids: status.gids, comm: stat.comm}] : [];
		}),
		capabilities: parseProcessStatus(textOf(self)).capabilities.effective,
	};
};
