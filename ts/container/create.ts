// create: from a checked config to an init that waits before the user's program.
import {Cgroup} from '../cgroups/cgroup.js';
import {explainCgroup} from '../cgroups/explain.js';
import type {CgroupPlan} from '../cgroups/plan.js';
import {removeRdtOps} from '../cgroups/rdt.js';
import {CtnError, isErrno} from '../errors.js';
import {mapText} from '../launch/bind.js';
import {rootfsPath} from '../launch/build.js';
import type {LaunchFacts} from '../launch/launch.js';
import {planRlimits} from '../launch/process.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {HostOp} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {aboutChild, type Child} from '../plan/child.js';
import {wire} from '../plan/wire.gen.js';
import type {SavedContainer, StateRecord} from '../state/record.js';
import {existsError, type StateStore} from '../state/store.js';
import {CniNetworks} from '../network/cni.js';
import type {CniRecord} from '../network/cni-plan.js';
import type {Network, Route} from '../network/networks.js';
import {dropTaken, withoutMade, type Taken} from './pool.js';
import {removeLinksOps} from '../network/plan.js';
import type {NetworkAhead} from './network-ahead.js';
import type {Context} from './context.js';
import {prepareFilter} from './filter.js';
import {runCreateHooks, runPoststop, type HookFacts} from './hooks.js';
import {cgroupOps, createdOps, draftOf, oomOps, saveOps, type Draft} from './draft.js';
import {keptError, type Kept} from './kept.js';
import type {Machine} from './machine.js';
import {affordableCgroup, mapRootless, mapsOnlyItself, rootlessError} from './rootless.js';
import type {Prepared} from './recipes.js';
import {spawnInit, type Started} from './spawn.js';
import type {Stdio} from './stdio.js';
import {attachToUnit, inUnit, isPrepared, isUnitFailure, planContainerCgroup} from './unit.js';
import {planHostMounts, removeHostMounts} from './host-mounts.js';
import {lookAround} from './surroundings.js';

export interface CreateRequest {
	readonly id: string;
	readonly bundle: string;
	readonly config: ValidConfig;
	readonly stdio: Stdio;
	readonly kept: Kept;
	/** Do without pivot_root. */
	readonly noPivot?: boolean;
	readonly networks?: readonly Network[];
	readonly routes?: readonly Route[];
	readonly cni?: CniRecord | undefined;
	readonly noNewKeyring?: boolean | undefined;
	readonly notifySocket?: string | undefined;
	/** The program runs when this is done; see runsAtOnce(). */
	readonly runs?: boolean;
	/** A network namespace that may be of use to it. */
	readonly network?: NetworkAhead | undefined;
	/** What config.json was when it was last read: if it is not any more, create fails with isChanged() and has done nothing. */
	readonly recalled?: Uint8Array | undefined;
}

export interface Created {
	readonly record: StateRecord;
	readonly removal?: SavedContainer['removal'];
	readonly started: Started;
}

/** What only a process outside of a new user namespace can give to the one inside. */
const mapOps = (pid: number, config: ValidConfig): HostOp[] => [
	{op: 'write', path: `/proc/${pid}/uid_map`, data: encodeUtf8(mapText(config.linux.uidMappings)), flags: 0, mode: 0},
	{op: 'write', path: `/proc/${pid}/gid_map`, data: encodeUtf8(mapText(config.linux.gidMappings)), flags: 0, mode: 0},
];

/** Those that root of a user namespace may not raise. */
const limitOps = (pid: number, config: ValidConfig): HostOp[] =>
	planRlimits(config.process).flatMap((step): HostOp[] => step.op === 'rlimit' ? [{op: 'prlimit', pid, resource: step.resource, soft: step.soft, hard: step.hard}] : []);

const isMount = ({syscall}: CtnError): boolean => syscall === 'bind_tree' || syscall === 'open_tree';

