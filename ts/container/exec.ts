// exec: a further process in a container that is there.
import type {CgroupRecord} from '../cgroups/plan.js';
import {besideInit, subCgroup, type SubCgroup} from '../cgroups/sub.js';
import {CtnError, isErrno} from '../errors.js';
import {CLONE_NEWNS, CLONE_NEWTIME, CLONE_NEWUSER, O_PATH} from '../linux/constants.js';
import {namespaces} from '../linux/namespaces.js';
import {Descriptors, type Launch, type LaunchShape} from '../launch/launch.js';
import {planKeyring} from '../launch/labels.js';
import {planProgram, planRlimits, planSurroundings} from '../launch/process.js';
import {affinityStep} from '../launch/scheduling.js';
import {planStdio, type NullStdio} from '../launch/stdio.js';
import type {EncodedSpawn, HostOp} from '../native/native.js';
import type {Process as ProcessConfig, ValidConfig, ValidProcess} from '../oci/config.js';
import {toJson} from '../oci/json.js';
import {stateOf, type Status} from '../oci/state.js';
import {encodeBatch, encodePlan} from '../plan/encode.js';
import {wire, type Step} from '../plan/wire.gen.js';
import {seccompFilter} from '../seccomp/cache.js';
import type {SavedContainer, StateRecord} from '../state/record.js';
import type {Context} from './context.js';
import {prepareFilter} from './filter.js';
import {keep, keptError, type Kept, type KeepOptions} from './kept.js';
import {connectAgent, type Agent} from './notify.js';
import {Repeated} from './repeated.js';
import {spawnInit, type Started} from './spawn.js';
import type {Stdio, StdioOption} from './stdio.js';
import {attachToUnit} from './unit.js';

/** What `exec` runs: an OCI `process`, of which only `args` must be given. */
export interface ExecOptions extends Partial<ProcessConfig>, KeepOptions {
	readonly args: readonly string[];
	/** Default: `ignore`. With `terminal: true` there is a pty instead. */
	readonly stdio?: StdioOption;
	/** As at create. */
	readonly consoleSocket?: number;
	/** A cgroup that is there below the container's: a path, or on v1 one for each controller. Default: the container's. */
	readonly cgroup?: SubCgroup;
	readonly ignorePaused?: boolean; // In a paused container the program begins when that goes on. Default: false
}

export interface ExecRequest {
	readonly saved: SavedContainer;
	readonly process: ValidProcess;
	readonly stdio: Stdio;
	readonly kept: Kept;
	/** Below the container's own. */
	readonly cgroup?: SubCgroup | undefined;
	/** They fail if the container is not as exec needs it. */
	readonly guards: readonly HostOp[];
	/** What it is; throws what is wrong with the container, if that is it. Asked when something failed. */
	readonly refuse: () => Promise<Status>;
}

/** Those that the container has for itself. A restored one has clocks of its own, too. */
const namespaceFlags = ({record, config}: SavedContainer): bigint => {
	const own = (config.linux.namespaces ?? []).map(({type}) => namespaces[type].flag);
	return own.reduce((flags, flag) => flags | flag, record.restored ? CLONE_NEWTIME : 0n);
};

interface ExecFacts {
	readonly capabilities: bigint;
	readonly arch: 'x64' | 'arm64';
	readonly nulls: NullStdio;
}

/**
 * Joins the cgroup as itself, then all namespaces at once by the pidfd of the container's init, then
 * forks: only a child is in the pid namespace. What joins shares no memory with this program.
 */
