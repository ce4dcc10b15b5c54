// Starting ctn-init with a launch, and following its reports: what create and exec share.
import type {LaunchShape} from '../launch/launch.js';
import {parseProcessStat} from '../linux/proc.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {EncodedSpawn, Fd, HostOp, Native, Step} from '../native/native.js';
import {end, ended} from '../native/processes.js';
import {aboutChild, goByte, type Child} from '../plan/child.js';
import {wire} from '../plan/wire.gen.js';
import type {Hook} from '../oci/config.js';
import {initDied, initError} from './init-error.js';
import type {HandOver} from './notify.js';

/** A process that was started, in the hands of whoever started it. */
export interface Started {
	readonly pid: number;
	readonly startTime: number;
	/** JSON; empty without `created`. */
	readonly stdio: string;
	readonly pidfd: Fd;
	/** The pty master, if the launch has a console step. */
	readonly terminal: Fd | undefined;
}

export interface SpawnPlan {
	readonly id: string;
	/** What to do first; nothing of it opens a descriptor. */
	readonly first?: (() => readonly HostOp[]) | undefined;
	/** What to do then; the only ops of it that open something are the descriptors of the launch. */
	readonly before: () => readonly HostOp[];
	/** argv[0], for the error. */
	readonly program: string;
	readonly shape: () => LaunchShape;
	readonly steps: () => readonly Step[];
	/** `first` and `before`, `steps` and `created`, which are not asked for then unless something fails. */
	readonly encoded?: EncodedSpawn | undefined;
	/** It waits for start: nobody follows it further than to `created`. */
	readonly waits: boolean;
	readonly stdio: readonly [Fd, Fd, Fd];
	/**
	 * Called at each other sync point, with init waiting: it goes on when this resolves. `died()` resolves
	 * if init dies meanwhile.
	 */
	readonly onSync?: (point: number, child: Child, died: () => Promise<unknown>) => Promise<void>;
	/** What is done at the sync point `created`: on the worker that started it if nobody is asked before, and then only once. It lets init go. */
	readonly created?: () => readonly HostOp[];
	/** It is there: a failure from here on leaves something to be undone. */
	readonly onSpawned?: () => void;
	/** Takes the notify descriptor of its filter. */
	readonly handOver?: HandOver | undefined;
	/** Hooks that init runs before it is done, for the error. */
	readonly hooks?: readonly Hook[] | undefined;
}

/** Follows init until it runs its program, or waits for start. */
class Follower {
	readonly #native: Native;
	readonly #plan: SpawnPlan;
	readonly #sync: Fd;
	/** Asked for already, to see init die while something else is done. */
	#next: ReturnType<Native['report']> | undefined;
	started: Started;

	constructor(native: Native, plan: SpawnPlan, sync: Fd, started: Started) {
		this.#native = native;
		this.#plan = plan;
		this.#sync = sync;
		this.started = started;
	}

	/** @param isCreated What is done at `created` is done already, whether it has asked or not. */
	async run(isCreated: boolean): Promise<void> {
		for (;;) {
			const {report, fds} = await (this.#next ?? this.#native.report(this.#sync));
			this.#next = undefined;
			switch (report?.kind) {
				case undefined: {
					if (this.#plan.waits) {
						throw initDied(this.#plan.id, await ended(this.#native, this.started.pidfd));
					}

					return; // It runs its program
				}

				case 'error': {
					throw initError(report, this.#plan.program, this.#plan.hooks && {name: 'createContainer', list: this.#plan.hooks});
				}

				case 'fd': {
					if (report.step === 'seccomp') {
						this.#plan.handOver?.(fds[0]!, this.started.pid);
						this.#native.send(this.#sync, goByte);
						break;
					}

					this.started = {...this.started, terminal: fds[0]};
					break;
				}

				case 'child': {
					await this.#adopt(report.pid);
					break;
				}

				case 'sync': {
					const child = {...this.started, sync: this.#sync};
					if (report.point === wire.sync.created && isCreated) {
						break;
					}

					if (report.point === wire.sync.created && this.#plan.created) {
						await this.#native.batch(aboutChild(this.#plan.created(), child));
						if (this.#plan.waits) {
							return;
						}

						break;
					}

					await this.#plan.onSync?.(report.point, child, async () => this.#died());
					this.#native.send(this.#sync, goByte);
				}
			}
		}
	}

	/** While init waits for us it has nothing to say: what comes is its end, or the answer to what we say then. */
	async #died(): Promise<void> {
		this.#next ??= this.#native.report(this.#sync);
		const {report} = await this.#next;
		if (report !== undefined) {
			await new Promise<never>(() => {});
		}
	}

	/** init went on in a child, which is ours, too: this one is over. */
	async #adopt(pid: number): Promise<void> {
		const parent = this.started.pidfd;
		this.started = {...this.started, pid, pidfd: this.#native.pidfdOpen(pid)};
		const over = ended(this.#native, parent);
		try {
			const [stat] = await this.#native.batch([{op: 'read', path: `/proc/${pid}/stat`, max: 4096}]);
			this.started = {...this.started, startTime: parseProcessStat(decodeUtf8(stat as Uint8Array))?.startTime ?? 0};
		} finally {
			await over;
			this.#native.close(parent);
		}
	}
}

/**
 * Spawns and follows. On any failure the process is dead and waited for, and its descriptors are closed.
 */
export const spawnInit = async (native: Native, plan: SpawnPlan): Promise<Started> => {
	const {stdio, encoded, waits} = plan;
	const spawned = await native.spawn({
		get first() {
			return plan.first?.() ?? [];
		},
		get flags() {
			return plan.shape().flags;
		},
		get cgroupOpened() {
			return plan.shape().intoCgroup;
		},
		stdio,
		fds: [],
		encoded,
		get plan() {
			return plan.steps();
		},
		get before() {
			return plan.before();
		},
		get after() {
			return plan.created?.();
		},
		get ahead() {
			return plan.shape().asksOnce;
		},
		follow: !waits,
	});
	plan.onSpawned?.();
	if (spawned.reached === 'program') {
		return {...spawned, terminal: undefined};
	}

	const follower = new Follower(native, plan, spawned.sync, {...spawned, terminal: undefined});
	try {
		if (spawned.failure !== undefined) {
			throw spawned.failure;
		}

		if (spawned.reached === 'start' || (spawned.reached === 'created' && !waits)) {
			await follower.run(spawned.reached === 'created');
		}

		return follower.started;
	} catch (error) {
		const {pidfd, terminal} = follower.started;
		await end(native, pidfd);
		if (terminal !== undefined) {
			native.close(terminal);
		}

		throw error;
	} finally {
		native.close(spawned.sync);
	}
};
