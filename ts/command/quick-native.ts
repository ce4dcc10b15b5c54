// Native in the command: the same C as the addon's, called directly, and an event loop of our own.
import type {Duplex, Readable, Writable} from 'node:stream';
import {CtnError} from '../errors.js';
import type {Addon, AddonPoll} from '../native/addon.js';
import {AddonNative} from '../native/addon-native.js';
import type {Fd} from '../native/native.js';
import {wire} from '../plan/wire.gen.js';
import type {QuickHost} from './host.js';

const ECANCELED = 125;

/** A wait for one descriptor, as the addon's Poll is. */
const pollOf = (host: QuickHost) => class implements AddonPoll {
	readonly done: Promise<undefined | number>;
	readonly #id: number;
	#settle: (result: undefined | number) => void = () => {};

	constructor(fd: number) {
		this.done = new Promise(resolve => {
			this.#settle = resolve;
		});
		this.#id = host.wait(fd, () => {
			this.#settle(undefined);
		});
	}

	stop(): void {
		if (host.forget(this.#id)) {
			this.#settle(-ECANCELED);
		}
	}
};

/** The ends of processes, as the addon tells of them. */
const exitsOf = (host: QuickHost): Pick<Addon, 'watchExit' | 'keepForExit'> => {
	const ids = new Map<number, number>();
	return {
		async watchExit(pidfd) {
			await new Promise<void>(resolve => {
				const id = host.wait(pidfd, resolve);
				host.keep(id, false);
				ids.set(pidfd, id);
			});
			return host.reap(pidfd);
		},
		keepForExit(pidfd, keeps) {
			host.keep(ids.get(pidfd)!, keeps);
		},
	};
};

/** Commands hand descriptors on and copy bytes themselves; the streams of Node's library are not here. */
const noStreams = (fd: Fd): never => {
	throw new CtnError('ERR_ARGUMENT', 'the command has no streams', {subject: `descriptor ${fd}`});
};

export class QuickNative extends AddonNative {
	readonly #host: QuickHost;

	/** @throws CtnError `ERR_NATIVE_LOAD` if the executable was put together of different versions. */
	constructor(host: QuickHost) {
		if (host.wireHash !== wire.hash) {
			throw new CtnError('ERR_NATIVE_LOAD', 'the parts of this command are of different versions of ctnative');
		}

		super(Object.assign(Object.create(host) as QuickHost, {
			Poll: pollOf(host),
			...exitsOf(host),
			batch: async (list: Uint8Array) => host.batch(list),
			spawn: async (...args: Parameters<QuickHost['spawn']>) => host.spawn(...args),
			memfdExecutable: () => host.openInit(),
		}));
		this.#host = host;
	}

	/** What needs other programs needs Node, too. */
	programPath(name: string): string {
		throw new CtnError('ERR_NATIVE_LOAD', `the command has no ${name}`, {subject: name});
	}

	async sleep(milliseconds: number): Promise<void> {
		await new Promise<void>(resolve => {
			this.#host.timer(milliseconds, resolve);
		});
	}

	readStream(fd: Fd): Readable {
		return noStreams(fd);
	}

	writeStream(fd: Fd): Writable {
		return noStreams(fd);
	}

	terminalStream(fd: Fd): Duplex {
		return noStreams(fd);
	}

	protected openInit(): number {
		return this.#host.openInit();
	}
}
