// restore: from images to a running container, in a cgroup and with mounts of its own.
import {applyRootfs} from '../archive/unpack.js';
import {Cgroup} from '../cgroups/cgroup.js';
import type {CgroupPlan} from '../cgroups/plan.js';
import type {CallOff} from '../criu/abort.js';
import {both, runWithKerndat, type OwnRun} from '../criu/kerndat.js';
import {workingCriu} from '../criu/probe.js';
import type {CriuHandlers} from '../criu/notify.js';
import {ownTmp} from '../criu/yard.js';
import {restore, type Restored} from '../criu/restore.js';
import type {CriuOpts} from '../criu/opts.js';
import {CtnError} from '../errors.js';
import {isNewNamespace} from '../launch/namespaces.js';
import {CLONE_NEWNET, CLONE_NEWNS, MS_REC, MS_SHARED, MS_SLAVE, O_PATH, S_IFDIR, S_IFMT, S_IFREG} from '../linux/constants.js';
import {parseProcessStat} from '../linux/proc.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {ended} from '../native/processes.js';
import {statOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {cleanPath} from '../oci/paths.js';
import type {LazyRestoreOptions} from '../pager/options.js';
import type {LazyPages} from '../pager/pager.js';
import type {Step} from '../plan/wire.gen.js';
import type {CheckpointContext} from './dump.js';
import {checkHostname, layerError, rootOps, setHostname, type CloneOptions} from './clone.js';
import {configFileOf} from './config-file.js';
import {externalSources, imageName} from './externals.js';
import {openImagesTree} from './images-tree.js';
import {inNamespace} from './in-namespace.js';
import {inheritedKeys, joinedNamespaces} from './joined.js';
import {isFilledAhead, restoreMemory} from './memory.js';
import type {Manifest} from './manifest.js';
import {ownNetwork, takeLocksOff} from './network-lock.js';
import type {ApplyOptions} from './rootfs.js';

/** Options of CRIU that a container decides itself. */
type Decided = 'root' | 'freezeCgroup' | 'rstSibling' | 'orphanPtsMaster' | 'execCmd' | 'leaveRunning' | 'cgRoot';

export interface RestoreCriuOptions extends Omit<CriuOpts, Decided | 'lazyPages'>, CloneOptions, ApplyOptions {
	/**
	 * Run at once, and bring memory back while it runs: page by page where it is touched, the rest in the background.
	 *
	 * If there is a `lazy-pages.socket` in `workDir` already (`criu lazy-pages`), its owner does so; else our page
	 * daemon, which needs nobody any more when this resolves.
	 *
	 * `false`: CRIU reads it before anything runs. Default: so too, but the page daemon does it with several threads
	 * where that is faster.
	 */
	readonly lazyPages?: boolean | LazyRestoreOptions;
	/**
	 * Compare the checksums of the images with those in their manifest, if it has them, before anything else. Sizes are
	 * compared always. Default: false, as every byte is read for it.
	 */
	readonly verify?: boolean | undefined;
	/** An AbortSignal: calls the restore off. Nothing is left then, unless the container was about to run already. */
	readonly signal?: CallOff | undefined;
}

export interface RestoreRequest {
	readonly bundle: string;
	readonly config: ValidConfig;
	readonly imagesDir: string;
	readonly manifest: Manifest;
	readonly cgroup: CgroupPlan;
	/** Empty directory of ours, for the root filesystem while it is being restored. */
	readonly rootDirectory: string;
	readonly stdio: readonly [Fd, Fd, Fd];
	/** Directory that may be made of ours, for the sockets and logs of a lazy restore. */
	readonly lazyDirectory: string;
	readonly options: RestoreCriuOptions;
	/** Its namespaces are there, with mounts and without sockets: hooks may give it a network. */
	readonly onNamespaces?: (pid: number) => Promise<void>;
	/** The container is all there and stopped; the last moment to throw. */
	readonly onReady: (pid: number) => Promise<void>;
}

export interface RestoredContainer extends Restored {
	/** The pty master, of a container with a terminal. */
	readonly terminal: Fd | undefined;
	/** Memory that is still on its way. */
	readonly lazyPages: LazyPages | undefined;
}

/** A new network namespace is empty: its loopback has to come up before sockets are bound to it. */
const raiseLoopback = async (native: Native, pid: number, stdio: readonly [Fd, Fd, Fd]): Promise<void> =>
	inNamespace(native, {pid, stdio, types: CLONE_NEWNET, what: 'the loopback device could not be brought up'}, [{op: 'loopback'}]);

/** Without symlinks: CRIU opens a source itself, and would take a link for the mount. Undefined for what is not there. */
const realPaths = async (native: Native, paths: readonly string[]): Promise<Array<string | undefined>> => {
	const opened = await native.batch(paths.map(path => ({op: 'open', path, flags: O_PATH, mode: 0, okErrno: 'any'})));
	const fds = opened.map(fd => typeof fd === 'number' && fd >= 0 ? fd as Fd : undefined);
	try {
		const links = await native.batch(fds.map(fd => ({op: 'readlink', path: `/proc/self/fd/${fd ?? 'none'}`, okErrno: 'any'})));
		return links.map(link => link instanceof Uint8Array ? decodeUtf8(link) : undefined);
	} finally {
		fds.forEach(fd => fd !== undefined && native.close(fd));
	}
};

/** Sources of the external mounts, all of which have to be there. */
const mountSources = async (native: Native, {manifest, config, bundle, cgroup}: RestoreRequest): Promise<Map<string, {source: string; isFile: boolean}>> => {
	const sources = [...externalSources(manifest.mounts, config, bundle, cgroup.record)];
	const stats = await native.batch(sources.map(([, source]) => ({op: 'stat', path: source ?? '/nonexistent', nofollow: 0, okErrno: 'any'})));
	const real = await realPaths(native, sources.map(([, source]) => source ?? '/nonexistent'));
	return new Map(sources.map(([mountPoint, source], index) => {
		const stat = statOf(stats[index]);
		if (source === undefined || !stat) {
			throw new CtnError('ERR_CHECKPOINT_IMAGES', `what was mounted at ${mountPoint} is not there: ${source ?? 'the host has it nowhere'}`, {subject: source ?? mountPoint, cure: 'put it back, or name another source in config.json'});
		}

		return [mountPoint, {source: real[index] ?? source, isFile: (stat.mode & S_IFMT) !== S_IFDIR}];
	}));
};

/** Mount points that a fresh copy of the root filesystem may not have; those below another mount are in that one. */
const mountPointSteps = (config: ValidConfig, sources: Map<string, {isFile: boolean}>): Step[] => {
	const destinations = (config.mounts ?? []).map(({destination}) => cleanPath(destination));
	const isBelowAnother = (path: string): boolean => destinations.some(other => path.startsWith(`${other}/`));
	return destinations.filter(path => !isBelowAnother(path)).map((path): Step => ({
		op: 'mkdir',
		path,
		mode: sources.get(path)?.isFile ? S_IFREG | 0o644 : 0o755,
		okErrno: 'any',
	}));
};

/**
 * The mounts that CRIU sees. It makes a mount that was a slave one of what it finds here, which has to be
 * shared for that. When this namespace is gone it is one of the host's mount, or private if that is.
 */
const mountSteps = (tree: Fd, at: string, before: readonly Step[], after: readonly Step[]): Step[] => [
	{op: 'propagation', flags: MS_SLAVE | MS_REC},
	...before,
	{op: 'root', tree, at},
	{op: 'propagation', flags: MS_SHARED | MS_REC},
	...after,
];

interface Surroundings {
	readonly tasks: readonly Fd[];
	readonly cgroup: Fd | undefined;
	readonly root: Fd;
	readonly network: Fd | undefined;
	readonly pids: Fd | undefined;
	/** The images, where not everybody who has to may enter their directory. */
	readonly images: Fd | undefined;
}

/** To open the namespace, if it is one that config.json names by path. */
const joinedOps = ({linux: {namespaces = []}}: ValidConfig, wanted: keyof typeof inheritedKeys): HostOp[] =>
	namespaces.flatMap(({type, path}) => type === wanted && path ? [{op: 'open', path, flags: 0, mode: 0}] : []);

const openSurroundings = async (native: Native, {config, bundle, cgroup, imagesDir, rootDirectory, options}: RestoreRequest): Promise<Surroundings> => {
	const network = joinedOps(config, 'network');
	const root = rootOps(config, bundle, options.layer);
	const ops: HostOp[] = [
		...cgroup.tasks.map((path): HostOp => ({op: 'open', path, flags: 1, mode: 0})),
		...root,
		...(cgroup.record.unified === undefined ? [] : [{op: 'open', path: cgroup.record.unified, flags: 0, mode: 0} as const]),
		...network,
		...joinedOps(config, 'pid'),
	];
	const fds = await native.batch(ops).catch((error: unknown) => {
		throw layerError(error, options.layer);
	}) as Fd[];
	return {
		tasks: fds.splice(0, cgroup.tasks.length),
		root: fds.splice(0, root.length).at(-1)!,
		cgroup: cgroup.record.unified === undefined ? undefined : fds.shift(),
		network: network.length > 0 ? fds.shift() : undefined,
		pids: fds.shift(),
		images: await openImagesTree(native, imagesDir, rootDirectory, config),
	};
};

const closeSurroundings = (native: Native, {tasks, root, cgroup, network, pids, images}: Surroundings): void => {
	for (const fd of [...tasks, root, cgroup, network, pids, images]) {
		if (fd !== undefined) {
			native.close(fd);
		}
	}
};

/**
 * Kills what a CRIU that died has left half made, before it could say a pid. Restored tasks are our
 * children, and nobody else would wait for them.
 */
const endTasks = async (native: Native, cgroup: Cgroup): Promise<void> => {
	const pids = await cgroup.pids();
	const stats = await native.batch(pids.map(pid => ({op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'})));
	const children = pids.filter((_, index) => {
		const stat = stats[index];
		return stat instanceof Uint8Array && parseProcessStat(decodeUtf8(stat))?.parent === process.pid;
	});
	const opened = await native.batch(children.map(pid => ({op: 'pidfd_open', pid, okErrno: 'any'})));
	await cgroup.kill();
	for (const pidfd of opened.filter(result => typeof result === 'number' && result >= 0) as Fd[]) {
		await ended(native, pidfd);
		native.close(pidfd);
	}
};

/** Everything that CRIU is told by a path. */
const namedPaths = ({rootDirectory, options}: RestoreRequest, sources: Map<string, {source: string}>): unknown[] =>
	[rootDirectory, [...sources.values()], Object.values(options).filter(value => typeof value === 'string' || Array.isArray(value))];

interface Prepared {
	readonly sources: Map<string, {source: string; isFile: boolean}>;
	readonly opened: Surroundings;
	readonly own: OwnRun;
}

/** All at once, as somebody waits for the container. The caller closes `opened` and `own`. */
const prepareSurroundings = async (native: Native, request: RestoreRequest, criuPath: string): Promise<Prepared> => {
	const found = async (): Promise<[Prepared['sources'], OwnRun]> => {
		const sources = await mountSources(native, request);
		return [sources, await ownTmp(native, namedPaths(request, sources))];
	};
	const [opened, run, rest] = await Promise.allSettled([openSurroundings(native, request), runWithKerndat(native, criuPath), found()]);
	if (opened.status === 'fulfilled' && run.status === 'fulfilled' && rest.status === 'fulfilled') {
		const [sources, tmp] = rest.value;
		return {sources, opened: opened.value, own: both(run.value, tmp)};
	}

	if (opened.status === 'fulfilled') {
		closeSurroundings(native, opened.value);
	}

	if (run.status === 'fulfilled') {
		run.value.close();
	}

	if (rest.status === 'fulfilled') {
		rest.value[1].close();
	}

	throw [rest, opened, run].flatMap(result => result.status === 'rejected' ? [result.reason as Error] : [])[0]!;
};

/** The network namespace is there, and then all that is to be in it. */
const networkHandlers = (native: Native, {config, stdio, onNamespaces}: RestoreRequest): Pick<CriuHandlers, 'setupNamespaces' | 'postSetupNamespaces'> => {
	let root = 0;
	return {
		async setupNamespaces(pid) {
			root = pid;
			if (isNewNamespace(config, 'network')) {
				await raiseLoopback(native, pid, stdio);
			}
		},
		// By now CRIU holds packets back: one that came in before the sockets are there would end its connection
		async postSetupNamespaces() {
			await onNamespaces?.(root);
		},
	};
};

/**
 * Restores the processes of a container, in a mount namespace that goes away with CRIU: whatever
 * becomes of this process, no mount of it stays on the host.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES`, `ERR_CRIU_FAILED`, `ERR_CRIU_NOT_FOUND`,
 * `ERR_CRIU_UNUSABLE`, `ERR_ARGUMENT`; then no process of it is left.
 */
export const restoreProcesses = async (context: CheckpointContext, request: RestoreRequest): Promise<RestoredContainer> => {
	const {native} = context;
	const {manifest, config, imagesDir, rootDirectory, options, options: {logFile = 'restore.log'}, stdio, cgroup} = request;
	checkHostname(config, options.hostname);
	const probe = await workingCriu(native, context.criu);
	const {sources, opened, own} = await prepareSurroundings(native, request, probe.path);
	let terminal: Fd | undefined;
	try {
		const {external = [], inheritFd = [], joinNs = [], veths: _named, emptyNs: _own, configFile, signal, verify: _verified, hostname, layer: _, rootfs, lazyPages: lazy, ...given} = options;
		if (rootfs) {
			await applyRootfs(native, imagesDir, `/proc/self/fd/${opened.root}`, rootfs === true ? {} : rootfs);
		}

		const memory = {lazy, filledAhead: isFilledAhead(manifest, config, probe, options)};
		const {result: restored, lazyPages} = await restoreMemory(native, memory, {imagesDir, workDir: options.workDir, lazyDirectory: request.lazyDirectory, logFile, cgroup: cgroup.record}, async (lazyOpts, beforeRun) => restore({native, path: probe.path}, {
			fileLocks: true,
			manageCgroupsMode: 'ignore',
			...(isNewNamespace(config, 'network') && {emptyNs: ['network']}), // Devices of the images would reach into the host
			evasiveDevices: true,
			...(opened.images !== undefined && {workDir: imagesDir}), // Nobody writes by way of that mount
			...given,
			...await configFileOf(native, config, configFile),
			...lazyOpts,
			imagesDir,
			root: rootDirectory,
			orphanPtsMaster: true,
			external: [...new Set(manifest.mounts.map(mount => `mnt[${imageName(mount)}]:${sources.get(mount.mountPoint)!.source}`)), ...external],
			inheritFd: [
				...manifest.stdio.flatMap((key, index) => key === null || manifest.stdio.indexOf(key) < index ? [] : [{key, fd: stdio[index]!}]),
				...(opened.network === undefined ? [] : [{key: inheritedKeys.network, fd: opened.network}]),
				...(opened.pids === undefined ? [] : [{key: inheritedKeys.pid, fd: opened.pids}]),
				...inheritFd,
			],
			joinNs: [...joinedNamespaces(config), ...joinNs],
		}, {
			stdio,
			tasks: opened.tasks,
			cgroup: opened.cgroup,
			images: opened.images,
			signal,
			endTasks: async () => endTasks(native, new Cgroup(native, request.cgroup.record)),
			inside: {
				flags: CLONE_NEWNS,
				fds: [opened.root, ...own.fds],
				steps: first => mountSteps(first as Fd, rootDirectory, own.steps(first + 1), mountPointSteps(config, sources)),
			},
			handlers: {
				...networkHandlers(native, request),
				orphanPtsMaster(fd) {
					terminal = fd;
				},
				async postRestore(pid) {
					await beforeRun();
					if (hostname !== undefined) {
						await setHostname(native, pid, stdio, hostname);
					}

					await request.onReady(pid);
				},
			},
		}));
		return {...restored, terminal, lazyPages};
	} catch (error) {
		if (terminal !== undefined) {
			native.close(terminal);
		}

		await endTasks(native, new Cgroup(native, cgroup.record));
		await takeLocksOff(native, opened.network === undefined ? ownNetwork : `/proc/self/fd/${opened.network}`, options.workDir ?? imagesDir, logFile);
		throw error;
	} finally {
		own.close();
		closeSurroundings(native, opened);
	}
};
