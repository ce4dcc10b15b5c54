// In place of ts/native/linux.ts: Native as the command has it, with streams, and with the programs of this tree.
import {Buffer} from 'buffer';
import {Duplex, Readable, Writable} from 'readable-stream';
import {CtnError} from '../../../ts/errors.js';
import type {Fd, Native} from '../../../ts/native/native.js';
import {QuickNative} from '../../../ts/command/quick-native.js';
import {projectPath} from '../../support/paths.js';
import {check, host, os} from './engine.js';
import {closeSync, openSync} from './node/fs.js';

type Done = (error?: Error | null) => void;
const chunkBytes = 65_536;
const [O_WRONLY, O_NONBLOCK, EAGAIN] = [1, 0o4000, 11];

/** Reads ahead, as Node's streams over descriptors do. */
const eager = <Stream extends Readable>(stream: Stream): Stream => {
	stream.read(0);
	return stream;
};

class TestNative extends QuickNative {
	override programPath(name: string): string {
		return projectPath('build/Release', name);
	}

	override readStream(fd: Fd): Readable {
		return eager(new Readable({...this.#reading(fd), autoDestroy: true}));
	}

	override writeStream(fd: Fd): Writable {
		return new Writable({...this.#writing(async bytes => this.#writePipe(fd, bytes)), destroy: this.#closing(fd), autoDestroy: true});
	}

	override terminalStream(fd: Fd): Duplex {
		return eager(new Duplex({...this.#reading(fd), ...this.#writing(async bytes => this.#write(fd, bytes)), allowHalfOpen: false, autoDestroy: true}));
	}

	/** Waits where the other side is slow, and everything with it: only for what is short. */
	async #write(fd: Fd, bytes: Buffer): Promise<void> {
		await this.batch([{op: 'write_fd', fd, data: new Uint8Array(bytes)}]);
	}

	/** Waits only with the write: by a descriptor of its own for the same pipe. */
	async #writePipe(fd: Fd, bytes: Buffer): Promise<void> {
		const own = openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK);
		try {
			for (let at = 0; at < bytes.length;) {
				const size = os.write(own, bytes.buffer as ArrayBuffer, bytes.byteOffset + at, bytes.length - at);
				if (size === -EAGAIN) {
					await this.sleep(1);
				} else {
					at += check('write', size);
				}
			}
		} finally {
			closeSync(own);
		}
	}

	#closing(fd: Fd, stop = (): void => {}) {
		return (error: Error | null, done: Done): void => {
			stop();
			this.close(fd);
			done(error);
		};
	}

	#reading(fd: Fd) {
		const native = this; // eslint-disable-line @typescript-eslint/no-this-alias
		let stop = (): void => {};
		const next = async (): Promise<Uint8Array | undefined> => {
			const watch = native.watchReadable(fd);
			stop = () => watch.stop();
			const isReady = await watch.ready;
			stop = () => {};
			if (!isReady) {
				return undefined;
			}

			try {
				return (await native.batch([{op: 'read_fd', fd, max: chunkBytes}]))[0] as Uint8Array;
			} catch (error) {
				if (error instanceof CtnError && error.errno === 'EIO') {
					return new Uint8Array(0); // The last slave of a terminal is closed
				}

				throw error;
			}
		};

		return {
			read(this: Readable): void {
				next().then(bytes => {
					if (bytes) {
						this.push(bytes.length === 0 ? null : Buffer.from(bytes));
						this.read(0); // Sees the end, though nobody reads
					}
				}, (error: unknown) => this.destroy(error as Error));
			},
			destroy: this.#closing(fd, () => stop()),
		};
	}

	#writing(write: (bytes: Buffer) => Promise<void>) {
		return {
			write(chunk: Buffer, _encoding: string, done: Done): void {
				write(chunk).then(() => done(), (error: unknown) => done(error as Error));
			},
		};
	}
}

let shared: Native | undefined;

export const linuxNative = (): Native => {
	shared ??= new TestNative(host);
	return shared;
};
