// The receiving side of a dump whose memory goes to another place: CRIU's page server, as a child of CRIU.
import type {Fd, Native} from '../native/native.js';
import {kill} from '../native/processes.js';
import {readCriuLog, withDirectories, type Criu} from './client.js';
import {encodeOpts} from './encode-opts.js';
import {criuFailure} from './failure.js';
import type {CriuOpts} from './opts.js';
import {startCriu, type CriuProcess} from './start.js';

const logName = 'page-server.log';
const what = 'serve pages';

export interface PageServerOptions extends Pick<CriuOpts, 'workDir' | 'parentImg' | 'autoDedup' | 'logLevel' | 'logFile' | 'configFile' | 'tls' | 'tlsCacert' | 'tlsCacrl' | 'tlsCert' | 'tlsKey' | 'tlsNoCnVerify'> {
	/** Directory for the pages; made if it is missing. With the other images of the checkpoint beside them it can be restored. */
	readonly imagesDir: string;
	/** IP address to listen on. Without `tls` nobody is asked who he is: mind what you make it listen on. Default: `127.0.0.1`. */
	readonly address?: string;
	/** TCP port. Default: 0, one that is free. */
	readonly port?: number;
}

/** A page server that listens, for one connection. */
export class PageServer {
	readonly pid: number;
	/** What to give to a checkpoint as its `pageServer`. */
	readonly address: string;
	/** TCP port. */
	readonly port: number;
	/**
	 * Resolves when the connection is over and all pages are in `imagesDir`.
	 *
	 * Rejects with CtnError `ERR_CRIU_FAILED` if the server failed or was stopped.
	 */
	readonly done: Promise<void>;
	readonly #native: Native;
	#pidfd: Fd | undefined;

	constructor(native: Native, pid: number, address: string, port: number, follow: () => Promise<void>) {
		this.#native = native;
		this.pid = pid;
		this.address = address;
		this.port = port;
		this.#pidfd = native.pidfdOpen(pid);
		this.done = follow().finally(() => {
			native.close(this.#pidfd!);
			this.#pidfd = undefined;
		});
		this.done.catch(() => {}); // Whoever stops it need not look
	}

	/** Ends it now; `done` rejects. */
	stop(): void {
		if (this.#pidfd !== undefined) {
			kill(this.#native, this.#pidfd);
		}
	}
}

/** Waits for the server to end; CRIU ends with it. */
const follow = async (process: CriuProcess, pid: number, log: () => Promise<string>): Promise<void> => {
	const answer = await process.session.request({type: 'WAIT_PID', pid});
	const exit = await process.end();
	if (!answer.response?.success || answer.response.status !== 0) {
		throw criuFailure({...answer, what, exit, log: await log(), output: process.output});
	}
};

/**
 * Starts a page server that puts what it gets into `imagesDir`.
 *
 * @throws CtnError as dump() does.
 */
export const pageServer = async (criu: Criu, {address = '127.0.0.1', port: wanted = 0, ...options}: PageServerOptions): Promise<PageServer> => {
	const {native, path} = criu;
	const encoded = encodeOpts({logFile: logName, ...options, pageServer: {address, port: wanted}});
	await native.batch([{op: 'mkdir', path: options.imagesDir, mode: 0o700, okErrno: 'EEXIST'}]);
	return withDirectories(native, encoded, async message => {
		const process = await startCriu(native, {path, fds: encoded.fds});
		const log = () => readCriuLog(native, options.workDir ?? options.imagesDir, options.logFile ?? logName);
		try {
			// Its status-ready would come from another process than the response, and take WAIT_PID for its answer
			const opts = {...message, notify_scripts: false};
			const answer = await process.session.request({type: 'PAGE_SERVER_CHLD', opts, keep_open: true});
			const {pid, port} = answer.response?.ps ?? {};
			if (answer.response?.success && pid !== undefined && port !== undefined) {
				return new PageServer(native, pid, address, port, () => follow(process, pid, log));
			}

			throw criuFailure({...answer, what, exit: await process.end(), log: await log(), output: process.output});
		} catch (error) {
			process.kill();
			await process.end();
			throw error;
		}
	});
};