/** The one who reads it knows which line of config.json to look at. */
const explain = (error: unknown, {id, bundle, config}: CreateRequest, store: StateStore): unknown => {
	const root = rootfsPath(config, bundle);
	if (error instanceof CtnError && error.code === 'ERR_INIT_STEP' && error.syscall === 'tree' && isErrno(error, 'ENOENT', 'ENOTDIR')) {
		return error.subject === root
			? new CtnError('ERR_ROOTFS_NOT_FOUND', `the root filesystem ${root} does not exist`, {cause: error, errno: error.errno, subject: root})
			: new CtnError('ERR_CONFIG_INVALID', `config.json: the bind mount source ${error.subject!} does not exist`, {cause: error, errno: error.errno, subject: error.subject});
	}

	if (error instanceof CtnError && error.code === 'ERR_INIT_STEP' && error.syscall === 'root' && isErrno(error, 'EINVAL', 'ENOTDIR')) {
		return new CtnError('ERR_ROOTFS_NOT_FOUND', `the root filesystem ${root} is not a directory`, {cause: error, errno: error.errno, subject: root});
	}

	if (!(error instanceof CtnError) || error.code !== 'ERR_NATIVE') {
		return error;
	}

	if ((error.syscall === 'open_tree' || error.syscall === 'open') && error.subject === root && isErrno(error, 'ENOENT', 'ENOTDIR')) {
		return new CtnError('ERR_ROOTFS_NOT_FOUND', `the root filesystem ${root} does not exist`, {cause: error, errno: error.errno, subject: root});
	}

	if (isMount(error) && isErrno(error, 'ENOENT')) {
		return new CtnError('ERR_CONFIG_INVALID', `config.json: the bind mount source ${error.subject!} does not exist`, {cause: error, errno: error.errno, subject: error.subject});
	}

	if (isMount(error) && isErrno(error, 'EPERM')) {
		return new CtnError('ERR_CONFIG_INVALID', `config.json: the bind mount of ${error.subject!} was refused: EPERM`, {
			cause: error, errno: error.errno, subject: error.subject,
			cure: 'its options must not clear what a user namespace has locked: ro, nosuid, nodev, noexec, the access time',
		});
	}

	if (error.syscall === 'write' && error.subject?.endsWith('/oom_score_adj')) {
		return new CtnError('ERR_CONFIG_INVALID', `config.json: process.oomScoreAdj ${config.process.oomScoreAdj!} was refused: ${error.errno!}`, {
			cause: error, errno: error.errno, subject: 'process.oomScoreAdj', cure: 'lowering it needs CAP_SYS_RESOURCE',
		});
	}

	return existsError(keptError(rootlessError(error)), id, store.directory(id));
};

/** config.json is not what was recalled. */
export const isChanged = (error: unknown): boolean => error instanceof CtnError && error.syscall === 'same';

/**
 * True if nobody has anything to do between create and start: then run() need not stop there, and init
 * has no start socket. Hooks, agents, service managers and consoles are to find a container that waits.
 */
export const runsAtOnce = ({hooks = {}, process, linux}: ValidConfig, notifySocket: string | undefined): boolean =>
	Object.keys(hooks).length === 0 && !process.terminal && linux.seccomp?.listenerPath === undefined && notifySocket === undefined;

/** The parts of one create, so that each can see what the others made. */
class Creation {
	readonly #context: Context;
	readonly #request: CreateRequest;
	readonly #machine: Machine;
	readonly #prepared: Prepared | undefined;
	readonly #makeDraft: () => Draft;
	#made: Draft | undefined;
	/** Those of CNI, from their first ADD. */
	#cni: CniNetworks | undefined;
	#record: StateRecord;
	#isSpawned = false;
	/** Hooks were begun: those of poststop undo what they did. */
	#isHooked = false;

	/** @param prepared What comes of the draft, which is only made then if something fails. */
	constructor(context: Context, request: CreateRequest, machine: Machine, draft: () => Draft, prepared?: Prepared) {
		this.#context = context;
		this.#machine = machine;
		this.#request = request;
		this.#makeDraft = draft;
		this.#prepared = prepared;
		this.#record = prepared?.record ?? this.#draft.record;
	}

