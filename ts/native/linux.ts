// Native in Node: the addon, and Node's streams.
import {ReadStream as TerminalStream} from 'node:tty';
import {Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Duplex, Readable, Writable} from 'node:stream';
import type {Addon} from './addon.js';
import {AddonNative, listOf} from './addon-native.js';
import {findProgram, loadAddon, readInit} from './load.js';
import {encodePlan} from '../plan/encode.js';
import type {Fd, Native, SpawnRequest} from './native.js';

/** A pty master reads EIO when the last slave is closed: that is its end, not a failure. */
const endOnHangup = (stream: TerminalStream): Duplex => {
	const emit = stream.emit.bind(stream);
	stream.emit = (event: string | symbol, ...rest: unknown[]): boolean => {
		if (event === 'error' && (rest[0] as NodeJS.ErrnoException).code === 'EIO') {
			return emit('end');
		}

		return emit(event as 'close', ...(rest as []));
	};

	return stream;
};

class LinuxNative extends AddonNative {
	readonly #addon: Addon;

	constructor(addon: Addon) {
		super(addon);
		this.#addon = addon;
	}

	protected async start(request: SpawnRequest, init: () => number): ReturnType<Addon['spawn']> {
		const {flags, cgroup, stdio, fds, cgroupOpened = -1, ahead = false, follow = false} = request;
		const {before, plan, after} = request.encoded ?? {before: listOf([...request.first ?? [], ...request.before ?? []]), plan: encodePlan(request.plan), after: listOf(request.after)};
		return this.#addon.spawn(flags, init(), cgroup ?? -1, cgroupOpened, [...stdio, ...fds], plan, before, after, ahead, follow);
	}

	protected openInit(): number {
		return this.#addon.memfdExecutable(readInit());
	}

	programPath(name: string): string {
		return findProgram(name);
	}

	async sleep(milliseconds: number): Promise<void> {
		await sleep(milliseconds);
	}

	readStream(fd: Fd): Readable {
		return new Socket({fd, readable: true, writable: false});
	}

	writeStream(fd: Fd): Writable {
		return new Socket({fd, readable: false, writable: true});
	}

	terminalStream(fd: Fd): Duplex {
		return endOnHangup(new TerminalStream(fd));
	}
}

let shared: Native | undefined;

/**
 * The Native of this process; the addon is loaded at the first call.
 *
 * @throws CtnError `ERR_NATIVE_LOAD`
 */
export const linuxNative = (): Native => {
	shared ??= new LinuxNative(loadAddon());
	return shared;
};
