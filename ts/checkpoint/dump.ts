// checkpoint: a running container as images on disk.
import {Cgroup} from '../cgroups/cgroup.js';
import {dump, type Criu} from '../criu/client.js';
import type {CallOff} from '../criu/abort.js';
import type {FindCriu} from '../criu/find.js';
import type {CriuOpts} from '../criu/opts.js';
import {workingCriu, type CriuProbe} from '../criu/probe.js';
import {CtnError} from '../errors.js';
import type {DumpStats} from '../images/stats.js';
import {rootfsPath} from '../launch/build.js';
import {hasNamespace, isNewNamespace} from '../launch/namespaces.js';
import {isAlive, parseProcessStat} from '../linux/proc.js';
import type {Fd, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {cleanPath} from '../oci/paths.js';
import type {MountInfo} from '../linux/mountinfo.js';
import type {SavedContainer} from '../state/record.js';
import type {StateStore} from '../state/store.js';
import {alone} from './alone.js';
import {explainFull, groupOf, prepareDirectory, publishDirectory, removeDirectory, sizeOf} from './directory.js';
import {completeImages} from './complete.js';
import {configFileOf} from './config-file.js';
import {emptyMounts, stillEmpty} from './empty-mounts.js';
import {externalMounts, imageName} from './externals.js';
import {Freeze} from './freeze.js';
import {explainRescue, Guard} from './guard.js';
import {lookAtHost, type HostFacts} from './host.js';
import {inheritedKeys} from './joined.js';
import type {LazyCheckpointOptions, LazyDump} from './lazy-dump.js';
import {lookAtContainer, type ContainerFacts} from './look.js';
import {freeSockets, takeDumpLocksOff} from './network-lock.js';
import {checkParent, parentOpts, requireTracking} from './parent.js';
import {CheckpointProgress, expectBytes, type CheckpointEvent} from './progress.js';
import {devicesOf, refuseUndumpable} from './refuse.js';
import {type CaptureOptions} from './rootfs.js';
import {sealImages} from './seal.js';
import {readDumpStats, removeDumpStats} from './stats.js';
import {tellReady} from './status-fd.js';
import {stdioKeys} from './stdio.js';
import {surroundDump} from './surroundings.js';
import {together} from './together.js';
import {tracking} from './tracked.js';

/** Options of CRIU that a container decides itself. */
type Decided = 'root' | 'freezeCgroup' | 'inheritFd' | 'joinNs' | 'veths' | 'rstSibling' | 'orphanPtsMaster' | 'execCmd' | 'leaveStopped' | 'cgRoot';

export interface CheckpointOptions extends Omit<CriuOpts, Decided | 'lazyPages'>, CaptureOptions {
	/**
	 * Leave memory where it is, for a restore elsewhere to take it while it runs there already. This resolves when
	 * all is there, and until then the container stands still here.
	 *
	 * `true`: CRIU's own server listens at `pageServer`, for `criu lazy-pages`, without any protection. Default: false.
	 */
	readonly lazyPages?: boolean | LazyCheckpointOptions | undefined;
	/**
	 * Directory for the images; made if it is missing, and it must be empty.
	 *
	 * A checkpoint is there as a whole or not at all: it is written beside it and moved there last.
	 */
	readonly imagesDir: string;
	/**
	 * With `lazyPages` it is sent a NUL byte, and closed, when memory can be asked for. A descriptor of this process.
	 *
	 * Source: criu(8) --status-fd.
	 */
	readonly statusFd?: Fd | undefined;
	/** Images that are in `imagesDir` already give way to the new ones, once these are complete. Default: false. */
	readonly replace?: boolean | undefined;
	/** An AbortSignal: calls the checkpoint off. The container runs on and no images are left, unless they were complete already. */
	readonly signal?: CallOff | undefined;
	/** Is told how far it is. What it throws at `frozen`, `dumping` or `dumped` calls the checkpoint off. */
	readonly onProgress?: ((stage: 'frozen' | 'dumping' | 'dumped') => void) | undefined;
	/**
	 * Take a checksum of every file, and have all of it on the disk before `imagesDir` appears: then not even a power
	 * failure leaves half a checkpoint there. Sizes are written down always.
	 *
	 * Default: with `leaveRunning`, as it then keeps nobody waiting.
	 */
	readonly seal?: boolean | undefined;
}

export interface CheckpointResult {
	/** Absolute path of the images. */
	readonly imagesDir: string;
	/** Bytes of all files in it. */
	readonly sizeBytes: number;
	/** CRIU's own figures; microseconds and pages. Undefined with `lazyPages`, of which it has none that are true. */
	readonly stats: DumpStats | undefined;
	/** For how long the container stood still: from the freeze until it ran again, or was gone. Microseconds. */
	readonly downtimeUs: number;
}

export interface CheckpointContext {
	readonly native: Native;
	/** The CRIU to use, or where to look for one. */
	readonly criu: FindCriu;
	readonly store: Pick<StateStore, 'directory'>;
}

/** @throws CtnError `ERR_ARGUMENT` */
export const absoluteImages = (imagesDir: unknown): string => {
	if (typeof imagesDir !== 'string' || !imagesDir.startsWith('/')) {
		throw new CtnError('ERR_ARGUMENT', 'imagesDir must be an absolute path', {subject: 'imagesDir'});
	}

	return cleanPath(imagesDir);
};

/** What config.json says of the network decides what of it is CRIU's business. */
const networkOpts = (config: ValidConfig, facts: ContainerFacts, {tcpEstablished = false}: CheckpointOptions): {opts: CriuOpts; external: string[]; kind: 'own' | 'external' | 'host'} => {
	if (isNewNamespace(config, 'network')) {
		// Without devices nobody outside can reach it. Connections within it need the lock, also at the restore, which has it
		// from the images: what one end has not sent yet it sends as soon as it is back, and finds no other end.
		return {opts: {emptyNs: ['network'], ...(devicesOf(facts).length === 0 && !tcpEstablished && {networkLock: 'skip'})}, external: [], kind: 'own'};
	}

	return hasNamespace(config, 'network')
		? {opts: {}, external: [`net[${facts.namespaces['net']!}]:${inheritedKeys.network}`], kind: 'external'}
		: {opts: {}, external: [], kind: 'host'};
};

/** Of others, who stay in it. */
const pidNamespace = (config: ValidConfig, facts: ContainerFacts): string[] =>
	isNewNamespace(config, 'pid') ? [] : [`pid[${facts.namespaces['pid']!}]:${inheritedKeys.pid}`];

interface Dump {
	readonly criu: Criu;
	readonly probe: CriuProbe;
	readonly directory: string;
	readonly saved: SavedContainer;
	readonly facts: ContainerFacts;
	/** Mounts that have nothing in them. */
	readonly empty: readonly MountInfo[];
	readonly host: HostFacts;
	readonly progress: CheckpointProgress;
	/** Lets the images have the name by which they are looked for. */
	readonly publish: () => Promise<string>;
}

/** Thrown when a mount was not left empty until the freeze. */
const filled = new Error('something was put into an empty mount');

/** What nearly every container needs, unless its owner says otherwise. */
const usualOpts = {
	fileLocks: true,
	linkRemap: true,
	manageCgroupsMode: 'ignore', // They are ours to make again
	orphanPtsMaster: true,
} satisfies CriuOpts;

/**
 * Where a container has no cgroup of its own it is in the root, and CRIU would save all that are there, with
 * those of others: it keeps to the controllers that the container has.
 */
const cgroupOpts = ({cgroup}: SavedContainer['record'], {manageCgroupsMode = 'ignore'}: Pick<CheckpointOptions, 'manageCgroupsMode'>): CriuOpts =>
	manageCgroupsMode === 'ignore' || cgroup.mode === 'v2' ? {} : {cgroupDumpController: Object.keys(cgroup.v1)};

/** The first moment at which the container stands still. */
const freezeEmpty = async (native: Native, freeze: Freeze, pid: number, cgroup: Cgroup, empty: readonly MountInfo[]): Promise<void> => {
	await freeze.begin();
	if (empty.length > 0 && (await stillEmpty(native, pid, await cgroup.pids(), empty)).length < empty.length) {
		throw filled;
	}
};

/** Puts the container back; but where it runs at the destination already, that takes the memory from us, without CRIU. */
const afterFailure = async (error: unknown, {guard, freeze, cgroup, lazy}: {guard: Guard; freeze: Freeze; cgroup: Cgroup; lazy: LazyDump | undefined}): Promise<void> => {
	const rescue = await guard.end();
	const lost = lazy?.isGiven ? await lazy.done().then(() => undefined, (reason: unknown) => reason) : error;
	await (lazy?.isGiven ? cgroup.kill() : freeze.end());
	if (lost !== undefined) {
		throw explainRescue(lost, rescue);
	}
};

const afterSuccess = async ({leaveRunning}: CheckpointOptions, {guard, freeze}: {guard: Guard; freeze: Freeze}): Promise<void> => {
	await guard.end();
	await freeze.end().catch((error: unknown) => {
		if (leaveRunning) {
			throw error;
		} // Else there is nobody left in it
	});
};

const runDump = async ({criu, criu: {native}, probe, directory, saved, saved: {record, config}, facts, empty, host, progress, publish}: Dump, options: CheckpointOptions): Promise<void> => {
	const mounts = externalMounts(facts.mounts, facts.hostMounts, config.linux.maskedPaths);
	const stdio = stdioKeys(facts, saved);
	const network = networkOpts(config, facts, options);
	const {external = [], signal, onProgress, replace: _, seal: __, rootfs: ___, lazyPages, statusFd, ...given} = options;
	const cgroup = new Cgroup(native, record.cgroup);
	const freeze = new Freeze(native, cgroup, options.timeout);
	const guard = new Guard(native);
	let criuPid = 0;
	const {inside, hidden, lazy, close} = await surroundDump(native, {saved, directory, criu: probe.path}, {lazyPages, ...given}, signal);
	const request = dump(criu, record.pid, {
		...usualOpts,
		...cgroupOpts(record, options),
		...network.opts,
		...parentOpts(options),
		...given,
		...(network.kind !== 'own' && {emptyNs: []}),
		...lazy?.opts,
		imagesDir: directory,
		root: rootfsPath(config, record.bundle),
		freezeCgroup: cgroup.main,
		external: [...[...mounts, ...empty].map(mount => `mnt[${mount.mountPoint}]:${imageName(mount)}`), ...stdio.external, ...network.external, ...pidNamespace(config, facts), ...external],
	}, {
		signal,
		inside,
		onStart(pid) {
			criuPid = pid;
		},
		handlers: {
			async preDump() {
				progress.still();
				await lazy?.started();
				await freezeEmpty(native, freeze, record.pid, cgroup, empty);
				hidden?.hide();
				await guard.begin(criuPid, cgroup, true);
				progress.reach('frozen');
				onProgress?.('frozen');
			},
			networkLock() {
				if ((options.networkLock ?? network.opts.networkLock) !== 'skip') {
					progress.reach('network-locked');
				}
			},
			async queryExtFiles() {
				await hidden?.ready(); // Next CRIU looks at the mappings
				progress.writing();
				onProgress?.('dumping');
			},
			async postDump() {
				const manifest = {criu: probe.version?.text ?? '', mounts, stdio: stdio.keys, network: network.kind, host, parent: given.parentImg};
				const [bytes] = await together(progress.count(), completeImages(native, {directory, saved, facts, empty, manifest, ownNull: stdio.ownNull}, options), Promise.resolve(hidden?.reveal(record.pid)));
				progress.written(bytes);
				onProgress?.('dumped');
			},
			async statusReady() {
				await lazy?.serve(publish, {pid: record.pid, pids: await cgroup.pids()});
				progress.reach('serving');
				await tellReady(native, statusFd);
			},
		},
	});
	try {
		await request.finally(async () => {
			progress.stop();
			await close();
		});
		await lazy?.done();
	} catch (error) {
		await afterFailure(error, {guard, freeze, cgroup, lazy});
	} finally {
		lazy?.end();
	}

	await afterSuccess(options, {guard, freeze});
	progress.over(options.leaveRunning ? 'thawed' : 'ended');
};

/** CRIU, which is past its last question then, has its own words for a lazy dump that was called off. */
const calledOff = (id: string, {reason}: CallOff, cause: unknown): CtnError =>
	new CtnError('ERR_CRIU_FAILED', `the checkpoint of container ${id} was called off`, {cause: reason ?? cause});

/** A dump that failed at the very end, with a container that did not survive it: the images are all that is left. */
const isAllThatIsLeft = async (native: Native, pid: number, {isDumped}: CheckpointProgress): Promise<boolean> => {
	const [stat] = isDumped ? await native.batch([{op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'}]) : [];
	const facts = parseProcessStat(textOf(stat));
	return isDumped && !(facts && isAlive(facts));
};

/**
 * Gives complete images their name. Unless the container runs on they are all that is left of it, and stay.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES`, `ERR_NATIVE`
 */
const finish = async (native: Native, directory: string, imagesDir: string, {leaveRunning = false, replace = false, seal = leaveRunning}: CheckpointOptions): Promise<number> => {
	try {
		const unsealed = await sealImages(native, directory, seal).then(() => undefined, (error: unknown) => error as Error);
		if (unsealed && leaveRunning) {
			throw unsealed;
		}

		const sizeBytes = await sizeOf(native, directory);
		await publishDirectory(native, directory, imagesDir, replace, seal);
		return sizeBytes;
	} catch (error) {
		if (leaveRunning) {
			await removeDirectory(native, directory);
			throw error;
		}

		throw new CtnError('ERR_CHECKPOINT_IMAGES', `the checkpoint is complete, but cannot become ${imagesDir}: ${(error as Error).message}`, {cause: error, subject: directory, cure: `move it there from ${directory}`});
	}
};

const dumpAlone = async (context: CheckpointContext, saved: SavedContainer, given: CheckpointOptions, emit: (event: CheckpointEvent) => void): Promise<CheckpointResult> => {
	const {native} = context;
	const {record, config} = saved;
	const begun = performance.now();
	const options = {...given, ...await configFileOf(native, config, given.configFile)};
	const imagesDir = absoluteImages(options.imagesDir);
	const probe = await workingCriu(native, context.criu);
	const isTracking = options.trackMem || options.parentImg !== undefined;
	if (isTracking) {
		requireTracking(record.id, probe);
	}

	const pids = await new Cgroup(native, record.cgroup).pids();
	const [facts, host, expectedBytes] = await Promise.all([lookAtContainer(native, record.pid, pids), lookAtHost(native), expectBytes(native, pids)]);
	refuseUndumpable(saved, facts, options);
	const directory = await prepareDirectory(native, imagesDir, groupOf(config), options.replace ?? false);
	const progress = new CheckpointProgress(native, directory, {begun, expectedBytes, emit});
	let published: number | undefined;
	const publish = async (): Promise<string> => {
		if (!progress.isDumped) {
			throw new CtnError('ERR_CHECKPOINT_IMAGES', 'the images are not complete', {subject: directory}); // CRIU serves memory all the same
		}

		published = await finish(native, directory, imagesDir, options);
		return imagesDir;
	};

	const whereImagesAre = (): string => published === undefined ? directory : imagesDir;
	try {
		const state = context.store.directory(record.id);
		await checkParent(native, directory, options, state);
		const request = {criu: {native, path: probe.path}, probe, directory, saved, facts, host, progress, publish};
		const run = async (): Promise<void> => {
			const empty = await emptyMounts(native, record.pid, pids, facts.mounts, facts.hostMounts);
			try {
				await runDump({...request, empty}, options);
			} catch (error) {
				if ((error as Error).cause !== filled) {
					throw error;
				}

				await runDump({...request, empty: []}, options);
			}
		};

		await (isTracking ? tracking(native, state, options.leaveRunning ? whereImagesAre : undefined, run) : run());
	} catch (error) {
		if (!options.lazyPages && await isAllThatIsLeft(native, record.pid, progress)) {
			throw new CtnError('ERR_CRIU_FAILED', `${(error as Error).message}; container ${record.id} has ended`, {cause: error, subject: directory, cure: `its images are complete: restore from ${directory}`});
		}

		const reason = options.lazyPages && options.signal?.aborted ? calledOff(record.id, options.signal, error) : await explainFull(native, directory, error);
		await freeSockets(native, await new Cgroup(native, record.cgroup).pids());
		await takeDumpLocksOff(native, {pid: record.pid, isOnHost: !hasNamespace(config, 'network'), networkLock: options.networkLock, directory: options.workDir ?? whereImagesAre(), log: options.logFile ?? 'dump.log'});
		await removeDirectory(native, whereImagesAre());
		throw reason;
	}

	if (options.configFile !== undefined && !options.leaveRunning) {
		await new Cgroup(native, record.cgroup).kill(); // A file of CRIU's may say otherwise
	}

	const stats = await (options.lazyPages ? removeDumpStats : readDumpStats)(native, options.workDir ?? whereImagesAre());
	const sizeBytes = published ?? await finish(native, directory, imagesDir, options);
	progress.reach('complete', sizeBytes);
	return {imagesDir, sizeBytes, stats, downtimeUs: progress.downtimeUs};
};

/**
 * Dumps the processes of a container. Unless `leaveRunning`, they are dead when it succeeds; when it
 * fails they run on, and no images are left.
 *
 * @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED`, `ERR_CHECKPOINT_IMAGES`, `ERR_CRIU_FAILED`,
 * `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`, `ERR_ARGUMENT`; `ERR_CONTAINER_STATUS` while another one is made of it.
 */
export const dumpContainer = async (context: CheckpointContext, saved: SavedContainer, options: CheckpointOptions, emit: (event: CheckpointEvent) => void = () => {}): Promise<CheckpointResult> => {
	const {id} = saved.record;
	return alone(context.native, id, context.store.directory(id), async () => dumpAlone(context, saved, options, emit));
};
