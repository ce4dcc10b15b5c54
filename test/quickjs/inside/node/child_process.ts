// node:child_process. What a program is given or says, while we wait for it, is in files without names.
import {EventEmitter} from 'events';
import type {Buffer} from 'buffer';
import type {Readable, Writable} from 'readable-stream';
import type {Fd} from '../../../../ts/native/native.js';
import {linuxNative} from '../linux.js';
import {closeSync, existsSync, fileWith, openSync, readFromStart} from './fs.js';
import {process} from './process.js';
import {endOf, start, stdioOf, type End, type RunOptions, type Stdio} from './run-program.js';
import {text} from './stream-consumers.js';
import {setTimeout as sleep} from './timers-promises.js';
import {custom} from './util.js';

interface SyncOptions extends RunOptions {
	readonly encoding?: BufferEncoding;
	readonly input?: string | Uint8Array;
}

const isThere = (program: string): boolean =>
	program.includes('/') ? existsSync(program) : (process.env['PATH'] ?? '').split(':').some(directory => existsSync(`${directory}/${program}`));

interface SyncResult {
	readonly pid: number;
	readonly status: number | null;
	readonly signal: string | null;
	readonly stdout: string | Buffer | null;
	readonly stderr: string | Buffer | null;
	readonly error?: Error;
}

export const spawnSync = (program: string, ...rest: [readonly string[], SyncOptions?] | [SyncOptions?]): SyncResult => {
	const [args, options] = Array.isArray(rest[0]) ? [rest[0] as readonly string[], rest[1] ?? {}] : [[], (rest[0] ?? {}) as SyncOptions];
	if (!isThere(program)) {
		return {pid: 0, status: null, signal: null, stdout: null, stderr: null, error: Object.assign(new Error(`spawnSync ${program} ENOENT`), {code: 'ENOENT'})};
	}

	const opened: number[] = [];
	const fdFor = (kind: Stdio, index: number): number => {
		if (typeof kind === 'number' || kind === 'inherit') {
			return typeof kind === 'number' ? kind : index;
		}

		const fd = kind === 'ignore' ? openSync('/dev/null', 'r+') : fileWith(index === 0 ? options.input ?? '' : '');
		opened.push(fd);
		return fd;
	};

	try {
		const kinds = stdioOf(options);
		const fds = kinds.map(fdFor);
		const pid = start([program, ...args], fds, options);
		const {code, signal} = endOf(pid, true)!;
		const [stdout, stderr] = [1, 2].map(index => {
			const bytes = kinds[index] === 'pipe' ? readFromStart(fds[index]!) : null;
			return bytes && options.encoding ? bytes.toString(options.encoding) : bytes;
		}) as [SyncResult['stdout'], SyncResult['stderr']];
		return {pid, status: code, signal, stdout, stderr};
	} finally {
		opened.forEach(closeSync);
	}
};

export const execFileSync = (program: string, ...rest: [readonly string[], SyncOptions?] | [SyncOptions?]): string | Buffer | null => {
	const {status, signal, stdout, stderr, error} = spawnSync(program, ...rest);
	if (status !== 0) {
		throw Object.assign(error ?? new Error(`Command failed: ${program} ${Array.isArray(rest[0]) ? rest[0].join(' ') : ''}\n${String(stderr ?? '')}`), {status, signal, stdout, stderr});
	}

	return stdout;
};

export const execSync = (command: string, options: SyncOptions = {}): string | Buffer | null => execFileSync('sh', ['-c', command], options);

class ChildProcess extends EventEmitter {
	readonly pid: number;
	readonly stdin: Writable | null;
	readonly stdout: Readable | null;
	readonly stderr: Readable | null;
	exitCode: number | null = null;
	signalCode: string | null = null;

	constructor(words: readonly string[], options: RunOptions) {
		super();
		const native = linuxNative();
		const [theirs, ours] = [[], []] as [Fd[], Array<Fd | undefined>];
		const opened: number[] = [];
		stdioOf(options).forEach((kind, index) => {
			if (kind === 'pipe') {
				const [read, write] = native.pipe();
				theirs.push(index === 0 ? read : write);
				ours.push(index === 0 ? write : read);
				opened.push(theirs.at(-1)!);
			} else {
				theirs.push((kind === 'inherit' ? index : kind === 'ignore' ? openSync('/dev/null', 'r+') : kind) as Fd);
				ours.push(undefined);
				opened.push(...kind === 'ignore' ? [theirs.at(-1)!] : []);
			}
		});
		this.pid = start(words, theirs, options);
		opened.forEach(closeSync);
		[this.stdin, this.stdout, this.stderr] = ours.map((fd, index) => fd === undefined ? null : index === 0 ? native.writeStream(fd) : native.readStream(fd)) as [Writable | null, Readable | null, Readable | null];
		void this.#wait();
	}

	async #wait(): Promise<void> {
		let end: End | undefined;
		for (; end === undefined; end = endOf(this.pid, false)) { // Without a descriptor, which tests would find
			await sleep(2);
		}

		this.exitCode = end.code;
		this.signalCode = end.signal;
		this.stdin?.destroy();
		this.emit('exit', this.exitCode, this.signalCode);
		await Promise.all([this.stdout, this.stderr].filter(stream => stream !== null && !stream.destroyed).map(async stream => new Promise(resolve => {
			stream!.once('close', resolve);
			if (stream!.readableFlowing === null) {
				stream!.resume(); // Nobody listens
			}
		})));
		this.emit('close', this.exitCode, this.signalCode);
	}

	kill(signal: string | number = 'SIGTERM'): boolean {
		return this.exitCode === null && this.signalCode === null && process.kill(this.pid, signal);
	}

	unref(): void {}
}

export const spawn = (program: string, ...rest: [readonly string[], RunOptions?] | [RunOptions?]): ChildProcess =>
	Array.isArray(rest[0]) ? new ChildProcess([program, ...rest[0] as readonly string[]], rest[1] ?? {}) : new ChildProcess([program], (rest[0] ?? {}) as RunOptions);

type Done = (error: Error | null, stdout: string, stderr: string) => void;

export const execFile = (program: string, args: readonly string[], ...rest: [RunOptions, Done] | [Done]): ChildProcess => {
	const [options, done] = rest.length === 1 ? [{}, rest[0]] : rest;
	const child = spawn(program, args, {...options, stdio: 'pipe'});
	const end = async (): Promise<void> => {
		const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), new Promise(resolve => {
			child.once('exit', resolve);
		})]);
		const isGood = child.exitCode === 0;
		done(isGood ? null : Object.assign(new Error(`Command failed: ${program} ${args.join(' ')}\n${stderr}`), {code: child.exitCode, signal: child.signalCode, stdout, stderr}), stdout, stderr);
	};

	void end();
	return child;
};

Object.assign(execFile, {
	[custom]: async (program: string, args: readonly string[] = [], options: RunOptions = {}) => new Promise((resolve, reject) => {
		execFile(program, args, options, (error, stdout, stderr) => error ? reject(error) : resolve({stdout, stderr}));
	}),
});
