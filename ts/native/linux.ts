// Native in Node: the addon, and Node's streams.
import {readSync} from 'node:fs';
import {ReadStream as TerminalStream} from 'node:tty';
import {Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Duplex, Readable, Writable} from 'node:stream';
import type {Addon} from './addon.js';
import {AddonNative, listOf} from './addon-native.js';
import {findProgram, loadAddon, readInit} from './load.js';
import {encodePlan} from '../plan/encode.js';
import type {Fd, Native, SpawnRequest} from './native.js';

/** More than the kernel keeps of a pty: 8 KiB on their way from the slave, and 4 KiB to be read. */
const mostLeft = 1 << 16;

/**
 * The master of a pty, to its last byte. When the last slave is closed, reads fail with EIO behind that byte: that is the end, not
 * a failure. libuv calls a hang-up the end as soon as a read brings less than there is room for, though the kernel may have more
 * on its way: so the rest is read then.
 */
class Terminal extends TerminalStream {
	readonly #fd: Fd;

	constructor(fd: Fd) {
		super(fd);
		this.#fd = fd;
	}

	override push(chunk: unknown, encoding?: BufferEncoding): boolean {
		if (chunk === null && !this.destroyed) {
			this.#pushRest();
		}

		return super.push(chunk, encoding);
	}

	#pushRest(): void {
		const rest = Buffer.alloc(mostLeft);
		let length = 0;
		try {
			for (let size = 1; size > 0 && length < rest.length; length += size) {
				size = readSync(this.#fd, rest, length, rest.length - length, null);
			}
		} catch {
			// EIO: that was all. EAGAIN: somebody has opened the slave anew, which is no terminal of the process any more
		}

		if (length > 0) {
			super.push(rest.subarray(0, length));
		}
	}

	override destroy(error?: NodeJS.ErrnoException): this {
		if (error?.code !== 'EIO') {
			return super.destroy(error);
		}

		this.push(null);
		this.read(0);
		return this;
	}
}

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
		return new Terminal(fd);
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
