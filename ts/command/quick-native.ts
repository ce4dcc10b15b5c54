// Native in the command: the same C as the addon's, called directly, and an event loop of our own.
import type {Duplex, Readable, Writable} from 'node:stream';
import {CtnError} from '../errors.js';
import type {Addon, AddonPoll} from '../native/addon.js';
import {AddonNative, check, listOf, none, resultsOf} from '../native/addon-native.js';
import type {EncodedBatch, Fd, HostResult, SpawnRequest} from '../native/native.js';
import {encodePlan} from '../plan/encode.js';
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

type End = Awaited<ReturnType<Addon['watchExit']>>;

interface Watched {
	readonly pidfd: number;
	/** Of the wait. */
	readonly id: number;
	end?: End;
}

const isKnown = (end: End): boolean => typeof end !== 'number' && end.some(part => part !== -1);

/** The ends of processes, as the addon tells of them. */
const exitsOf = (host: QuickHost): Pick<Addon, 'watchExit' | 'keepForExit'> => {
	const watches = new Set<Watched>(); // The oldest first
	const over = (watch: Watched): End => {
		// One process may have several descriptors: how it ended is told once, to whoever started it and so came first
		for (const other of watches) {
			const end = other.end ?? host.reap(other.pidfd);
			if (isKnown(end) || other === watch) {
				other.end = end;
			}

			if (other === watch) {
				break;
			}
		}

		watches.delete(watch);
		return watch.end!;
	};

	return {
		watchExit: async pidfd => new Promise(resolve => {
			const id = host.wait(pidfd, () => resolve(over(watch)));
			const watch: Watched = {pidfd, id};
			host.keep(id, false);
			watches.add(watch);
		}),
		keepForExit(pidfd, keeps) {
			watches.forEach(watch => watch.pidfd === pidfd && host.keep(watch.id, keeps));
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
			memfdExecutable: () => host.openInit(),
		}));
		this.#host = host;
	}

	readonly aside = ({encoded, ops}: EncodedBatch): (() => Promise<HostResult[]>) => {
		const id = check('pthread_create', this.#host.aside(encoded));
		return async () => resultsOf(ops, this.#host.resultsOf(id));
	};

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

	/** The kernel does the first of it while the rest is still decided and encoded. */
	protected async start(request: SpawnRequest, init: () => number): ReturnType<Addon['spawn']> {
		const host = this.#host;
		const {encoded} = request;
		const id = check('pthread_create', host.spawn(encoded ? none : listOf(request.first)));
		let lists: readonly [plan: Uint8Array, after: Uint8Array];
		try {
			const {flags, cgroup, stdio, fds, cgroupOpened = -1, ahead = false, follow = false} = request;
			check('spawn', host.spawnInit(id, flags, init(), cgroup ?? -1, cgroupOpened, [...stdio, ...fds], encoded?.before ?? listOf(request.before), ahead, follow));
			lists = encoded ? [encoded.plan, encoded.after] : [encodePlan(request.plan), listOf(request.after)];
		} catch (error) {
			host.spawned(id, undefined, none);
			throw error;
		}

		return host.spawned(id, ...lists);
	}

	protected openInit(): number {
		return this.#host.openInit();
	}
}
