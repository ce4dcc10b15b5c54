// Restoring: besides the request, holding on to the root task, so that a failed restore leaves nothing.
import {isAlive, parseProcessStat} from '../linux/proc.js';
import type {Fd, Native} from '../native/native.js';
import {end, kill} from '../native/processes.js';
import {textOf} from '../native/results.js';
import {readCriuLog, request, type Criu, type CriuRun, type Task} from './client.js';
import type {CriuHandlers} from './notify.js';
import type {CriuOpts} from './opts.js';
import {removeYards} from './yard.js';

/** The root task that was restored. */
export interface Restored {
	readonly pid: number;
	/** The caller's. With `rstSibling`, the default, the process is our child and can be waited for by it. */
	readonly pidfd: Fd;
}

/** The root task, as soon as CRIU says its pid; from then on it can be ended whatever becomes of CRIU. */
class Root {
	readonly #native: Native;
	#pid = 0;
	#pidfd: Fd | undefined;

	constructor(native: Native) {
		this.#native = native;
	}

	/** Handlers that learn the pid before they call those of the caller. */
	watch(handlers: CriuHandlers): CriuHandlers {
		return {
			...handlers,
			setupNamespaces: async pid => {
				this.hold(pid);
				await handlers.setupNamespaces?.(pid);
			},
			postRestore: async pid => {
				this.hold(pid);
				await handlers.postRestore?.(pid);
			},
		};
	}

	hold(pid: number): void {
		if (this.#pidfd === undefined) {
			this.#pidfd = this.#native.pidfdOpen(pid);
			this.#pid = pid;
		}
	}

	/**
	 * Holds a task that CRIU names in a response of failure. It has killed it, and with rst_sibling
	 * there is nobody but us to wait for it; a process that is not our child is somebody else's by now.
	 */
	async holdChild(pid: number): Promise<void> {
		const [stat] = await this.#native.batch([{op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'}]);
		if (parseProcessStat(textOf(stat))?.parent === process.pid) {
			this.hold(pid);
		}
	}

	/** Hands it over. */
	take(): Restored {
		return {pid: this.#pid, pidfd: this.#pidfd!};
	}

	/** Kills it, waits for it and lets go. As init of a pid namespace it takes all others with it. */
	async end(): Promise<void> {
		if (this.#pidfd !== undefined) {
			await end(this.#native, this.#pidfd);
		}
	}
}

const lookMs = 100;
const mostLooks = 10;

/**
 * CRIU waits for ever for a task that somebody kills when all stands ready: so it is killed, too, if it has nothing to say
 * of that for a second.
 */
class Companion {
	readonly #native: Native;
	#criu: Fd | undefined;

	constructor(native: Native) {
		this.#native = native;
	}

	/** All stands ready, and CRIU is about to be told so. */
	begin(criu: number, root: number): void {
		this.#criu = this.#native.pidfdOpen(criu);
		this.#follow(root).catch(() => {}); // Without it CRIU alone decides
	}

	/** CRIU has ended. */
	end(): void {
		if (this.#criu !== undefined) {
			this.#native.close(this.#criu);
			this.#criu = undefined;
		}
	}

	async #follow(pid: number): Promise<void> {
		for (let looks = 0; looks < mostLooks && this.#criu !== undefined;) {
			await this.#native.sleep(lookMs);
			const [stat] = await this.#native.batch([{op: 'read', path: `/proc/${pid}/stat`, max: 4096, okErrno: 'any'}]);
			const facts = parseProcessStat(textOf(stat));
			looks = facts && isAlive(facts) ? 0 : looks + 1;
		}

		if (this.#criu !== undefined) {
			kill(this.#native, this.#criu);
		}
	}
}

/**
 * Restores a tree of tasks. It runs when this resolves.
 *
 * When it fails, no task of it is left: one that CRIU left behind half made is killed. That needs the
 * pid, which CRIU says at `setupNamespaces`; a CRIU that dies before that can leave a task.
 *
 * @throws CtnError `ERR_ARGUMENT` for a bad option, before anything is touched.
 * @throws CtnError `ERR_CRIU_FAILED` with `log`, `cure` and, if a handler called it off, `cause`.
 * @throws CtnError `ERR_NATIVE` if `imagesDir` or `workDir` cannot be opened.
 * @throws CtnError `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`.
 */
export const restore = async (criu: Criu, opts: CriuOpts, run: CriuRun = {}): Promise<Restored> => {
	const root = new Root(criu.native);
	const companion = new Companion(criu.native);
	let criuPid = 0;
	const task: Task = {
		what: `restore from ${opts.imagesDir ?? ''}`,
		type: 'RESTORE',
		own: {rst_sibling: opts.rstSibling ?? true},
		log: 'restore.log',
		failed: async response => root.holdChild(response.restore?.pid ?? 0),
	};
	try {
		const {restore: restored} = await request(criu, task, opts, {
			...run,
			async onStart(pid) {
				criuPid = pid;
				await run.onStart?.(pid);
			},
			handlers: root.watch({
				...run.handlers,
				async postRestore(pid) {
					await run.handlers?.postRestore?.(pid);
					companion.begin(criuPid, pid);
				},
			}),
		}).finally(() => {
			companion.end();
		});
		root.hold(restored!.pid);
		return root.take();
	} catch (error) {
		await root.end();
		await removeYards(criu.native, await readCriuLog(criu.native, opts.workDir ?? opts.imagesDir ?? '', opts.logFile ?? task.log));
		throw error;
	}
};
