// The cgroup of a container that exists: freeze, count, kill, remove.
import {CtnError, isErrno} from '../errors.js';
import {signals} from '../linux/signals.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {HostOp, HostResult, Native} from '../native/native.js';
import {lineOf, namesOf, textOf} from '../native/results.js';
import type {CgroupRecord} from './plan.js';

/** Every directory of it, once each. */
export const cgroupDirectories = ({v1, unified}: CgroupRecord): string[] =>
	[...new Set([...Object.values(v1), ...(unified === undefined ? [] : [unified])])];

const mostFreezeMs = 10_000;

/** What removes it when nobody is in it. */
export const removeCgroupOps = (record: CgroupRecord): HostOp[] =>
	cgroupDirectories(record).map(path => ({op: 'rmdir', path, okErrno: 'ENOENT'}));

export class Cgroup {
	readonly #native: Native;
	readonly record: CgroupRecord;

	constructor(native: Native, record: CgroupRecord) {
		this.#native = native;
		this.record = record;
	}

	get directories(): string[] {
		return cgroupDirectories(this.record);
	}

	/** cgroup2 lists, freezes and kills; without it, v1's freezer hierarchy. */
	get main(): string {
		return this.record.unified ?? this.record.v1['freezer'] ?? this.directories[0] ?? ''; // A user without privileges may have none
	}