const buildExec = (saved: SavedContainer, process: ValidProcess, facts: ExecFacts): Launch => {
	const {record, config} = saved;
	const descriptors = new Descriptors();
	const join = [...new Set(Object.values(record.cgroup.v1))].map((directory): Step =>
		({op: 'cgroup_join', tasks: descriptors.add({op: 'open', path: `${directory}/tasks`, flags: 1, mode: 0})}));
	const {initial, final} = process.execCPUAffinity ?? {};
	const {unified, attach} = record.cgroup;
	const intoCgroup = unified === undefined || attach || initial !== undefined ? undefined : descriptors.ops.length;
	if (attach) {
		join.push({op: 'sync', point: wire.sync.cgroup});
	} else if (unified !== undefined && initial !== undefined) {
		// A clone would be in it before it could have other CPUs
		join.push({op: 'cgroup_join', tasks: descriptors.add({op: 'open', path: `${unified}/cgroup.procs`, flags: 1, mode: 0})});
	} else if (unified !== undefined) {
		descriptors.add({op: 'open', path: unified, flags: 0, mode: 0});
	}

	const init = descriptors.add({op: 'pidfd_open', pid: record.pid});
	const flags = namespaceFlags(saved);
	// Without a mount namespace its root is a directory of the host
	const root = (flags & CLONE_NEWNS) === 0n ? descriptors.add({op: 'open', path: `/proc/${record.pid}/root`, flags: O_PATH, mode: 0}) : undefined;
	const inUser = (flags & CLONE_NEWUSER) !== 0n;
	return {
		flags: 0n,
		descriptors: descriptors.ops,
		intoCgroup,
		steps: [
			...(initial === undefined ? [] : [affinityStep(initial)]),
			...join,
			affinityStep(final),
			{op: 'undumpable'},
			// What a user namespace may not raise is set before it is joined
			...(inUser ? planRlimits(process) : []),
			{op: 'setns', ns: init, types: Number(flags)},
			...(inUser ? [{op: 'map_root', drop_groups: record.noSetGroups ? 0 : 1} as const] : []),
			{op: 'fork'},
			{op: 'setsid'},
			...(record.noNewKeyring ? [] : planKeyring(record.id, inUser, process)),
			...(root === undefined ? [] : [{op: 'root_directory', directory: root}, {op: 'chroot', move: 0}] as const),
			...planStdio(process, facts.nulls, false),
			...(inUser ? [] : planRlimits(process)),
			...planSurroundings(process, config.linux),
			...planProgram(process, {
				capabilities: inUser ? (1n << 63n) - 1n : facts.capabilities,
				seccomp: seccompOf(config, facts.arch),
				setGroups: !record.noSetGroups,
				pause: [],
				skipFds: 0,
				keepFds: 0,
			}),
		],
	};
};

const seccompOf = (config: ValidConfig, arch: 'x64' | 'arm64') =>
	config.linux.seccomp && seccompFilter(config.linux.seccomp, {arch});

/** One that is not there, in words. */
const cgroupError = (error: unknown, {record}: SavedContainer, cgroup: SubCgroup | undefined): unknown => {
	const directories = [...Object.values(record.cgroup.v1), record.cgroup.unified];
	return cgroup !== undefined && isErrno(error, 'ENOENT') && directories.some(directory => directory !== undefined && error.subject?.startsWith(directory))
		? new CtnError('ERR_ARGUMENT', `the container has no cgroup ${JSON.stringify(cgroup)}: ${error.subject!} does not exist`, {cause: error, errno: 'ENOENT', subject: 'cgroup'})
		: error;
};

/** One that is run again and again, as a health check is: by container, as saved, and by all that its lists are made of. */
const repeated = new Repeated<StateRecord, {readonly shape: LaunchShape; readonly encoded: EncodedSpawn}>();

interface Attempt extends ExecRequest {
	/** Where the cgroup is that is saved, below the container's. */
	readonly below: string;
	/** init waits for start, with all made; without that, it has to be past its own work: run() tells of it before. */
	readonly isCreated?: boolean;
}

