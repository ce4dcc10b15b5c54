// A container that tells its service manager that it is ready (sd_notify(3)): its socket, and what is passed on.
import {CtnError} from '../errors.js';
import {hasNamespace} from '../launch/namespaces.js';
import {decodeUtf8, encodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import type {StateRecord} from '../state/record.js';
import type {Context} from './context.js';
import {openProcess} from './status.js';

/** In the state directory, and alone there: the container sees this directory. */
const directoryName = 'notify';
const socketName = 'notify.sock';
const destination = '/run/notify';

/** How long a manager may take to say that it has heard; as in runc. */
const barrierMs = 30_000n;

const isGiven = (path: unknown): path is string => typeof path === 'string' && /^[/@][^\0]+$/.test(path);

/**
 * Tries the socket, before anything is made.
 *
 * @throws CtnError `ERR_ARGUMENT`, if nobody listens there or the config gives it no place.
 */
export const checkNotifySocket = async (native: Native, path: string, config: ValidConfig): Promise<void> => {
	if (!isGiven(path)) {
		throw new CtnError('ERR_ARGUMENT', `notifySocket must be an absolute path or "@name", not ${JSON.stringify(path)}`, {subject: 'notifySocket'});
	}

	if (!hasNamespace(config, 'mount')) {
		throw new CtnError('ERR_ARGUMENT', 'notifySocket needs a mount namespace: the socket is mounted', {subject: 'notifySocket'});
	}

	native.close(await connectManager(native, path));
};

const connectManager = async (native: Native, path: string): Promise<Fd> => {
	try {
		const [socket] = await native.batch([{op: 'connect_datagram', path}]);
		return socket as Fd;
	} catch (cause) {
		throw new CtnError('ERR_ARGUMENT', `notifySocket ${path} cannot be connected to: ${(cause as CtnError).errno ?? 'unknown'}`, {
			cause, errno: (cause as CtnError).errno, subject: 'notifySocket', cure: 'NOTIFY_SOCKET is the socket of a service manager that listens',
		});
	}
};

/** The config with the directory of the socket mounted; the program is told of it, those of exec are not. */
export const withNotifySocket = (config: ValidConfig, stateDirectory: string): ValidConfig => ({
	...config,
	mounts: [...config.mounts ?? [], {destination, source: `${stateDirectory}/${directoryName}`, type: 'bind', options: ['bind', 'nosuid', 'noexec', 'nodev', 'ro']}],
	process: {...config.process, env: [...config.process.env ?? [], `NOTIFY_SOCKET=${destination}/${socketName}`]},
});

export const notifyDirectoryOp = (stateDirectory: string): HostOp => ({op: 'mkdir', path: `${stateDirectory}/${directoryName}`, mode: 0o755});

/** Resolves to the index of one that has something to say. */
const firstReadable = async (native: Native, fds: readonly Fd[]): Promise<number> => {
	const watches = fds.map(fd => native.watchReadable(fd));
	try {
		return await Promise.race(watches.map(async ({ready}, index) => ready.then(() => index)));
	} finally {
		for (const watch of watches) {
			watch.stop();
		}

		await Promise.allSettled(watches.map(async ({ready}) => ready));
	}
};

/** What start() has for the time until the program is ready. */
class Readiness {
	readonly #native: Native;
	readonly #socket: Fd;
	readonly #manager: Fd;

	private constructor(native: Native, socket: Fd, manager: Fd) {
		this.#native = native;
		this.#socket = socket;
		this.#manager = manager;
	}

	/** Before the program begins: what it says at once waits in the socket. */
	static async open(native: Native, path: string, stateDirectory: string): Promise<Readiness> {
		const manager = await connectManager(native, path);
		const directory = `${stateDirectory}/${directoryName}`;
		try {
			const [, socket] = await native.batch([
				{op: 'unlink', path: `${directory}/${socketName}`, okErrno: 'ENOENT'}, // Of a start that failed
				{op: 'bind_datagram', directory, name: socketName, mode: 0o777},
			]);
			return new Readiness(native, socket as Fd, manager);
		} catch (error) {
			native.close(manager);
			throw error;
		}
	}

	/** Resolves when init has said that it is ready and the manager was told, or when init has ended. */
	async passOn(record: StateRecord, mainPid = record.pid): Promise<void> {
		const pidfd = await openProcess(this.#native, record);
		if (pidfd === undefined) {
			return;
		}

		try {
			if (await this.#isReady(pidfd)) {
				await this.tell(mainPid);
			}
		} finally {
			this.#native.close(pidfd);
		}
	}

	/** Tells the manager, and waits until it has taken note. */
	async tell(mainPid: number): Promise<void> {
		this.#send('READY=1');
		this.#send(`MAINPID=${mainPid}`);
		await this.#barrier();
	}

	close(): void {
		this.#native.close(this.#socket);
		this.#native.close(this.#manager);
	}

	#send(line: string, fds: readonly Fd[] = []): void {
		this.#native.send(this.#manager, encodeUtf8(line), fds);
	}

	/** Nothing but READY=1 is heard: the rest is the container's word on what is not its own. */
	async #isReady(init: Fd): Promise<boolean> {
		while (await firstReadable(this.#native, [this.#socket, init]) === 0) {
			const {data, fds} = await this.#native.receive(this.#socket);
			for (const fd of fds) {
				this.#native.close(fd); // A barrier of the program's own
			}

			if (decodeUtf8(data).split('\n').includes('READY=1')) {
				return true;
			}
		}

		return false;
	}

	/** A message with one end of a pipe; the manager closes that when it has done all that was said before. */
	async #barrier(): Promise<void> {
		const [timer] = await this.#native.batch([{op: 'timer', milliseconds: barrierMs}]) as [Fd];
		const [read, write] = this.#native.pipe();
		try {
			try {
				this.#send('BARRIER=1', [write]);
			} finally {
				this.#native.close(write);
			}

			await firstReadable(this.#native, [read, timer]);
		} finally {
			this.#native.close(read);
			this.#native.close(timer);
		}
	}
}

/** Whatever becomes of what is told, the program runs. */
const orWarn = async ({warn}: Context, {id, notifySocket}: StateRecord, told: Promise<void>): Promise<void> => {
	try {
		await told;
	} catch (error) {
		warn(`container ${id} is ready, and notifySocket ${notifySocket!} could not be told: ${String(error)}`);
	}
};

/** Runs what begins the program; then waits until it is ready, if somebody wants to hear of that. */
export const untilReady = async (context: Context, record: StateRecord, mainPid: number | undefined, begin: () => Promise<void>): Promise<void> => {
	if (record.notifySocket === undefined) {
		return begin();
	}

	const readiness = await Readiness.open(context.native, record.notifySocket, context.store.directory(record.id));
	try {
		await begin();
		await orWarn(context, record, readiness.passOn(record, mainPid));
	} finally {
		readiness.close();
	}
};

/** A program that was restored was ready before. */
export const tellRestored = async (context: Context, record: StateRecord): Promise<void> => {
	if (record.notifySocket !== undefined) {
		await orWarn(context, record, tellReady(context, record));
	}
};

const tellReady = async ({native, store}: Context, {id, pid, notifySocket}: StateRecord): Promise<void> => {
	const readiness = await Readiness.open(native, notifySocket!, store.directory(id));
	try {
		await readiness.tell(pid);
	} finally {
		readiness.close();
	}
};
