// The runtime: a directory of containers, and the way to make and find them.
import type {Systemd} from '../cgroups/systemd.js';
import {CtnError} from '../errors.js';
import type {Native} from '../native/native.js';
import type {Config, ValidConfig} from '../oci/config.js';
import {cleanPath} from '../oci/paths.js';
import {validateContainerId} from '../oci/validate/container-id.js';
import {orEmpty} from '../state/record.js';
import {FilterStore} from '../state/filters.js';
import {StateStore} from '../state/store.js';
import {loadBundle, recallBundle} from './bundle.js';
import {loadCni} from '../network/cni.js';
import type {CniOptions} from '../network/cni-config.js';
import type {CniRecord} from '../network/cni-plan.js';
import {checkNetworks, type Network, type Route} from '../network/networks.js';
import {Container} from './container.js';
import type {ContainerState} from './container-state.js';
import {takeTerminal} from './console.js';
import type {Context} from './context.js';
import {createContainer, isChanged, runsAtOnce} from './create.js';
import {keptBy, type KeepOptions} from './kept.js';
import {listStates} from './list.js';
import {LookedAt} from './machine.js';
import {Pool, type PoolOptions} from './pool.js';
import {NetworkAhead} from './network-ahead.js';
import {Process} from './process.js';
import {Operation} from './operation.js';
import {checkNotifySocket, tellRestored} from './readiness.js';
import {Recipes} from './recipes.js';
import {restoreContainer, type RestoreEvent} from './restore.js';
import type {PageServer, PageServerOptions} from '../criu/page-server.js';
import type {ReceiveFrom} from '../checkpoint/receive.js';
import type {RestoreCriuOptions} from '../checkpoint/restore.js';
import {openStdio, type StdioOption} from './stdio.js';

export interface RuntimeOptions {
	/**
	 * Have network namespaces and cgroups ready for create, which is faster then. They are made in the
	 * background, and stay until close(). Default: none.
	 */
	readonly pool?: PoolOptions;
	/** Directory of the containers' state. Default: `/run/ctnative`; without root's privileges, and as root of a user namespace, `$XDG_RUNTIME_DIR/ctnative`. */
	readonly root?: string;
	/** The CRIU to use. Default: the first that works, of /opt/ctnative/criu and of PATH. */
	readonly criuPath?: string;
	/**
	 * Who makes cgroups: this library, or `systemd`, as transient scopes over D-Bus; then
	 * `linux.cgroupsPath` is `slice:prefix:name`. Without root it is the systemd of the user, on cgroup v2. Default: `cgroupfs`.
	 */
	readonly cgroupDriver?: 'cgroupfs' | 'systemd';
	/**
	 * Hears of what a config asks for in vain, such as a limit that the kernel no longer has. Default:
	 * `process.emitWarning`.
	 */
	readonly onWarning?: (message: string) => void;
}

export interface CreateOptions extends KeepOptions {
	/** Directory with config.json, and the root filesystem if `root.path` is relative. */
	readonly bundle: string;
	/** Used in place of the bundle's config.json. */
	readonly config?: Config;
	/** Default: `inherit`. A container with `process.terminal` has a pty instead. */
	readonly stdio?: StdioOption;
	/**
	 * Make the root with chroot in place of pivot_root, for a machine whose own root is an initramfs.
	 * The host's mounts stay in the container's mount namespace, below its root. Default: false.
	 */
	readonly noPivot?: boolean;
	/**
	 * Networks besides what config.json has; they need a network namespace in it. Their devices go with
	 * the container. Default: none.
	 */
	readonly networks?: readonly Network[];
	/**
	 * Networks of CNI: their plugins are started at create (`ERR_CNI` if one fails) and restore, and again at delete. At restore the addresses
	 * of the checkpoint are asked for again; nothing but these comes from there, so that whoever restores says which
	 * networks. Needs root. Default: none.
	 */
	readonly cni?: CniOptions;
	/** Routes of the container, made after its networks. Default: none. */
	readonly routes?: readonly Route[];
	/**
	 * Where a service manager wants to hear that the program is ready (its NOTIFY_SOCKET): a path, or `@name`.
	 * The program has a socket of its own in its NOTIFY_SOCKET, /run/notify/notify.sock; READY=1 that it says
	 * there is passed on by start(). A restored program was ready before: it is said at once. Needs a mount
	 * namespace. Default: none.
	 */
	readonly notifySocket?: string;
	/** Leave the container in the session keyring of this program, with all that it may find there. Default: false. */
	readonly noNewKeyring?: boolean;
	/**
	 * Descriptor of a unix socket that is sent the pty's master (SCM_RIGHTS), for a container with
	 * `process.terminal`; `terminal` is null then. It stays the caller's. Default: none.
	 */
	readonly consoleSocket?: number;
}

