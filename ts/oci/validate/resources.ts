// `linux.resources`, and what `update` takes
import type {Cpu, DeviceCgroup, Memory, Network, Pids, Rdma, Resources} from '../config.js';
import type {ValidationContext} from './context.js';
import {array, at, boolean, broken, cpuList, int64, integer, limit64, map, matching, nonEmpty, object, oneOf, optional, optionalText, text, uint32, uint64} from './check.js';
import type {Check} from './check.js';
import {checkBlockIo} from './block-io.js';
import {maxMajor, maxMinor} from './devices.js';

/** OCI cannot tell an empty type from an absent one. */
const emptyAsAbsent = <Value>(check: Check<Value>): Check<Value> => (value, path) => check(value === '' ? undefined : value, path);

const checkDeviceRule = object<DeviceCgroup>({
	allow: optional(boolean),
	type: emptyAsAbsent(optional(oneOf('a', 'b', 'c'))),
	major: optional(integer(-1, maxMajor)),
	minor: optional(integer(-1, maxMinor)),
	access: matching('some of the letters r, w and m', /^[rwm]+$/),
});

const checkMemory = object<Memory>({
	limit: optional(limit64),
	reservation: optional(limit64),
	swap: optional(limit64),
	kernel: optional(limit64),
	kernelTCP: optional(limit64),
	swappiness: optional(integer(0, 100)),
	disableOOMKiller: optional(boolean),
	useHierarchy: optional(boolean),
	checkBeforeUpdate: optional(boolean),
});

const cpus = optionalText('a list such as "0-3,7"', cpuList);

const checkCpu = object<Cpu>({
	shares: optional(uint64),
	quota: optional(limit64),
	burst: optional(uint64),
	period: optional(uint64),
	realtimeRuntime: optional(int64),
	realtimePeriod: optional(uint64),
	cpus,
	mems: cpus,
	idle: optional(integer(0, 1)),
});

const checkNetwork = object<Network>({
	classID: optional(uint32),
	priorities: optional(array(object({name: nonEmpty, priority: uint32}))),
});

/** A cgroup file: without a slash it cannot leave the cgroup. */
const unifiedKey = matching('the name of a cgroup file, such as "memory.high"', /^[\w-]+\.[\w.-]+$/);

export const checkResources: Check<Resources> = object<Resources>({
	devices: optional(array(checkDeviceRule)),
	memory: optional(checkMemory),
	cpu: optional(checkCpu),
	pids: optional(object<Pids>({limit: optional(limit64)})),
	blockIO: optional(checkBlockIo),
	hugepageLimits: optional(array(object({pageSize: matching('a page size such as "2MB"', /^[1-9]\d*[KMG]B$/), limit: uint64}))),
	network: optional(checkNetwork),
	rdma: optional(map(nonEmpty, object<Rdma>({hcaHandles: optional(uint32), hcaObjects: optional(uint32)}))),
	unified: optional(map(unifiedKey, text())),
});

/** Swap counts together with memory in OCI, and apart from it in cgroup v2. */
const swapRules = ({limit = 0, swap = 0}: Memory, path: string, isComplete: boolean): void => {
	if (swap <= 0) {
		return;
	}

	if (isComplete && limit <= 0) {
		broken(at(path, 'swap'), 'needs a memory limit, as it is memory and swap together');
	}

	if (swap < limit) {
		broken(at(path, 'swap'), 'must be at least the memory limit, as it is memory and swap together');
	}
};

/** @param isComplete False for an update, where the memory limit may have been set before. */
export const resourceRules = (resources: Resources, path: string, context: Partial<ValidationContext>, isComplete: boolean): void => {
	if (resources.unified !== undefined && context.cgroupVersion === 1) {
		broken(at(path, 'unified'), 'needs cgroup v2');
	}

	if (resources.memory) {
		swapRules(resources.memory, at(path, 'memory'), isComplete && context.cgroupVersion === 2);
		for (const key of ['kernel', 'kernelTCP'] as const) {
			if (resources.memory[key] !== undefined) {
				context.warn?.(`${at(at(path, 'memory'), key)} does nothing: kernels no longer have this limit`);
			}
		}
	}
};
