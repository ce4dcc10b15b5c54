// New limits for a container that is there: all of them, or none.
import {CtnError} from '../errors.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {HostOp, Native} from '../native/native.js';
import {lineOf, textOf} from '../native/results.js';
import type {Resources} from '../oci/config.js';
import {explainCgroup} from './explain.js';
import {limitsV2, updatesV1, type LimitWrite} from './limits.js';
import {limitOp, limitPath, settingAt, type CgroupRecord} from './plan.js';
import {undoValue} from './undo.js';

/** One file with both halves of the bandwidth, and swap without memory: what is not given stays as it was. */
const completeV2 = (given: Resources, merged: Resources): Resources => {
	const {memory, cpu} = given;
	const hasBandwidth = cpu?.quota !== undefined || cpu?.period !== undefined;
	return {
		...given,
		...(memory?.swap !== undefined && merged.memory?.limit !== undefined && {memory: {...memory, limit: merged.memory.limit}}),
		...(hasBandwidth && {cpu: {...cpu, ...(merged.cpu?.quota !== undefined && {quota: merged.cpu.quota}), ...(merged.cpu?.period !== undefined && {period: merged.cpu.period})}}),
	};
};

/** The writes of an update, not yet in their order. */
export const updateLimits = (mode: CgroupRecord['mode'], given: Resources, merged: Resources): LimitWrite[] =>
	mode === 'v2' ? limitsV2(completeV2(given, merged)) : updatesV1(given);

const unlimited = (value: string): number => Number(value) < 0 ? Number.POSITIVE_INFINITY : Number(value);

/** memsw may never be below the limit: growing, it goes first; shrinking, it goes last. */
const orderMemory = (limits: readonly LimitWrite[], memswNow: string | undefined): readonly LimitWrite[] => {
	const memsw = limits.find(({file}) => file === 'memory.memsw.limit_in_bytes');
	const limit = limits.find(({file}) => file === 'memory.limit_in_bytes');
	if (!memsw || !limit || memswNow === undefined) {
		return limits;
	}

	const pair = unlimited(memsw.value) > Number(memswNow) ? [memsw, limit] : [limit, memsw];
	return [...pair, ...limits.filter(each => each !== memsw && each !== limit)];
};

/**
 * Period, quota and burst limit one another by what they are now: one that does not fit yet is
 * written again when the others are.
 */
const orderBandwidth = (limits: readonly LimitWrite[]): readonly LimitWrite[] => {
	const tight = limits.filter(({file}) => ['cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.cfs_burst_us', 'cpu.max', 'cpu.max.burst'].includes(file));
	return tight.length < 2 ? limits : [...tight.toReversed().map(each => ({...each, okErrno: 'EINVAL' as const})), ...limits];
};

/** The writes in the order in which the kernel takes them, given what there is. */
export const orderLimits = (limits: readonly LimitWrite[], now: (limit: LimitWrite) => string | undefined): readonly LimitWrite[] => {
	const memsw = limits.find(({file}) => file === 'memory.memsw.limit_in_bytes');
	return orderBandwidth(orderMemory(limits, memsw && now(memsw)));
};

export interface UpdateRequest {
	readonly record: CgroupRecord;
	/** What is to change. */
	readonly given: Resources;
	/** All there is to be afterwards. */
	readonly merged: Resources;
	/** What makes the update last; if it fails, the limits go back. */
	readonly save: readonly HostOp[];
}

class Update {
	readonly #native: Native;
	readonly #request: UpdateRequest;
	readonly #limits: readonly LimitWrite[];
	/** Text of each file before, by path. */
	readonly #before = new Map<string, string>();

	constructor(native: Native, request: UpdateRequest) {
		this.#native = native;
		this.#request = request;
		this.#limits = updateLimits(request.record.mode, request.given, request.merged);
	}

	#directory({controller}: LimitWrite): string | undefined {
		const {v1, unified, mode} = this.#request.record;
		return mode === 'v2' ? unified : v1[controller];
	}

	#paths(limit: LimitWrite): string[] {
		const directory = this.#directory(limit);
		return [limit.file, ...(limit.or ? [limit.or.file] : [])].map(file => limitPath({...limit, file}, directory));
	}

	async run(): Promise<void> {
		await this.#look();
		const limits = orderLimits(this.#limits, limit => this.#before.get(this.#paths(limit)[0]!));
		await this.#check();
		try {
			await this.#native.batch([...limits.map(limit => limitOp(limit, this.#directory(limit))), ...this.#request.save]);
		} catch (error) {
			const {record} = this.#request;
			const reason = await explainCgroup(this.#native, error, {record, settingAt: settingAt(this.#limits, limit => this.#directory(limit))});
			await this.#native.batch(limits.toReversed().flatMap(limit => this.#undo(limit)));
			throw reason;
		}
	}

	async #look(): Promise<void> {
		const paths = [...new Set(this.#limits.flatMap(limit => this.#paths(limit)))];
		const texts = await this.#native.batch(paths.map(path => ({op: 'read', path, max: 1 << 20, okErrno: 'any'})));
		for (const [index, path] of paths.entries()) {
			const before = textOf(texts[index]);
			if (before !== '') {
				this.#before.set(path, before);
			}
		}
	}

	/** memory.checkBeforeUpdate: better no new limit than what it takes to get below it. */
	async #check(): Promise<void> {
		const {merged, given, record} = this.#request;
		const limit = Number(given.memory?.limit ?? 0);
		if (!merged.memory?.checkBeforeUpdate || limit <= 0) {
			return;
		}

		const path = record.mode === 'v2' ? `${record.unified!}/memory.current` : `${record.v1['memory']!}/memory.usage_in_bytes`;
		const [used] = await this.#native.batch([{op: 'read', path, max: 64, okErrno: 'any'}]);
		if (Number(textOf(used)) > limit) {
			throw new CtnError('ERR_CGROUP_LIMIT', `linux.resources.memory.limit ${limit} is below the ${lineOf(used)} bytes that are in use`, {
				subject: 'linux.resources.memory.limit', cure: 'memory.checkBeforeUpdate asks to refuse that',
			});
		}
	}

	#undo(limit: LimitWrite): HostOp[] {
		return this.#paths(limit).flatMap((path, index): HostOp[] => {
			const before = this.#before.get(path);
			const value = index === 0 ? limit.value : limit.or!.value;
			return before === undefined ? [] : [{
				op: 'write', path, data: encodeUtf8(undoValue(path.slice(path.lastIndexOf('/') + 1), value, before)), flags: 0, mode: 0, okErrno: 'any',
			}];
		});
	}
}

/**
 * Sets limits and saves them.
 *
 * @throws CtnError `ERR_CGROUP_LIMIT` if the kernel refuses one; all are as they were before, then.
 */
export const updateCgroup = async (native: Native, request: UpdateRequest): Promise<void> => new Update(native, request).run();