	get #draft(): Draft {
		this.#made ??= this.#makeDraft();
		return this.#made;
	}

	get #plan(): CgroupPlan {
		return this.#draft.plan;
	}

	get #cgroup(): Cgroup {
		return new Cgroup(this.#context.native, this.#record.cgroup);
	}

	async run(): Promise<Created> {
		const {native, store} = this.#context;
		try {
			return {started: await this.#start(), record: this.#record, removal: this.#prepared?.removal};
		} catch (error) {
			if (isChanged(error)) {
				throw error; // Nothing was done
			}

			const reason = await explainCgroup(native, error, this.#plan);
			if (!await this.#undo(error)) {
				throw explain(reason, this.#request, store);
			}
		}

		return {started: await this.#start(), record: this.#record}; // Without the empty cgroup that somebody left
	}

	/** The state first, so that whatever comes after can be found; then the cgroup, then what init is given. */
	async #start(): Promise<Started> {
		const {native, store} = this.#context;
		const save = (): HostOp[] => saveOps(store, this.#request, this.#record);
		const make = (): HostOp[] => cgroupOps(this.#draft);
		if (this.#prepared || !isPrepared(this.#plan)) {
			return this.#spawn(() => [...save(), ...make()]);
		}

		await native.batch(save());
		return inUnit(this.#context, this.#machine, this.#plan, async () => this.#spawn(make));
	}

	/** @param first What is to be done before anything that init is given is opened. */
	async #spawn(first: () => readonly HostOp[]): Promise<Started> {
		const {native, store} = this.#context;
		const {id, config, stdio, runs = false} = this.#request;
		const started = await spawnInit(native, {
			id,
			program: config.process.args[0]!,
			first,
			before: () => this.#draft.launch.descriptors,
			shape: () => this.#prepared?.shape ?? this.#draft.launch,
			steps: () => this.#draft.launch.steps,
			encoded: this.#prepared?.encoded,
			waits: !runs,
			stdio: stdio.child,
			created: () => createdOps(store, this.#request, this.#machine, this.#record),
			onSpawned: () => {
				this.#isSpawned = true;
			},
			onSync: async (point, child, died) => this.#onSync(point, child, died),
			hooks: config.hooks?.createContainer,
		});
		this.#record = {...this.#record, pid: started.pid, startTime: started.startTime, stdio: JSON.parse(started.stdio) as StateRecord['stdio']};
		return started;
	}

	/**
	 * Takes away what was made, after a failure; init is dead by then.
	 *
	 * @returns True if it is worth another try: the cgroup was there, but nobody in it.
	 */
	async #undo(error: unknown): Promise<boolean> {
		const {native, store} = this.#context;
		const {id} = this.#request;
		const {subject, syscall} = error as Partial<CtnError>;
		const isAt = (path: string): boolean => subject === path || Boolean(subject?.startsWith(`${path}/`));
		if (syscall === 'mkdir' && subject !== undefined && `${store.directory(id)}/`.startsWith(`${subject}/`)) {
			return false; // Nothing was made: if there is something, it is another's
		}

		const wasThere = isErrno(error, 'EEXIST') && this.#cgroup.directories.includes(subject ?? '');
		try {
			if (wasThere) {
				await this.#cgroup.refuseUsed();
			}

			if (this.#isHooked) {
				await this.#cgroup.kill(); // A hook of createContainer may have left something running
			}

			await removeHostMounts(native, this.#record.hostMounts);
			// A record that could not be written is older than the cgroup: what is there is not ours
			if (this.#isSpawned || !(isUnitFailure(error) || (isAt(store.root) && (syscall === 'mkdir' || syscall === 'write')))) {
				await this.#cgroup.remove();
			}
		} finally {
			await this.#cni?.detach({force: true}).catch(() => {}); // The first failure is the one to tell
			const removed = await native.batch([...removeLinksOps(this.#draft.network.links), ...removeRdtOps(this.#record.rdt), ...store.removeOps(id)]);
			if (this.#isHooked && removed.at(-1) === 0) {
				await runPoststop(native, this.#hookFacts).catch(() => {}); // The first failure is the one to tell
			}
		}

		return wasThere;
	}

	async #attach(pid: number): Promise<void> {
		const {cni} = this.#record;
		if (cni) {
			this.#cni = new CniNetworks(this.#context.native, this.#record.id, this.#context.store.directory(this.#record.id), cni);
			await this.#cni.attach(pid);
			this.#record = {...this.#record, cni: this.#cni.record};
		}
	}

	get #hookFacts(): HookFacts {
		const {id, bundle, config} = this.#request;
		return {id, bundle, config, devNull: this.#machine.devNull};
	}

	async #onSync(point: number, child: Child, died: () => Promise<unknown>): Promise<void> {
		const {native} = this.#context;
		const {config} = this.#request;
		const {pid} = child;
		switch (point) {
			case wire.sync.cgroup: {
				await attachToUnit(this.#context, this.#plan.record, pid);
				break;
			}

			case wire.sync.mapped: {
				if (this.#machine.uid !== 0) {
					await mapRootless(native, pid, config, this.#machine);
				}

				// Later it may not be looked into, and what tells of it belongs to root
				await native.batch(this.#machine.uid === 0
					? [...mapOps(pid, config), ...limitOps(pid, config)]
					: [...limitOps(pid, config), ...aboutChild(oomOps(config), child)]);
				break;
			}

			case wire.sync.network: {
				await native.batch(this.#draft.network.ops(`/proc/${pid}/ns/net`));
				await this.#attach(pid);
				break;
			}

			case wire.sync.hooks: {
				this.#isHooked = true;
				await runCreateHooks(native, {...this.#hookFacts, pid, died: died()});
			}
		}
	}
}

/**
 * Makes the container. When it fails, nothing of it is left.
 *
 * @throws CtnError `ERR_CONTAINER_EXISTS`, `ERR_ROOTFS_NOT_FOUND`, `ERR_CGROUP_LIMIT`,
 * `ERR_CGROUP_LAYOUT`, `ERR_COMMAND_NOT_FOUND`, `ERR_INIT_STEP`, `ERR_INIT_DIED`, `ERR_NATIVE`.
 */
export const createContainer = async (context: Context, request: CreateRequest): Promise<Created> => {
	const taken = context.pool?.take(request.config) ?? {network: await request.network?.take(), cgroup: undefined};
	let isMade = false;
	try {
		const created = await createWith(context, request, taken);
		isMade = true;
		return created;
	} catch (error) {
		request.stdio.destroy();
		throw error;
	} finally {
		request.stdio.closeChildEnds();
		await dropTaken(context.native, taken, !isMade);
	}
};

const createWith = async (context: Context, request: CreateRequest, taken: Taken): Promise<Created> => {
	const {bundle, config, noPivot = false} = request;
	const {network, cgroup: pooled} = taken;
	const {native, store, recipes} = context;
	const machine = await context.machine();
	const prepared = context.systemd ? undefined : recipes.prepare(request, machine, taken);
	if (prepared) {
		return new Creation(context, request, machine, prepared.draft, prepared).run();
	}

	const facts = {...await lookAround(native, bundle, config, noPivot), networkNamespace: network};
	const hostMounts = await planHostMounts(native, bundle, config);
	const path = pooled?.path ?? config.linux.cgroupsPath;
	const withPath = path === undefined ? config : {...config, linux: {...config.linux, cgroupsPath: path}};
	await prepareFilter(context, config, machine);
	const plan = withoutMade(await planContainerCgroup(context, machine, request.id, withPath), pooled);
	const draft = (cgroup: CgroupPlan, more: Partial<LaunchFacts>): Creation =>
		new Creation(context, request, machine, () => draftOf(store, request, machine, cgroup, {...facts, ...more}, {created: new Date().toISOString(), ...(hostMounts && {hostMounts})}));
	const cgroup = plan.unit || (machine.uid === 0 && !machine.nested) ? plan : await affordableCgroup(native, plan, config);
	return draft(cgroup, machine.uid === 0 ? {noSetGroups: machine.noSetGroups} : {rootless: true, noSetGroups: mapsOnlyItself(machine, config)}).run();
};
