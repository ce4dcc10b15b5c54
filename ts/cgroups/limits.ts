// `linux.resources` as files of a cgroup, in the order in which the kernel takes them.
import type {HugepageLimit, Network, Pids, Rdma, Resources} from '../oci/config.js';
import {deviceLinesV1, deviceRules} from './devices.js';
import {nonZero, write, type LimitWrite} from './limit-write.js';
import {cpuV1, cpuV2} from './limits-cpu.js';
import {blockIoV1, blockIoV2} from './limits-io.js';
import {memoryV1, memoryV2} from './limits-memory.js';

export type {LimitWrite} from './limit-write.js';
export {cpuWeight} from './limits-cpu.js';

/** 0 is 1, as in runc: systemd knows no 0, and a container cannot have less than one either way. */
const pids = ({limit}: Pids): LimitWrite[] =>
	write('pids.limit', 'pids', 'pids.max', limit === undefined ? undefined : Number(limit) < 0 ? 'max' : Number(limit) === 0 ? '1' : String(limit));

/** A limit on what is used, and where the kernel has it one on what is reserved: without it, a fault would kill. */
const hugepages = (limits: readonly HugepageLimit[], file: string): LimitWrite[] => limits.flatMap(({pageSize, limit}, index): LimitWrite[] => {
	const one = {controller: 'hugetlb', value: String(limit), setting: `hugepageLimits[${index}].limit`};
	return [{...one, file: `hugetlb.${pageSize}.${file}`}, {...one, file: `hugetlb.${pageSize}.rsvd.${file}`, okErrno: 'ENOENT'}];
});

const rdma = (limits: Readonly<Record<string, Rdma>>): LimitWrite[] => Object.entries(limits).flatMap(([device, {hcaHandles, hcaObjects}]) => {
	const parts = [...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]), ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`])];
	return parts.length === 0 ? [] : write(`rdma.${device}`, 'rdma', 'rdma.max', [device, ...parts].join(' '));
});

const network = ({classID, priorities = []}: Network): LimitWrite[] => [
	...write('network.classID', 'net_cls', 'net_cls.classid', nonZero(classID)),
	...priorities.flatMap(({name, priority}, index) => write(`network.priorities[${index}]`, 'net_prio', 'net_prio.ifpriomap', `${name} ${priority}`)),
];

/** `cgroup.*` is there without a controller. Several lines are several writes, as for io.max. */
const unified = (files: Readonly<Record<string, string>>): LimitWrite[] => Object.entries(files).flatMap(([file, value]) =>
	value.split('\n').filter((line, _, lines) => line !== '' || lines.length === 1)
		.flatMap(line => write(`unified["${file}"]`, file.slice(0, file.indexOf('.')), file, line)));

/** The device rules for a v1 hierarchy; an update leaves them alone. */
export const deviceWritesV1 = ({devices}: Resources): LimitWrite[] =>
	deviceLinesV1(deviceRules(devices)).map(({file, line}) => ({controller: 'devices', file, value: line, setting: 'devices'}));

/** The writes for v1 hierarchies, but for devices. */
export const updatesV1 = (resources: Resources): LimitWrite[] => [
	...(resources.memory ? memoryV1(resources.memory) : []),
	...(resources.cpu ? cpuV1(resources.cpu) : []),
	...(resources.pids ? pids(resources.pids) : []),
	...(resources.blockIO ? blockIoV1(resources.blockIO) : []),
	...hugepages(resources.hugepageLimits ?? [], 'limit_in_bytes'),
	...rdma(resources.rdma ?? {}),
	...(resources.network ? network(resources.network) : []),
];

/** The writes for v1 hierarchies. */
export const limitsV1 = (resources: Resources): LimitWrite[] => [...deviceWritesV1(resources), ...updatesV1(resources)];

/** The writes for cgroup2; devices are not files there. What is given by name goes last, and so has the last word. */
export const limitsV2 = (resources: Resources): LimitWrite[] => [
	...(resources.memory ? memoryV2(resources.memory) : []),
	...(resources.cpu ? cpuV2(resources.cpu) : []),
	...(resources.pids ? pids(resources.pids) : []),
	...(resources.blockIO ? blockIoV2(resources.blockIO) : []),
	...hugepages(resources.hugepageLimits ?? [], 'max'),
	...rdma(resources.rdma ?? {}),
	...unified(resources.unified ?? {}),
];

/** What config.json may ask of v1 and cgroup2 does not have; as in runc it does nothing there. */
export const ignoredV2 = ({memory, cpu, blockIO, network}: Resources): string[] => {
	const asked: ReadonlyArray<readonly [string, unknown]> = [
		['memory.swappiness', memory?.swappiness],
		['memory.disableOOMKiller', memory?.disableOOMKiller],
		['cpu.realtimePeriod', cpu?.realtimePeriod],
		['cpu.realtimeRuntime', cpu?.realtimeRuntime],
		['blockIO.leafWeight', blockIO?.leafWeight],
		['network.classID', network?.classID],
		['network.priorities', network?.priorities?.length],
	];
	return asked.filter(([, value]) => Boolean(value)).map(([setting]) => `linux.resources.${setting} does nothing: cgroup v2 has no such limit`);
};