export interface RunOptions extends CreateOptions {
	/** Whom a service manager is told to be the main process. Default: init. */
	readonly mainPid?: number;
}

export interface RestoreOptions extends CreateOptions, Omit<RestoreCriuOptions, 'imagesDir'> {
	/** Directory of the checkpoint. It is only read. */
	readonly imagesDir: string;
}

export interface ReceiveOptions extends Omit<RestoreOptions, 'imagesDir' | 'lazyPages' | 'workDir' | 'verify'>, ReceiveFrom {}

const absolute = (path: unknown, name: string): string => {
	if (typeof path !== 'string' || !path.startsWith('/') || path.includes('\0')) {
		throw new CtnError('ERR_ARGUMENT', `${name} must be an absolute path, not ${JSON.stringify(path)}`, {subject: name});
	}

	return cleanPath(path);
};

const networkOptions = ({networks = [], routes = []}: CreateOptions, {linux}: ValidConfig): {networks: readonly Network[]; routes: readonly Route[]} => {
	checkNetworks(networks, routes);
	if (networks.length + routes.length > 0 && !linux.namespaces?.some(({type}) => type === 'network')) {
		throw new CtnError('ERR_ARGUMENT', 'networks and routes need a network namespace: they would be those of the host', {subject: 'networks', cure: 'add one to linux.namespaces of config.json'});
	}

	return {networks, routes};
};

/** What a host may bring besides its Native. */
export interface RuntimeHost {
	readonly systemd?: () => Promise<Systemd>;
	/** Version of the program: compiled seccomp filters are kept below `root` then, for the next one of this version. */
	readonly filterVersion?: string | undefined;
}

const driverOf = (driver: RuntimeOptions['cgroupDriver'], systemd: RuntimeHost['systemd']): RuntimeHost['systemd'] => {
	if (driver !== undefined && driver !== 'cgroupfs' && driver !== 'systemd') {
		throw new CtnError('ERR_ARGUMENT', `cgroupDriver must be cgroupfs or systemd, not ${JSON.stringify(driver)}`, {subject: 'cgroupDriver'});
	}

	if (driver === 'systemd' && systemd === undefined) {
		throw new CtnError('ERR_ARGUMENT', 'cgroupDriver systemd needs Node: there is no D-Bus here', {subject: 'cgroupDriver'});
	}

	return driver === 'systemd' ? systemd : undefined;
};

/** The core of a Runtime; a host gives it its Native. */
export class RuntimeCore {
	/** Absolute path of the state directory. */
	readonly root: string;
	protected readonly context: Context;
	/** Begins with what any create needs, before there is one. */
	readonly prepare: () => void;

	/**
	 * @param searchPath Directories to look in for CRIU.
	 * @param host What not every host has.
	 */
	constructor(native: Native, options: RuntimeOptions = {}, searchPath: readonly string[] = [], host: RuntimeHost = {}) {
		this.root = absolute(options.root ?? '/run/ctnative', 'root');
		if (this.root === '/') {
			throw new CtnError('ERR_ARGUMENT', 'root must not be /', {subject: 'root'});
		}

		const looked = new LookedAt(native);
		this.prepare = () => looked.begin();
		const store = new StateStore(native, this.root);
		this.context = {
			native,
			store,
			recipes: new Recipes(store),
			filters: host.filterVersion === undefined ? undefined : new FilterStore(native, this.root, host.filterVersion),
			criu: {path: options.criuPath, searchPath},
			systemd: driverOf(options.cgroupDriver, host.systemd),
			warn: options.onWarning ?? (() => {}),
			pool: options.pool && new Pool(native, async () => this.context.machine(), options.pool),
			machine: async () => looked.machine(),
		};
	}

	/**
	 * Makes a container from a bundle. Its init waits before the user's program until `start()`.
	 *
	 * When it fails, nothing is left behind.
	 *
	 * @param id Letters, digits and `_+-.`; unique below this root.
	 * @throws CtnError `ERR_CONTAINER_ID`, `ERR_CONTAINER_EXISTS`, `ERR_CONFIG_NOT_FOUND`,
	 * `ERR_CONFIG_INVALID`, `ERR_CONFIG_UNSUPPORTED`, `ERR_ROOTFS_NOT_FOUND`, `ERR_CGROUP_LIMIT`,
	 * `ERR_CGROUP_LAYOUT`, `ERR_COMMAND_NOT_FOUND`, `ERR_INIT_STEP`, `ERR_INIT_DIED`, `ERR_ARGUMENT`.
	 */
	async create(id: string, options: CreateOptions): Promise<Container> {
		return (await this.#create(id, options, false)).container;
	}

	async #create(id: string, options: CreateOptions, isRun: boolean): Promise<{container: Container; runs: boolean}> {
		validateContainerId(id);
		const bundle = absolute(options.bundle, 'bundle');
		const load = async () => ({config: await loadBundle(this.context, bundle, await this.context.machine(), options), bytes: undefined});
		const recalled = recallBundle(bundle, options);
		const network = new NetworkAhead(this.context.native, options.config);
		try {
			return await this.#createOf(id, bundle, recalled ?? await load(), options, isRun, network);
		} catch (error) {
			if (!isChanged(error)) {
				throw error;
			}

			return await this.#createOf(id, bundle, await load(), options, isRun);
		} finally {
			await network.drop();
		}
	}

