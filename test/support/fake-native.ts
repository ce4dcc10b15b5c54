// A Native with no kernel behind it: it remembers what is there, and fails where it is told to.
import {CtnError} from '../../ts/errors.js';
import {decodeUtf8, encodeUtf8} from '../../ts/linux/utf8.js';
import type {EncodedBatch, Exit, ExitWatch, Fd, HostOp, HostResult, Native, Packet, ReadWatch, Spawned, SpawnRequest} from '../../ts/native/native.js';
import {aboutChild} from '../../ts/plan/child.js';
import {wire} from '../../ts/plan/wire.gen.js';
import type {Report} from '../../ts/plan/report.js';

interface FakeProcess {
	readonly pid: number;
	readonly reports: Report[];
	/** Its plan ends in a wait for us: it goes when we do. */
	readonly waits: boolean;
	exit: Exit | undefined;
	readonly ended: Array<(exit: Exit) => void>;
}

export interface FakeOptions {
	/** Fails the nth call, counted from 1; each op of a batch is one. */
	readonly failAt?: number;
	readonly errno?: string;
	/** init takes longer to get ready than a worker waits for it. */
	readonly isSlow?: boolean;
	/** It has `aside`, as the command has. */
	readonly hasAside?: boolean;
	/** Files that are there at the start. */
	readonly files?: Readonly<Record<string, string>>;
}

const mountinfo = ['memory', 'cpu', 'cpuacct', 'pids', 'devices', 'freezer']
	.map((name, index) => `${30 + index} 20 0:${index} / /cg/${name} rw - cgroup cgroup rw,${name}`)
	.concat('40 20 0:40 / /cg/unified rw - cgroup2 cgroup2 rw').join('\n');

export const machineFiles: Readonly<Record<string, string>> = {
	'/proc/self/mountinfo': mountinfo,
	'/proc/self/status': 'Uid:\t0\t0\t0\t0\nCapPrm:\t000001ffffffffff\n',
	...Object.fromEntries(['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'].map(name => [`/proc/self/ns/${name}`, ''])),
};

/** Ops whose result is a descriptor. */
const opening = new Set<string>(['open', 'open_tree', 'bind_tree', 'new_tree', 'netns_new', 'listen', 'connect', 'pidfd_open', 'lock', 'cgroup_event', 'watch_files', 'trigger', 'timer', 'bind_datagram', 'connect_datagram']);

/** Everything a container could leave behind can be counted here. */
export class FakeNative implements Native {
	/** Open descriptors and what they are. */
	readonly open = new Map<number, string>();
	readonly directories = new Set<string>();
	readonly files = new Map<string, string>();
	readonly processes = new Map<number, FakeProcess>();
	calls = 0;
	/** As the option; may be changed. */
	failAt: number | undefined;
	readonly #options: FakeOptions;
	#next = 100;
	#nextPid = 5000;

	constructor(options: FakeOptions = {}) {
		this.#options = options;
		this.failAt = options.failAt;
		for (const [path, text] of Object.entries({...machineFiles, ...options.files})) {
			this.files.set(path, text);
		}
	}

