// Starting `criu swrk`: CRIU as our child, with its session on descriptor 3.
import type {Readable} from 'node:stream';
import {CtnError} from '../errors.js';
import {O_CLOEXEC, O_RDWR} from '../linux/constants.js';
import {searchPath} from '../linux/search-path.js';
import type {Exit, ExitWatch, Fd, Native, Spawned} from '../native/native.js';
import {kill} from '../native/processes.js';
import {wire, type Step} from '../plan/wire.gen.js';
import {CriuSession} from './session.js';

export interface StartCriu {
	/** The executable, an absolute path. */
	readonly path: string;
	/**
	 * Descriptors 0, 1 and 2 of CRIU, and with `shellJob` of the restored tasks. They stay the caller's.
	 *
	 * Default: /dev/null, and a pipe that `output` comes from.
	 */
	readonly stdio?: readonly [Fd, Fd, Fd] | undefined;
	/** Descriptors that CRIU has as 4, 5, …. They stay the caller's. */
	readonly fds?: readonly Fd[] | undefined;
	/** Open `tasks` files of cgroup v1 directories that CRIU, and so what it restores, starts in. They stay the caller's. */
	readonly tasks?: readonly Fd[] | undefined;
	/** An open cgroup2 directory to start in. It stays the caller's. */
	readonly cgroup?: Fd | undefined;
	/** Surroundings that CRIU finds itself in. */
	readonly inside?: CriuSurroundings | undefined;
}

/** Namespaces of CRIU's own, and what is done in them before it begins. */
export interface CriuSurroundings {
	/** CLONE_NEW* flags. */
	readonly flags: bigint;
	/** Descriptors that the steps use. They stay the caller's. */
	readonly fds: readonly Fd[];
	/** @param first Number that the first of `fds` has there. */
	readonly steps: (first: number) => readonly Step[];
}

/** CRIU runs ip, tar and iptables-restore, which are in sbin. It gets nothing else of our environment. */
const environment = [`PATH=${searchPath}`];

const mostOutput = 65_536;
const drainMs = 20;

const planOf = ({path, fds = [], tasks = [], inside}: StartCriu): Step[] => {
	const joined = tasks.map((_, index): Step => ({op: 'cgroup_join', tasks: wire.firstFreeFd + 1 + fds.length + index as Fd}));
	return [
		{op: 'setsid'}, // ^C at the terminal must not hit CRIU in the middle of a dump
		...joined,
		...inside?.steps(wire.firstFreeFd + 1 + fds.length + tasks.length) ?? [],
		{op: 'find_program', name: path, path: []},
		{op: 'exec', argv: [path, 'swrk', '3'], envp: environment, skip_fds: 0, keep_fds: 1 + fds.length},
	];
};

/** A running CRIU. */
export class CriuProcess {
	readonly session: CriuSession;
	readonly pid: number;
	readonly #native: Native;
	readonly #pidfd: Fd;
	readonly #stream: Readable | undefined;
	/** Resolves at the end of what it prints. */
	readonly #printed: Promise<unknown>;
	readonly #watch: ExitWatch;
	#output = '';
	#ended: Promise<Exit> | undefined;
	#isKilled = false;

