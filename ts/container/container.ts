// A container: what the public API is about.
import type {Duplex, Readable, Writable} from 'node:stream';
import {Cgroup} from '../cgroups/cgroup.js';
import type {Stats} from '../cgroups/stats.js';
import type {CheckpointOptions, CheckpointResult} from '../checkpoint/dump.js';
import type {MigrateOptions, MigrateResult} from '../checkpoint/migrate.js';
import type {PreDumpOptions} from '../checkpoint/pre-dump.js';
import type {CheckpointEvent} from '../checkpoint/progress.js';
import {CtnError, isErrno} from '../errors.js';
import {parseSignal, signals, type Signal} from '../linux/signals.js';
import type {NetworkStatus} from '../network/cni-plan.js';
import type {LazyPages} from '../pager/pager.js';
import type {Resources, ValidConfig} from '../oci/config.js';
import type {Status} from '../oci/state.js';
import {validateProcess} from '../oci/validate/index.js';
import type {SavedContainer} from '../state/record.js';
import {takeTerminal} from './console.js';
import {containerState, type ContainerState} from './container-state.js';
import type {Context} from './context.js';
import {deleteContainer, withRemoval} from './delete.js';
import {containerEvents, type ContainerEvent, type EventsOptions} from './events.js';
import {execInContainer, type ExecOptions} from './exec.js';
import {keptBy} from './kept.js';
import {checkpointContainer, migrateContainer, type Leaving} from './leave.js';
import {Operation} from './operation.js';
import {noStreams, Process, type ExitStatus} from './process.js';
import {startContainer} from './start.js';
import {computeStatus, openProcess, statusError} from './status.js';
import {openStdio} from './stdio.js';
import {containerStats} from './stats.js';
import {updateContainer, type UpdateOptions} from './update.js';

/** One that is joined by its path is another's: it does not end with this container's init. */
const hasPidNamespace = ({linux}: SavedContainer['config']): boolean => Boolean(linux.namespaces?.some(({type, path}) => type === 'pid' && !path));

/** A container of a Runtime, made by this program or loaded. */
export class Container {
	readonly id: string;
	readonly #context: Context;
	#saved: SavedContainer;
	/** Of init; made at the first need for a container that was loaded. */
	#init: Process | undefined;

	/** Not for callers: Runtime makes containers. */
	constructor(context: Context, saved: SavedContainer, init?: Process,
		/** Memory that is still on its way to a container that was restored with `lazyPages`; undefined for all others. */
		readonly lazyPages?: LazyPages) {
		this.id = saved.record.id;
		this.#context = context;
		this.#saved = saved;
		this.#init = init;
	}

	/** Of init, in the pid namespace of this program. */
	get pid(): number {
		return this.#saved.record.pid;
	}

	/** The config.json that it was made with, checked. */
	get config(): ValidConfig {
		return this.#saved.config;
	}

	/** Processes get into its cgroup by a user's own systemd only: exec needs a runtime with `cgroupDriver: 'systemd'`. */
	get needsSystemd(): boolean {
		return this.#saved.record.cgroup.attach === true;
	}

	/** Absolute path of the bundle. */
	get bundle(): string {
		return this.#saved.record.bundle;
	}

	/** Addresses that the create option `cni` brought, as podman's `network.status` has them. */
	get network(): NetworkStatus {
		return this.#saved.record.cni?.status ?? {};
	}

	/** What was asked to be a `pipe` at create or restore; null otherwise, and after a load. */
	get stdin(): Writable | null {
		return this.#init?.stdin ?? null;
	}

	get stdout(): Readable | null {
		return this.#init?.stdout ?? null;
	}

	get stderr(): Readable | null {
		return this.#init?.stderr ?? null;
	}

	/** Both directions of the terminal of a container with `process.terminal`. */
	get terminal(): Duplex | null {
		return this.#init?.terminal ?? null;
	}

