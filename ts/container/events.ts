// What happens to a container, as it happens: an iterator over descriptors that become readable.
import {isThere, OomCounter, oomCountOp, oomOp, pressureOp, type PressureLevel} from '../cgroups/watch.js';
import type {Stats} from '../cgroups/stats.js';
import {CtnError} from '../errors.js';
import type {Fd, HostOp, Native, ReadWatch} from '../native/native.js';
import type {StateRecord} from '../state/record.js';
import {isProcess} from './status.js';

/** An AbortSignal, as far as it is needed. */
export interface AbortSignalLike {
	readonly aborted: boolean;
	addEventListener(type: 'abort', listener: () => void): void;
	removeEventListener(type: 'abort', listener: () => void): void;
}

export interface EventsOptions {
	/** Also tell what the container uses, that often. Unit: milliseconds, 1 to 2^31-1. Default: never. */
	readonly intervalMs?: number;
	/**
	 * Also tell when memory is that short. On v1 it is the kernel's own measure; on cgroup2 processes
	 * stood still for memory, within two seconds: some of them 140 ms (`low`) or 500 ms (`medium`), or
	 * all of them 200 ms (`critical`). Default: never.
	 */
	readonly memoryPressure?: PressureLevel;
	/** Ends the iteration, without an error. */
	readonly signal?: AbortSignalLike;
}

export type ContainerEvent =
	/** Memory ran out: a process was killed, or with `disableOOMKiller` all stand still. */
	| {readonly type: 'oom'; readonly id: string}
	| {readonly type: 'pressure'; readonly id: string; readonly level: PressureLevel}
	| {readonly type: 'stats'; readonly id: string; readonly data: Stats};

const levels: readonly string[] = ['low', 'medium', 'critical'];

const check = ({intervalMs, memoryPressure}: EventsOptions): void => {
	if (intervalMs !== undefined && !(Number.isInteger(intervalMs) && intervalMs >= 1 && intervalMs < 2 ** 31)) {
		throw new CtnError('ERR_ARGUMENT', `intervalMs must be an integer from 1 to ${2 ** 31 - 1}, not ${String(intervalMs)}`, {subject: 'intervalMs'});
	}

	if (memoryPressure !== undefined && !levels.includes(memoryPressure)) {
		throw new CtnError('ERR_ARGUMENT', `memoryPressure must be one of ${levels.join(', ')}, not ${JSON.stringify(memoryPressure)}`, {subject: 'memoryPressure'});
	}
};

type Source = 'end' | 'oom' | 'pressure' | 'stats';

/** Descriptors that are waited on together; each is owned here. */
class Sources {
	readonly #native: Native;
	readonly #fds = new Map<Source, Fd>();
	readonly #watches = new Map<Source, ReadWatch>();
	/** What became readable and was not asked for yet. */
	readonly #ready: Source[] = [];
	#wake: (() => void) | undefined;
	#failure: unknown;
	isStopped = false;

	constructor(native: Native) {
		this.#native = native;
	}

	async open(ops: ReadonlyArray<readonly [Source, HostOp]>): Promise<void> {
		const fds = await this.#native.batch(ops.map(([, op]) => op)) as Fd[];
		for (const [index, [source]] of ops.entries()) {
			if (fds[index]! >= 0) { // Or else it was allowed to be missing
				this.#fds.set(source, fds[index]!);
				this.#watch(source);
			}
		}
	}

	#watch(source: Source): void {
		if (this.isStopped) {
			return;
		}