	get aside(): Native['aside'] {
		return this.#options.hasAside ? list => {
			const results = this.batchEncoded(list);
			results.catch(() => {}); // Whoever asks for them hears of it
			return async () => results;
		} : undefined;
	}

	get alive(): number[] {
		return [...this.processes.values()].filter(process => !process.exit).map(process => process.pid);
	}

	async batchEncoded({ops}: EncodedBatch): Promise<HostResult[]> {
		return this.batch(ops());
	}

	async batch(ops: readonly HostOp[]): Promise<HostResult[]> {
		await Promise.resolve();
		const opened: Fd[] = [];
		const results: HostResult[] = [];
		for (const op of ops) {
			try {
				this.#count(op.op, 'path' in op ? op.path : undefined);
				const result = this.#run(op);
				if (opening.has(op.op)) {
					opened.push(result as Fd);
				}

				results.push(result);
			} catch (error) {
				if (!(error instanceof CtnError) || (op.okErrno !== 'any' && op.okErrno !== error.errno)) {
					for (const fd of opened) {
						this.close(fd);
					}

					throw error;
				}

				results.push(-1);
			}
		}

		return results;
	}

	programPath(name: string): string {
		return `/${name}`;
	}

	async spawn({first: early = [], before = [], plan, fds, after = [], ahead = false}: SpawnRequest): Promise<Spawned> {
		const ops = [...early, ...before];
		const results = await this.batch(ops);
		for (const [index, op] of ops.entries()) {
			if (opening.has(op.op)) {
				this.close(results[index] as Fd);
			}
		}

		this.#count('clone3');
		for (const fd of fds) {
			if (!this.open.has(fd)) {
				throw new Error(`descriptor ${fd} is not open`);
			}
		}

		const pid = this.#nextPid++;
		const reports = plan.flatMap((step): Report[] => step.op === 'sync' ? [{kind: 'sync', point: step.point}] : []);
		// A plan that ends neither in a program nor in a wait has done its work by the time somebody asks
		const exit = ['exec', 'sync'].includes(plan.at(-1)?.op ?? '') ? undefined : {code: 0, signal: null};
		this.processes.set(pid, {pid, reports, exit, ended: [], waits: plan.at(-1)?.op === 'sync'});
		this.files.set(`/proc/${pid}/stat`, `${pid} (ctn-init) S ${Array.from({length: 18}, () => 1).join(' ')} 77 0`);
		const child = {pid, pidfd: this.#fd(`pidfd ${pid}`), sync: this.#fd(`sync ${pid}`), startTime: 77, stdio: '[null,null,null]'};
		const [first] = reports;
		const isSlow = this.#options.isSlow === true;
		if ((isSlow && !ahead) || after.length === 0 || first?.kind !== 'sync' || first.point !== wire.sync.created) {
			return {...child, reached: 'start'};
		}

		try {
			await this.batch(aboutChild(after, child));
			if (!isSlow) {
				reports.shift(); // It has asked, and found the answer
			}

			return {...child, reached: 'created'};
		} catch (failure) {
			return {...child, reached: 'start', failure};
		}
	}

	async report(sync: Fd): ReturnType<Native['report']> {
		await Promise.resolve();
		this.#count('report');
		return {report: this.#processOf(sync)?.reports.shift(), fds: []};
	}

	async readable(): Promise<void> {
		this.#count('readable');
	}

	connect(directory: string, name: string): Fd {
		this.#count('connect');
		if (!this.files.has(`${directory}/${name}`)) {
			throw new CtnError('ERR_NATIVE', 'connect: ENOENT', {errno: 'ENOENT', syscall: 'connect'});
		}

		return this.#fd('socket');
	}

	watchReadable(): ReadWatch {
		this.#count('watchReadable');
		let stop = (): void => {};
		const ready = new Promise<boolean>(resolve => {
			stop = () => {
				resolve(false);
			};
		});
		return {ready, stop};
	}

	async receive(): Promise<Packet> {
		this.#count('receive');
		return {data: new Uint8Array(0), fds: []};
	}

	send(): void {
		this.#count('send');
	}

	close(fd: Fd): void {
		const process = this.open.get(fd)?.startsWith('sync ') ? this.#processOf(fd) : undefined;
		if (process?.waits) {
			this.#kill(process);
		}

		if (!this.open.delete(fd)) {
			throw new Error(`descriptor ${fd} is closed twice`);
		}
	}

	pipe(): [Fd, Fd] {
		this.#count('pipe');
		return [this.#fd('pipe read'), this.#fd('pipe write')];
	}

	socketpair(): [Fd, Fd] {
		this.#count('socketpair');
		return [this.#fd('socket'), this.#fd('socket')];
	}

	pidfdOpen(pid: number): Fd {
		this.#count('pidfdOpen');
		return this.#fd(`pidfd ${pid}`);
	}

	pidfdSendSignal(pidfd: Fd, signal: number): void {
		this.#count('pidfdSendSignal');
		if (signal === 9) {
			this.#kill(this.#processOf(pidfd));
		}
	}

	watchExit(pidfd: Fd): ExitWatch {
		const process = this.#processOf(pidfd)!;
		return {
			exit: process.exit ? Promise.resolve(process.exit) : new Promise(resolve => {
				process.ended.push(resolve);
			}),
			ref() {},
			unref() {},
		};
	}

	setWindowSize(): void {}

	async sleep(): Promise<void> {}

	readStream(fd: Fd): never {
		let isOpen = true;
		return {destroy: () => { // A second one does nothing
			if (isOpen) {
				isOpen = false;
				this.close(fd);
			}
		}} as never;
	}

	writeStream(fd: Fd): never {
		return this.readStream(fd);
	}

	terminalStream(fd: Fd): never {
		return this.readStream(fd);
	}

	#count(syscall: string, subject?: string): void {
		if (++this.calls === this.failAt) {
			const errno = this.#options.errno ?? 'EIO';
			throw new CtnError('ERR_NATIVE', `${syscall}: ${errno}`, {errno, syscall, subject});
		}
	}

	#fd(what: string): Fd {
		this.open.set(this.#next, what);
		return this.#next++ as Fd;
	}

	#processOf(fd: Fd): FakeProcess | undefined {
		return this.processes.get(Number(this.open.get(fd)?.split(' ')[1]));
	}

	#kill(process: FakeProcess | undefined): void {
		if (process && !process.exit) {
			process.exit = {code: null, signal: 9};
			this.files.delete(`/proc/${process.pid}/stat`);
			for (const resolve of process.ended) {
				resolve(process.exit);
			}
		}
	}

	#fail(op: HostOp, errno: string): never {
		throw new CtnError('ERR_NATIVE', `${op.op}: ${errno}`, {errno, syscall: op.op, subject: 'path' in op ? op.path : undefined});
	}

	#make(directory: string): number {
		this.directories.add(directory);
		return 0;
	}

	#run(op: HostOp): HostResult {
		switch (op.op) {
			case 'mkdir': {
				return this.directories.has(op.path) ? this.#fail(op, 'EEXIST') : this.#make(op.path);
			}

			case 'rmdir': {
				const isUsed = [...this.files.keys(), ...this.directories].some(path => path.startsWith(`${op.path}/`) && !op.path.startsWith('/cg/'));
				return isUsed ? this.#fail(op, 'ENOTEMPTY') : this.directories.delete(op.path) ? 0 : this.#fail(op, 'ENOENT');
			}

			case 'unlink': {
				return this.files.delete(op.path) ? 0 : this.#fail(op, 'ENOENT');
			}

			case 'write':
			case 'write_lines': {
				this.files.set(op.path, op.op === 'write_lines' ? op.lines.at(-1)! : decodeUtf8(op.data ?? new Uint8Array(0)));
				if (op.path.endsWith('cgroup.kill')) {
					for (const process of this.processes.values()) {
						this.#kill(process);
					}
				}

				return 0;
			}

			case 'rename': {
				this.files.set(op.to, this.files.get(op.from) ?? this.#fail(op, 'ENOENT'));
				this.files.delete(op.from);
				return 0;
			}

			case 'read':
			case 'same': {
				const text = this.files.get(op.path) ?? this.#fail(op, 'ENOENT');
				return op.op === 'read' ? encodeUtf8(text) : text === decodeUtf8(op.data!) ? 0 : this.#fail(op, 'ESTALE');
			}

			case 'stat': {
				return this.files.has(op.path) || this.directories.has(op.path) ? new Uint8Array(64) : this.#fail(op, 'ENOENT');
			}

			case 'list': {
				const below = [...this.directories, ...(op.directories ? [] : this.files.keys())].filter(path => path.startsWith(`${op.path}/`)).map(path => path.slice(op.path.length + 1));
				return encodeUtf8(below.filter(name => !name.includes('/')).map(name => `${name}\0`).join(''));
			}

			case 'listen':
			case 'bind_datagram': {
				this.files.set(`${op.directory}/${op.name}`, '');
				return this.#fd('listener');
			}

			case 'connect': {
				return this.files.has(`${op.directory}/${op.name}`) ? this.#fd('socket') : this.#fail(op, 'ENOENT');
			}

			case 'pidfd_open': {
				return this.#fd(`pidfd ${op.pid}`);
			}

			case 'open':
			case 'open_tree':
			case 'bind_tree':
			case 'new_tree':
			case 'lock': {
				return this.#fd(op.path);
			}

			case 'close': {
				this.close(op.fd);
				return 0;
			}

			default: {
				return opening.has(op.op) ? this.#fd(op.op) : 0;
			}
		}
	}
}