	/** Its file, and the words in it. */
	get #freezer(): {readonly path: string; readonly frozen: string; readonly thawed: string} {
		return this.record.unified === undefined
			? {path: `${this.main}/freezer.state`, frozen: 'FROZEN', thawed: 'THAWED'}
			: {path: `${this.main}/cgroup.freeze`, frozen: '1', thawed: '0'};
	}

	/**
	 * The file to read, for a caller that reads more in the same batch; see isFrozen(). On cgroup2 it tells what was
	 * asked for: for the moment in which one takes a signal, not all processes stand still.
	 */
	frozenOp(): HostOp {
		return {op: 'read', path: this.#freezer.path, max: 4096, okErrno: 'any'};
	}

	/** Fails, for a batch that is to have no effect then, while it is frozen. */
	thawedOps(): HostOp[] {
		const {path, thawed} = this.#freezer;
		return this.main === '' ? [] : [{op: 'same', path, data: encodeUtf8(`${thawed}\n`)}];
	}

	isFrozen(result: HostResult | undefined): boolean {
		return lineOf(result) === this.#freezer.frozen;
	}

	/**
	 * Freezes all processes, and returns when they are.
	 *
	 * @throws CtnError `ERR_CGROUP_BUSY` if they are not by then; those that were go on.
	 */
	async freeze(timeoutMs = mostFreezeMs): Promise<void> {
		await this.#setFrozen(true, timeoutMs);
	}

	async thaw(): Promise<void> {
		await this.#setFrozen(false, mostFreezeMs);
	}

	#freezerOp(frozen: boolean, okErrno?: 'any'): HostOp {
		const freezer = this.#freezer;
		return {op: 'write', path: freezer.path, data: encodeUtf8(frozen ? freezer.frozen : freezer.thawed), flags: 0, mode: 0, ...(okErrno && {okErrno})};
	}

	async #setFrozen(frozen: boolean, timeoutMs: number): Promise<void> {
		if (this.main === '') {
			throw new CtnError('ERR_CGROUP_LAYOUT', 'a container without a cgroup cannot be paused', {subject: this.record.path});
		}

		const begun = Date.now();
		for (let tries = 0; tries === 0 || Date.now() - begun < timeoutMs; tries++) {
			// v1 may need to be told again: a process that forks meanwhile starts thawed
			const still = this.record.unified === undefined ? 'freezer.state' : 'cgroup.events';
			const [, state] = await this.#native.batch([this.#freezerOp(frozen), {op: 'read', path: `${this.main}/${still}`, max: 4096, okErrno: 'any'}]);
			if (/^(?:FROZEN|frozen 1)$/m.test(textOf(state)) === frozen) {
				return;
			}

			await this.#native.sleep(Math.min(tries, 10));
		}

		await this.#native.batch([this.#freezerOp(false, 'any')]);
		throw new CtnError('ERR_CGROUP_BUSY', `the processes in ${this.main} do not ${frozen ? 'stand still' : 'go on'}`, {
			subject: this.main, cure: 'one waits in the kernel for a device or a file system, or a cgroup above is frozen',
		});
	}

	/** This cgroup and those that the container made below it, deepest first. */
	async #tree(directory: string): Promise<string[]> {
		const [names] = await this.#native.batch([{op: 'list', path: directory, directories: 1, okErrno: 'any'}]);
		const below: string[] = [];
		for (const name of namesOf(names)) {
			below.push(...await this.#tree(`${directory}/${name}`));
		}

		return [...below, directory];
	}

	/** Pids of all processes in it, in the runtime's pid namespace, ascending. */
	async pids(): Promise<number[]> {
		return this.#pidsIn(this.main);
	}

	async #pidsIn(directory: string): Promise<number[]> {
		const directories = await this.#tree(directory);
		const lists = await this.#native.batch(directories.map(directory =>
			({op: 'read', path: `${directory}/cgroup.procs`, max: 1 << 24, okErrno: 'any'})));
		const pids = lists.flatMap(list => textOf(list).split('\n').filter(Boolean).map(Number));
		return [...new Set(pids)].sort((a, b) => a - b);
	}

	/** Ends every process in it, frozen ones too. They may still be dying when it returns. */
	async kill(): Promise<void> {
		if (this.record.unified !== undefined) {
			const [killed] = await this.#native.batch([{op: 'write', path: `${this.main}/cgroup.kill`, data: encodeUtf8('1'), flags: 0, mode: 0, okErrno: 'any'}]);
			if (killed === 0) {
				return;
			}
		}

		await this.#signalFrozen(signals.SIGKILL);
	}

	/** Sends a signal to every process in it; those that stood still before go on doing so. */
	async signal(signal: number): Promise<void> {
		await (signal === signals.SIGKILL ? this.kill() : this.#signalFrozen(signal));
	}

	/** cgroup2 lets go of a frozen process for the moment in which it takes a signal: it stands still again when this resolves. */
	async keepFrozen(signal: () => Promise<void>): Promise<void> {
		const [state] = await this.#native.batch([this.frozenOp()]);
		await signal();
		if (this.isFrozen(state)) {
			await this.freeze();
		}
	}

	/** Frozen processes make no new ones, which would be missed. What cannot be frozen is signalled all the same. */
	async #signalFrozen(signal: number): Promise<void> {
		const [state] = await this.#native.batch([this.frozenOp()]);
		const wasFrozen = this.isFrozen(state);
		try {
			await (wasFrozen ? undefined : this.freeze());
		} catch (error) {
			if (!(error instanceof CtnError)) {
				throw error;
			}
		}

		await this.#signalAll(signal);
		if (wasFrozen && signal !== signals.SIGKILL) {
			await this.freeze(); // cgroup2 lets go of each for the moment in which it takes the signal
			return;
		}

		await this.#native.batch([this.#freezerOp(false, 'any')]); // v1 lets nobody die who is frozen
	}

	async #signalAll(signal: number): Promise<void> {
		const pids = await this.pids();
		const pidfds = await this.#native.batch(pids.map(pid => ({op: 'pidfd_open', pid, okErrno: 'any'})));
		// Only those that are still in it: a pid may have become somebody else's before it was opened
		const still = new Set(await this.pids());
		await this.#native.batch(pidfds.flatMap((pidfd, index): HostOp[] => typeof pidfd !== 'number' || pidfd < 0 ? [] : [
			...(still.has(pids[index]!) ? [{op: 'pidfd_signal', pidfd: pidfd as never, signal, okErrno: 'any'} as const] : []),
			{op: 'close', fd: pidfd as never, okErrno: 'any'},
		]));
	}

	/**
	 * One that others live in would be limited, frozen and killed with the container.
	 *
	 * @throws CtnError `ERR_CGROUP_LAYOUT` if there are processes in it, or it is frozen.
	 */
	async refuseUsed(): Promise<void> {
		const {path} = this.record;
		const lists = await Promise.all(this.directories.map(async directory => this.#pidsIn(directory)));
		const pids = new Set(lists.flat());
		if (pids.size > 0) {
			throw new CtnError('ERR_CGROUP_LAYOUT', `the cgroup ${path} is not empty: it has ${pids.size} process(es)`, {subject: path});
		}

		const [frozen] = await this.#native.batch([this.frozenOp()]);
		if (this.isFrozen(frozen)) {
			throw new CtnError('ERR_CGROUP_LAYOUT', `the cgroup ${path} is frozen`, {subject: path});
		}
	}

	/**
	 * Removes it, with what the container made below. Waits for processes that are still dying.
	 *
	 * @throws CtnError `ERR_NATIVE` with `errno: 'EBUSY'` if somebody lives on in it for 10 s.
	 */
	async remove(): Promise<void> {
		for (let tries = 0; ; tries++) {
			try {
				await this.#native.batch(removeCgroupOps(this.record));
				return;
			} catch (error) {
				if (!isErrno(error, 'EBUSY', 'ENOTEMPTY') || tries > 200) {
					throw error;
				}
			}

			for (const directory of this.directories) {
				const tree = await this.#tree(directory);
				await this.#native.batch(tree.slice(0, -1).map(path => ({op: 'rmdir', path, okErrno: 'any'})));
			}

			await this.#native.sleep(tries < 20 ? 2 : 50);
		}
	}
}