	/** created, running, paused or stopped: asked of the kernel at every call. */
	async status(): Promise<Status> {
		if (this.#init?.ended) {
			return 'stopped';
		}

		return computeStatus(this.#context.native, this.#saved.record, this.#directory);
	}

	/**
	 * The OCI state.
	 *
	 * @see OCI runtime-spec, runtime.md#state
	 */
	async state(): Promise<ContainerState> {
		return containerState(this.#saved, await this.status());
	}

	/**
	 * Lets the user's program begin. Resolves when it was executed; with the create option `notifySocket`,
	 * when it has said READY=1 and that was passed on, or has ended.
	 *
	 * @param options `mainPid`: whom the service manager is told to be its main process. Default: init.
	 * @throws CtnError `ERR_CONTAINER_STATUS` if the container is not `created`.
	 * @throws CtnError `ERR_COMMAND_NOT_EXECUTABLE`, `ERR_INIT_STEP` if the program cannot be executed
	 * after all; the container is stopped then.
	 * @throws CtnError `ERR_HOOK_FAILED` if a startContainer or poststart hook failed; it is stopped then, too.
	 */
	async start(options: {readonly mainPid?: number} = {}): Promise<void> {
		await startContainer(this.#context, {
			saved: this.#saved,
			refusal: async (status?: Status) => statusError('start', this.id, ['created'], status ?? await this.status()),
			init: async () => this.#process(),
			mainPid: options.mainPid,
		});
	}

	/**
	 * Runs a further program in the container. Resolves when it was executed.
	 *
	 * What is not given comes from the container's own `process`: environment, cwd, user,
	 * capabilities, limits.
	 *
	 * @throws CtnError `ERR_CONTAINER_STATUS` if the container is stopped or paused;
	 * `ERR_COMMAND_NOT_FOUND`, `ERR_COMMAND_NOT_EXECUTABLE`, `ERR_CONFIG_INVALID`, `ERR_INIT_STEP`.
	 */
	async exec(options: ExecOptions): Promise<Process> {
		const {stdio = 'ignore', consoleSocket, fds, listenFds, preserveFds, cgroup, ignorePaused, ...given} = options;
		const refuse = async (): Promise<Status> => this.#mustBe('exec in', ['running', 'created', ...(ignorePaused ? ['paused'] as const : [])]);
		await (this.pid === 0 ? refuse() : undefined); // Nothing is known of it, or not yet
		const kept = keptBy({...(fds && {fds}), ...(listenFds && {listenFds}), ...(preserveFds && {preserveFds})});
		const base = this.#saved.config.process;
		const {apparmor, selinux, devNull} = await this.#context.machine();
		const process = validateProcess({...base, terminal: false, ...given}, 'process', {apparmor, selinux, warn: this.#context.warn});
		const {native} = this.#context;
		const opened = openStdio(native, process.terminal ? 'ignore' : stdio, devNull);
		const started = await execInContainer(this.#context, {
			saved: this.#saved, process, stdio: opened, kept, cgroup,
			guards: ignorePaused ? [] : this.#cgroup.thawedOps(), refuse,
		});
		return new Process(native, started.pid, started.pidfd, {...opened, ...takeTerminal(native, started.terminal, consoleSocket)});
	}

	/**
	 * Resolves when init has ended: exit code, or name of the signal.
	 *
	 * A container that another program made ends with both null: its exit code is told to its parent alone.
	 */
	async wait(): Promise<ExitStatus> {
		const init = await this.#process();
		if (!init) {
			return {code: null, signal: null};
		}

		this.#saved = withRemoval(this.#context.store, this.#saved);
		return init.wait();
	}

	/**
	 * Sends a signal to init, by pidfd: never to another process that was given its pid.
	 *
	 * SIGKILL to init ends every process of the container: the kernel sees to that in a pid namespace,
	 * and without one of its own the whole cgroup is killed.
	 *
	 * @param signal Name or Linux number. Default: `SIGTERM`.
	 * @param options `all`: to every process of the container, of which init may have ended. Those that
	 * a process makes meanwhile get it, too.
	 * @throws CtnError `ERR_CONTAINER_NOT_RUNNING` if init has ended; `ERR_ARGUMENT` for no such signal.
	 * @see OCI runtime-spec, runtime.md#kill; pidfd_send_signal(2)
	 */
	async kill(signal: Signal = 'SIGTERM', options: {readonly all?: boolean} = {}): Promise<void> {
		const number = parseSignal(signal);
		if (options.all) {
			await this.#cgroup.signal(number);
			return;
		}

		await (number === signals.SIGKILL ? this.#signal(number) : this.#cgroup.keepFrozen(async () => this.#signal(number)));
		if (number === signals.SIGKILL && !hasPidNamespace(this.#saved.config)) {
			await this.#cgroup.kill();
		}
	}

	/** Sets the window size of the container's terminal. Throws as Process.resize(). */
	resize(size: {readonly rows: number; readonly columns: number}): void {
		if (!this.#init) {
			throw new CtnError('ERR_ARGUMENT', `container ${this.id} has no terminal of this program`, {subject: 'terminal'});
		}

		this.#init.resize(size);
	}

	/**
	 * Freezes every process of the container. Resolves when all stand still.
	 *
	 * @throws CtnError `ERR_CONTAINER_STATUS` if it is not running (or created).
	 */
	async pause(): Promise<void> {
		await this.#mustBe('pause', ['running', 'created']);

		await this.#cgroup.freeze();
	}

	/**
	 * Lets a paused container go on.
	 *
	 * @throws CtnError `ERR_CONTAINER_STATUS` if it is not paused.
	 */
	async resume(): Promise<void> {
		await this.#mustBe('resume', ['paused']);

		await this.#cgroup.thaw();
	}

	/** Pids of all processes of the container, in the pid namespace of this program, ascending. */
	async processes(): Promise<number[]> {
		return this.#cgroup.pids();
	}

	/**
	 * Sets new limits, and saves them with the container. What is not given stays; device rules are
	 * left out, as they are fixed when the container is made.
	 *
	 * All or nothing: when the kernel refuses one limit, those before it are written back.
	 *
	 * @param resources `linux.resources` of config.json.
	 * @param options `intelRdt`: other schemata, as in `linux.intelRdt` of config.json.
	 * @throws CtnError `ERR_CONTAINER_STATUS` if it is stopped; `ERR_CGROUP_LIMIT`, whose `subject` is
	 * the limit; `ERR_CGROUP_LAYOUT`, `ERR_CONFIG_INVALID`.
	 */
	async update(resources: Resources, options: UpdateOptions = {}): Promise<void> {
		await this.#mustBe('update', ['created', 'running', 'paused']);

		this.#saved = await updateContainer(this.#context, this.#saved, resources, options);
	}

	/**
	 * What the container uses, from its cgroup.
	 *
	 * @throws CtnError `ERR_CONTAINER_STATUS` if it is stopped.
	 */
	async stats(): Promise<Stats> {
		await this.#mustBe('read statistics of', ['created', 'running', 'paused']);

		return containerStats(this.#context.native, this.#saved);
	}

	/**
	 * What happens to the container, as it happens: memory that runs out or short, and statistics.
	 *
	 * `for await (const event of container.events())` ends when init does, or by `signal`. Nothing is
	 * asked for in between: the kernel tells.
	 *
	 * @throws CtnError `ERR_ARGUMENT`; while it iterates `ERR_NATIVE`.
	 */
	events(options: EventsOptions = {}): AsyncIterableIterator<ContainerEvent> {
		return containerEvents(this.#context.native, {record: this.#saved.record, stats: async () => this.stats()}, options);
	}

	/**
	 * Freezes the container to disk, with CRIU.
	 *
	 * Unless `leaveRunning`, the container is gone when this resolves: `Runtime.restore()` brings it
	 * back, under this id or another. When it fails, the container runs on and no images are left.
	 *
	 * Iterate over what it returns to hear how far it is, or just wait for it.
	 *
	 * @throws CtnError `ERR_CONTAINER_STATUS` if it is neither running nor paused, or being checkpointed already; `ERR_CHECKPOINT_UNSUPPORTED`,
	 * `ERR_CHECKPOINT_IMAGES`, `ERR_CRIU_FAILED`, `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`, `ERR_ARGUMENT`.
	 */
	checkpoint(options: CheckpointOptions): Operation<CheckpointResult, CheckpointEvent> {
		return new Operation(async emit => checkpointContainer(this.#context, await this.#leaving('checkpoint', emit), options));
	}

	/**
	 * Moves the container to where `Runtime.receive()` asks for it, with its memory after it; until then, and if that fails, it runs on here.
	 *
	 * @throws CtnError `ERR_MIGRATION`, `ERR_LAZY_PAGES`, and those of checkpoint().
	 */
	migrate(options: MigrateOptions): Operation<MigrateResult, CheckpointEvent> {
		return new Operation(async emit => migrateContainer(this.#context, await this.#leaving('migrate', emit), options));
	}

	/**
	 * Writes the memory of the container to disk while it runs on: a checkpoint, or another preDump(), that
	 * names these images as its `parentImg` writes only what has changed since. There can be any number.
	 *
	 * @throws CtnError as checkpoint(), and `ERR_CHECKPOINT_UNSUPPORTED` without CONFIG_MEM_SOFT_DIRTY.
	 */
	async preDump(options: PreDumpOptions): Promise<CheckpointResult> {
		await this.#mustBe('pre-dump', ['running', 'paused']);

		const {preDumpContainer} = await import('../checkpoint/pre-dump.js');
		return preDumpContainer(this.#context, this.#saved, options);
	}

	/**
	 * Removes the container: cgroup and state. Its bundle stays. Then its poststop hooks run.
	 *
	 * @param options `force` ends every process first, and removes what a crash left.
	 * @throws CtnError `ERR_CONTAINER_STATUS` if it is running or paused, without `force`.
	 * @throws CtnError `ERR_HOOK_FAILED` if a poststop hook failed; the container is gone all the same. `ERR_CNI`: its processes
	 * are gone, and it can be deleted again; with `force` all is gone, and that is a warning.
	 */
	async delete(options: {readonly force?: boolean} = {}): Promise<void> {
		const status = this.#init?.ended ? 'stopped' : await this.status();
		if (!options.force && (status === 'running' || status === 'paused')) {
			throw statusError('delete', this.id, ['stopped', 'created'], status);
		}

		const init = this.#cgroup.directories.length === 0 ? await this.#process() : this.#init; // Then there is but init to be killed
		await deleteContainer(this.#context, this.#saved, status, init, options.force);
	}

	async #leaving(verb: string, emit: Leaving['emit']): Promise<Leaving> {
		await this.#mustBe(verb, ['running', 'paused']);

		return {saved: this.#saved, init: await this.#process(), emit};
	}

	get #directory(): string {
		return this.#context.store.directory(this.id);
	}

	get #cgroup(): Cgroup {
		return new Cgroup(this.#context.native, this.#saved.record.cgroup);
	}

	/** To init. Of one that was loaded nothing is kept open: only who waits needs that. */
	async #signal(number: number): Promise<void> {
		const {native} = this.#context;
		const gone = (cause?: unknown) => new CtnError('ERR_CONTAINER_NOT_RUNNING', `container ${this.id} is not running`, {cause, subject: this.id});
		const pidfd = this.#init ? undefined : await openProcess(native, this.#saved.record);
		if (!this.#init && pidfd === undefined) {
			throw gone();
		}

		try {
			await (pidfd === undefined ? this.#init!.kill(number) : native.pidfdSendSignal(pidfd, number));
		} catch (error) {
			throw isErrno(error, 'ESRCH') || (error instanceof CtnError && error.code === 'ERR_CONTAINER_NOT_RUNNING') ? gone(error) : error;
		} finally {
			if (pidfd !== undefined) {
				native.close(pidfd);
			}
		}
	}

	/** init as a process that can be waited for and signalled; undefined if it is gone. */
	async #process(): Promise<Process | undefined> {
		if (this.#init) {
			return this.#init;
		}

		const {native} = this.#context;
		const pidfd = await openProcess(native, this.#saved.record);
		if (pidfd !== undefined && this.#init) {
			native.close(pidfd); // Another call was faster
		} else if (pidfd !== undefined) {
			this.#init = new Process(native, this.pid, pidfd, noStreams);
		}

		return this.#init;
	}

	async #mustBe(verb: string, wanted: readonly Status[]): Promise<Status> {
		const status = await this.status();
		if (wanted.includes(status)) {
			return status;
		}

		throw statusError(verb, this.id, wanted, status);
	}
}