	async #createOf(id: string, bundle: string, {config, bytes}: {readonly config: ValidConfig; readonly bytes: Uint8Array | undefined}, options: CreateOptions, isRun: boolean, network?: NetworkAhead): Promise<{container: Container; runs: boolean}> {
		const {native} = this.context;
		const machine = await this.context.machine();
		const {notifySocket, noNewKeyring, noPivot = false} = options;
		if (notifySocket !== undefined) {
			await checkNotifySocket(native, notifySocket, config);
		}

		const runs = isRun && runsAtOnce(config, notifySocket);
		const cni = await this.#cni(id, options.cni, config);
		const stdio = openStdio(native, config.process.terminal ? 'ignore' : options.stdio ?? 'inherit', machine.devNull);
		const {record, removal, started} = await createContainer(this.context, {id, bundle, config, stdio, kept: keptBy(options), noPivot, ...networkOptions(options, config), cni, noNewKeyring, notifySocket, runs, recalled: bytes, network});
		const {pid, pidfd, terminal} = started;
		try {
			const process = new Process(native, pid, pidfd, {...stdio, ...takeTerminal(native, terminal, options.consoleSocket)});
			return {container: new Container(this.context, {record, config, removal}, process), runs};
		} catch (error) {
			await new Container(this.context, {record, config}, new Process(native, pid, pidfd)).delete({force: true});
			throw error;
		}
	}

	/**
	 * Brings a container back from a checkpoint: it runs when this resolves.
	 *
	 * Cgroup, limits and mounts are made anew from the bundle; the processes come from the images. Its
	 * init is our child: `wait()` tells its exit code. When it fails, nothing is left behind. Iterate over what it
	 * returns to hear how far it is.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if the directory holds no checkpoint, or what was mounted
	 * is not there; `ERR_CRIU_FAILED`, `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`; and those of create().
	 */
	restore(id: string, options: RestoreOptions): Operation<Container, RestoreEvent> {
		return new Operation(async emit => this.#restore(id, options, emit));
	}

	/**
	 * Does what of a restore needs no images, so that nobody stands still for it: config and machine are looked at, CRIU is
	 * found and asked about the kernel, code is loaded. It makes the first restore of a program some 0.2 s shorter, and
	 * leaves nothing that would have to be given back. receive() does it before the source stops.
	 *
	 * @throws CtnError `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`, `ERR_CHECKPOINT_UNSUPPORTED` if `lazyPages` will not do, and
	 * those of create() about the bundle.
	 */
	async prepareRestore({bundle, config, lazyPages}: Pick<RestoreOptions, 'bundle' | 'config' | 'lazyPages'>): Promise<void> {
		const [valid] = await Promise.all([
			(async () => loadBundle(this.context, absolute(bundle, 'bundle'), await this.context.machine(), {config}))(),
			import('../checkpoint/prepare.js').then(async ({prepareCriu}) => prepareCriu(this.context)),
		]);
		if (lazyPages) {
			const {requireUserfaultfd} = await import('../checkpoint/lazy-users.js');
			await requireUserfaultfd(this.context.native, valid);
		}
	}

	/**
	 * Takes a container from a host where `Container.migrate()` waits for this: it runs here when this resolves, and its
	 * memory follows (`lazyPages` of the container tells). When it fails nothing is left here, and it runs on there.
	 *
	 * @throws CtnError `ERR_MIGRATION` if the source cannot be reached, is lost, or does not let it go; and those of restore().
	 */
	receive(id: string, options: ReceiveOptions): Operation<Container, RestoreEvent> {
		return new Operation(async emit => this.#receive(id, options, emit));
	}

	/** create() and start(). A container whose program cannot be started is deleted again. Throws as both. */
	async run(id: string, {mainPid, ...options}: RunOptions): Promise<Container> {
		const {container, runs} = await this.#create(id, options, true);
		if (runs) {
			return container;
		}

		try {
			await container.start(mainPid === undefined ? {} : {mainPid});
			return container;
		} catch (error) {
			await container.delete({force: true});
			throw error;
		}
	}

	/**
	 * Gives a checkpoint up that was made with `tcpEstablished`, in a network namespace that outlives it: until
	 * a restore, or this, CRIU's lock lets nothing in or out there. The images stay, and can be restored with `tcpClose`.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES`, `ERR_ARGUMENT`.
	 */
	async abandon({imagesDir}: {readonly imagesDir: string}): Promise<void> {
		const {abandonCheckpoint} = await import('../checkpoint/network-lock.js');
		await abandonCheckpoint(this.context.native, absolute(imagesDir, 'imagesDir'));
	}

	/**
	 * Takes the memory of one checkpoint, made with `pageServer: server`, into `imagesDir`; on another host, say.
	 *
	 * It listens when this resolves, for one connection; `done` tells when all is there.
	 *
	 * @throws CtnError `ERR_CRIU_FAILED`, `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`, `ERR_ARGUMENT`.
	 */
	async pageServer(options: PageServerOptions): Promise<PageServer> {
		const {startPageServer} = await import('../checkpoint/page-server.js');
		return startPageServer(this.context, options);
	}

	/**
	 * A container that this or another program made.
	 *
	 * One whose create was cut off can be loaded, too: it is stopped, and `delete({force: true})` removes it.
	 *
	 * @throws CtnError `ERR_CONTAINER_NOT_FOUND`, `ERR_CONTAINER_ID`; `ERR_STATE_FOREIGN` if another runtime made it.
	 */
	async load(id: string): Promise<Container> {
		validateContainerId(id);
		return new Container(this.context, await orEmpty(id, this.context.store.load(id)));
	}

	/** Removes what the pool has ready. The containers stay, and more can be made. */
	async close(): Promise<void> {
		await this.context.pool?.close();
	}

	/** The states of all containers of this root, by id; those of other runtimes are left out. */
	async list(): Promise<ContainerState[]> {
		return listStates(this.context);
	}

	async #cni(id: string, cni: CniOptions | undefined, config: ValidConfig): Promise<CniRecord | undefined> {
		if (cni === undefined) {
			return undefined;
		}

		const {uid} = await this.context.machine();
		if (uid !== 0) {
			throw new CtnError('ERR_ARGUMENT', 'cni needs root: its plugins change the network of the host', {subject: 'cni'});
		}

		return loadCni(this.context.native, id, cni, config);
	}

	async #receive(id: string, {from, key, insecure, reconnectMs, ...options}: ReceiveOptions, emit: (event: RestoreEvent) => void): Promise<Container> {
		validateContainerId(id);
		if ((await this.context.store.ids()).includes(id)) {
			throw new CtnError('ERR_CONTAINER_EXISTS', `container ${id} exists already`, {subject: id});
		}

		await this.prepareRestore({...options, lazyPages: true}); // Before anybody stops for it
		const source = {from, key, insecure, reconnectMs};
		const {Reception} = await import('../checkpoint/receive.js');
		const reception = await Reception.open(this.context.native, source, options.signal);
		try {
			return await reception.restore(async (imagesDir, relay) =>
				this.#restore(id, {...options, imagesDir, lazyPages: {...source, relay}}, emit, async () => reception.commit()));
		} catch (error) {
			await reception.fail((error as Error).message);
			throw error;
		}
	}

	async #restore(id: string, options: RestoreOptions, emit: (event: RestoreEvent) => void, beforeRun?: () => Promise<void>): Promise<Container> {
		validateContainerId(id);
		const bundle = absolute(options.bundle, 'bundle');
		const imagesDir = absolute(options.imagesDir, 'imagesDir');
		const {native} = this.context;
		const machine = await this.context.machine();
		const config = await loadBundle(this.context, bundle, machine, {config: options.config});
		if (options.notifySocket !== undefined) {
			await checkNotifySocket(native, options.notifySocket, config);
		}

		const {bundle: _, config: __, imagesDir: ___, stdio: kind = 'inherit', consoleSocket, preserveFds: ____, fds: _____, listenFds: ______, notifySocket, networks, routes, cni, ...criu} = options;
		networkOptions({...options, networks: networks ?? [], routes: routes ?? []}, config);
		const plugged = await this.#cni(id, cni, config);
		const stdio = openStdio(native, config.process.terminal ? 'ignore' : kind, machine.devNull);
		const {record, pidfd, terminal, lazyPages} = await restoreContainer(this.context, {id, bundle, imagesDir, config, stdio, options: criu, notifySocket, networks, routes, cni: plugged, newAddresses: cni?.newAddresses, emit, beforeRun});
		await tellRestored(this.context, record);
		return new Container(this.context, {record, config}, new Process(native, record.pid, pidfd, {
			stdin: stdio.stdin,
			stdout: stdio.stdout,
			stderr: stdio.stderr,
			...takeTerminal(native, terminal, consoleSocket),
		}), lazyPages);
	}
}