		const watch = this.#native.watchReadable(this.#fds.get(source)!);
		this.#watches.set(source, watch);
		watch.ready.then(isReady => {
			this.#watches.delete(source);
			if (isReady) {
				this.#ready.push(source);
				this.#wake?.();
			}
		}, (error: unknown) => {
			this.#watches.delete(source);
			this.#failure = error;
			this.#wake?.();
		});
	}

	/** The next that became readable, the end last; undefined once it was stopped. */
	async next(): Promise<Source | undefined> {
		while (this.#ready.length === 0 && !this.isStopped && this.#failure === undefined) {
			await new Promise<void>(resolve => {
				this.#wake = resolve;
			});
		}

		if (this.#failure !== undefined) {
			throw this.#failure;
		}

		const index = Math.max(0, this.#ready.findIndex(source => source !== 'end'));
		return this.isStopped ? undefined : this.#ready.splice(index, 1)[0];
	}

	/** Takes what a descriptor has to tell, and waits for the next. */
	async again(source: Source): Promise<void> {
		await this.#native.batch([this.drainOp(source)]);
		this.#watch(source);
	}

	drainOp(source: Source): HostOp {
		return {op: 'drain', fd: this.#fds.get(source) ?? this.#fds.get('end')!, okErrno: 'any'};
	}

	stop(): void {
		this.isStopped = true;
		for (const watch of this.#watches.values()) {
			watch.stop();
		}

		this.#wake?.();
	}

	/** Closes all, when nobody waits on them any more. */
	async close(): Promise<void> {
		this.stop();
		await Promise.allSettled([...this.#watches.values()].map(async watch => watch.ready));
		for (const fd of this.#fds.values()) {
			this.#native.close(fd);
		}

		this.#fds.clear();
	}
}

/** What events() needs of a container. */
export interface Watched {
	readonly record: StateRecord;
	stats(): Promise<Stats>;
}

async function* follow(native: Native, {record, stats}: Watched, options: EventsOptions, sources: Sources): AsyncGenerator<ContainerEvent, void, undefined> {
	const {id, cgroup, pid, startTime} = record;
	const {intervalMs, memoryPressure} = options;
	try {
		await sources.open([
			['end', {op: 'pidfd_open', pid}],
			['oom', {...oomOp(cgroup), okErrno: 'ENOENT'}], // Without the memory controller nobody runs out of it alone
			...(memoryPressure === undefined ? [] : [['pressure', pressureOp(cgroup, memoryPressure)] as const]),
			...(intervalMs === undefined ? [] : [['stats', {op: 'timer', milliseconds: BigInt(intervalMs)}] as const]),
		]);
		const [stat, first] = await native.batch([{op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'}, oomCountOp(cgroup)]);
		const counter = new OomCounter(cgroup, first);
		let source: Source | undefined = isProcess(stat, startTime) ? await sources.next() : undefined;
		for (; source !== undefined; source = await sources.next()) {
			// At the end, too: what ended it may have been told in the same moment
			const [drained, now] = await native.batch([sources.drainOp('oom'), oomCountOp(cgroup)]);
			if (counter.happened(drained, now)) {
				yield {type: 'oom', id};
			}

			if (source === 'end') {
				return;
			}

			if (source === 'pressure' && isThere(now)) {
				yield {type: 'pressure', id, level: memoryPressure!};
			} else if (source === 'stats') {
				yield {type: 'stats', id, data: await stats()};
			}

			await sources.again(source);
		}
	} catch (error) {
		// Gone in the middle of it: that is the end
		if (!(error instanceof CtnError) || !(error.code === 'ERR_CONTAINER_STATUS' || (error.errno === 'ESRCH' && error.syscall === 'pidfd_open'))) {
			throw error;
		}
	} finally {
		await sources.close();
	}
}

/** The events of a container, until it has ended, or the iteration does. */
export const containerEvents = (native: Native, watched: Watched, options: EventsOptions): AsyncIterableIterator<ContainerEvent> => {
	check(options);
	const {signal} = options;
	const sources = new Sources(native);
	const stop = (): void => sources.stop();
	if (signal?.aborted) {
		stop();
	}

	signal?.addEventListener('abort', stop);
	const events = follow(native, watched, options, sources);
	const done = async (): Promise<IteratorResult<ContainerEvent>> => {
		signal?.removeEventListener('abort', stop);
		return {done: true, value: undefined};
	};

	return {
		async next() {
			const event = sources.isStopped ? await events.return() : await events.next();
			return event.done ? done() : event;
		},
		async return() {
			stop();
			await events.return();
			return done();
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
};