	constructor(native: Native, {pid, pidfd}: Spawned, session: CriuSession, stream: Readable | undefined) {
		this.#native = native;
		this.pid = pid;
		this.#pidfd = pidfd;
		this.session = session;
		this.#stream = stream;
		this.#watch = native.watchExit(pidfd);
		this.#watch.exit.catch(() => {}); // Whoever calls end() hears of it
		this.#printed = new Promise(resolve => {
			stream?.on('end', resolve).on('error', resolve).on('data', chunk => {
				this.#output = (this.#output + String(chunk)).slice(-mostOutput);
			});
		});
	}

	/** What CRIU and its helpers printed, which is what happened before there was a log. The last 64 KiB. */
	get output(): string {
		return this.#output;
	}

	/** Resolves when it has ended, whoever else still has its socket. */
	get exited(): Promise<Exit> {
		return this.#watch.exit;
	}

	/** Stops it at once. Tasks that it was dumping run on; those that it was restoring stay, half made. */
	kill(): void {
		if (this.#ended !== undefined || this.#isKilled) {
			return; // The pidfd is, or will be, closed; and a second SIGKILL gets it past the stop that its guard waits for
		}

		this.#isKilled = true;
		kill(this.#native, this.#pidfd);
	}

	/** Closes the session and waits until CRIU has ended; everything that was opened for it is closed. */
	async end(): Promise<Exit> {
		this.#ended ??= this.#end();
		return this.#ended;
	}

	async #end(): Promise<Exit> {
		this.session.close();
		this.#watch.ref();
		try {
			const exit = await this.#watch.exit;
			if (this.#stream !== undefined) {
				// Not for ever: a process that it left behind may have the other end
				await Promise.race([this.#printed, this.#native.sleep(drainMs)]);
			}

			return exit;
		} finally {
			this.#native.close(this.#pidfd);
			this.#stream?.destroy();
		}
	}
}

const startFailure = (path: string, errno: string, step: string): CtnError => {
	const details = {errno, syscall: step, subject: path};
	const isOfFile = step === 'find_program' || step === 'exec';
	if (isOfFile && (errno === 'ENOENT' || errno === 'ENOTDIR')) {
		return new CtnError('ERR_CRIU_NOT_FOUND', `there is no CRIU at ${path}`, details);
	}

	return new CtnError('ERR_CRIU_UNUSABLE', `CRIU at ${path} cannot be started: ${step}: ${errno}`, details);
};

/** Waits until the process is CRIU. */
const follow = async (native: Native, path: string, sync: Fd): Promise<void> => {
	const {report, fds} = await native.report(sync);
	fds.forEach(fd => native.close(fd));
	if (report?.kind === 'error') {
		throw startFailure(path, report.errno, report.step);
	}
};

/**
 * Starts CRIU. The caller has to end() it.
 *
 * @throws CtnError `ERR_CRIU_NOT_FOUND` if there is no such file.
 * @throws CtnError `ERR_CRIU_UNUSABLE` if it cannot be executed.
 */
export const startCriu = async (native: Native, options: StartCriu): Promise<CriuProcess> => {
	const held = new Set<Fd>();
	const hold = (fd: Fd): Fd => {
		held.add(fd);
		return fd;
	};

	let stream: Readable | undefined;
	let started: CriuProcess | undefined;
	try {
		const [ours, theirs] = native.socketpair().map(hold) as [Fd, Fd];
		let {stdio} = options;
		if (stdio === undefined) {
			const [none] = await native.batch([{op: 'open', path: '/dev/null', flags: O_RDWR | O_CLOEXEC, mode: 0}]) as [Fd];
			hold(none);
			const [read, write] = native.pipe().map(hold) as [Fd, Fd];
			stdio = [none, write, write];
			stream = native.readStream(read);
			held.delete(read); // The stream owns it
		}

		const spawned = await native.spawn({
			flags: options.inside?.flags ?? 0n,
			cgroup: options.cgroup,
			stdio,
			fds: [theirs, ...options.fds ?? [], ...options.tasks ?? [], ...options.inside?.fds ?? []],
			plan: planOf(options),
		});
		hold(spawned.sync);
		started = new CriuProcess(native, spawned, new CriuSession(native, ours), stream);
		held.delete(ours); // The session owns it
		await follow(native, options.path, spawned.sync);
		return started;
	} catch (error) {
		started?.kill();
		await started?.end();
		stream?.destroy();
		throw error;
	} finally {
		// Theirs among them: with a copy of it here the end of CRIU would never be seen
		held.forEach(fd => native.close(fd));
	}
};
