// What to wait for in a cgroup: memory that ran out, memory that runs short.
import type {HostOp, HostResult} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {CgroupRecord} from './plan.js';

/** How short memory is; the words are v1's (memory.pressure_level). */
export type PressureLevel = 'low' | 'medium' | 'critical';

/**
 * On cgroup2, by how long processes stood still for memory within two seconds: any of them for 140 ms
 * or 500 ms, or all of them for 200 ms. A shorter window takes CAP_SYS_RESOURCE.
 */
const triggers: Readonly<Record<PressureLevel, string>> = {
	low: 'some 140000 2000000',
	medium: 'some 500000 2000000',
	critical: 'full 200000 2000000',
};

const memoryDirectory = ({mode, v1, unified}: CgroupRecord): string => mode === 'v2' ? unified! : v1['memory'] ?? '';

/** Opens a descriptor that becomes readable when the cgroup may have run out of memory. */
export const oomOp = (record: CgroupRecord): HostOp => record.mode === 'v2'
	? {op: 'watch_files', paths: [`${memoryDirectory(record)}/memory.events`]}
	: {op: 'cgroup_event', directory: memoryDirectory(record), file: 'memory.oom_control', arguments: ''};

/** Opens a descriptor that becomes readable when memory is as short as that. */
export const pressureOp = (record: CgroupRecord, level: PressureLevel): HostOp => record.mode === 'v2'
	? {op: 'trigger', path: `${memoryDirectory(record)}/memory.pressure`, text: triggers[level]}
	: {op: 'cgroup_event', directory: memoryDirectory(record), file: 'memory.pressure_level', arguments: level};

/** Read for oomCount(). */
export const oomCountOp = (record: CgroupRecord): HostOp =>
	({op: 'read', path: `${memoryDirectory(record)}/${record.mode === 'v2' ? 'memory.events' : 'memory.oom_control'}`, max: 4096, okErrno: 'any'});

/**
 * Did it run out of memory?
 *
 * v1 tells before a process is killed, so that to be told is all there is to know, but for a cgroup
 * that is removed: that is told, too. cgroup2 tells of every change of a file with many counters.
 */
export class OomCounter {
	readonly #isV2: boolean;
	#kills: number;

	/** @param now Result of oomCountOp(). */
	constructor(record: CgroupRecord, now: HostResult | undefined) {
		this.#isV2 = record.mode === 'v2';
		this.#kills = this.#count(now);
	}

	/** @param drained What the descriptor had to tell: a length, or -errno. */
	happened(drained: HostResult | undefined, now: HostResult | undefined): boolean {
		const before = this.#kills;
		this.#kills = Math.max(before, this.#count(now));
		return isThere(now) && (this.#isV2 ? this.#kills > before : Number(drained) > 0);
	}

	#count(now: HostResult | undefined): number {
		return Number(/^oom_kill (\d+)$/m.exec(textOf(now))?.[1] ?? 0);
	}
}

/** False once the cgroup is removed. */
export const isThere = (now: HostResult | undefined): boolean => textOf(now) !== '';