/** Starts it in the cgroup that is saved. The pidfd is opened before the process is looked at: it is that process. */
const execOnce = async (context: Context, {saved, process, stdio, kept, guards, below, isCreated = false}: Attempt, agent: Agent | undefined): Promise<Started> => {
	const {id, pid, startTime, cgroup} = saved.record;
	const machine = await context.machine();
	const {capabilities, arch} = machine;
	await prepareFilter(context, saved.config, machine);
	let built: Launch | undefined;
	const launch = (): Launch => {
		built ??= keep(buildExec(saved, process, {capabilities, arch, nulls: stdio.nulls}), kept);
		return built;
	};

	const before = (): HostOp[] => [...launch().descriptors, {op: 'same_process', pid, start_time: BigInt(startTime), past_init: isCreated ? 0 : 1}, ...guards];
	const steps = (): readonly Step[] => launch().steps;
	const known = agent !== undefined || kept.fds.length > 0 ? undefined : repeated.get(saved.record, toJson([process, stdio.nulls, guards.length, isCreated]), () =>
		({shape: launch(), encoded: {before: encodeBatch(before()), plan: encodePlan(steps()), after: new Uint8Array(0)}}));
	return spawnInit(context.native, {
		id,
		program: process.args[0]!,
		shape: () => known?.shape ?? launch(),
		steps,
		encoded: known?.encoded,
		waits: false,
		stdio: stdio.child,
		onSync: async (_, child) => attachToUnit(context, cgroup, child.pid, below),
		handOver: agent?.handOver,
		before,
	});
};

/** How often a container is looked at that is being started: for a second, as a busy machine may need. */
const mostLooks = 500;

/** The same, if the container is as it has to be; that is looked at no earlier. */
const execGuarded = async (context: Context, request: Attempt, agent: Agent | undefined, looks = 0): Promise<Started> => {
	try {
		return await execOnce(context, request, agent);
	} catch (error) {
		if (!(error instanceof CtnError) || error.code !== 'ERR_NATIVE') {
			throw error;
		}

		const status = await request.refuse();
		if (error.syscall === 'same') {
			return execGuarded(context, {...request, guards: []}, agent, looks); // It was paused only for that moment, or has no such file
		}

		const isStarting = error.syscall === 'same_process' && error.errno === 'EAGAIN';
		if (isStarting && !request.isCreated && looks < mostLooks) {
			if (status !== 'created') {
				await context.native.sleep(2);
			}

			return execGuarded(context, {...request, isCreated: status === 'created'}, agent, looks + 1);
		}

		const {id} = request.saved.record;
		throw error.syscall === 'same_process' ? new CtnError('ERR_CONTAINER_NOT_RUNNING', `container ${id} is not ${isStarting ? 'past its start' : 'running'}`, {cause: error, subject: id}) : error;
	}
};

/** cgroup2 takes no process where controllers are handed out, as a systemd in the container does. */
const isRefusedByCgroup = (error: unknown): boolean =>
	isErrno(error, 'EBUSY') && ['clone3', 'cgroup_join', 'AttachProcessesToUnit'].includes(error.syscall ?? '');

const belowOf = ({record}: SavedContainer, {unified}: CgroupRecord): string => (unified ?? '').slice(record.cgroup.unified?.length ?? 0);

export const execInContainer = async (context: Context, request: ExecRequest): Promise<Started> => {
	const {native} = context;
	const {saved: given, stdio, cgroup} = request;
	let saved = given;
	let agent: Agent | undefined;
	try {
		saved = cgroup === undefined ? given : {...given, record: {...given.record, cgroup: subCgroup(given.record.cgroup, cgroup)}};
		const {id, pid, bundle} = saved.record;
		agent = await connectAgent(native, saved.config, stateOf({id, status: 'running', pid, bundle, annotations: saved.config.annotations}));
		try {
			return await execGuarded(context, {...request, saved, below: belowOf(given, saved.record.cgroup)}, agent);
		} catch (error) {
			const beside = cgroup === undefined && isRefusedByCgroup(error) ? await besideInit(native, saved.record.cgroup, pid, (await context.machine()).cgroups.unified) : undefined;
			if (beside === undefined) {
				throw error;
			}

			const record = {...saved.record, cgroup: beside};
			return await execOnce(context, {...request, guards: [], saved: {...saved, record}, below: belowOf(given, beside)}, agent);
		}
	} catch (error) {
		stdio.destroy();
		throw cgroupError(keptError(error), saved, cgroup);
	} finally {
		agent?.close();
		stdio.closeChildEnds();
	}
};
