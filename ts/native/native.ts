/**
 * The one way to the operating system.
 *
 * Plain data in, plain data out, passed in and never imported as a singleton: tests put a fake
 * behind it that fails its Nth call, and the core runs in another host by bringing another one.
 * A call that fails throws a CtnError `ERR_NATIVE` with `errno`, `syscall` and `subject`.
 */
import type {Duplex, Readable, Writable} from 'node:stream';
import type {Fd, HostOp, Step} from '../plan/wire.gen.js';
import type {Report} from '../plan/report.js';

export type {Fd, HostOp, Step} from '../plan/wire.gen.js';

/** A number (descriptor, 0, or -errno where `okErrno` allowed it), or bytes. */
export type HostResult = number | Uint8Array;

/** What it has is asked for in this order, and may be made then: a host that can begins with the first meanwhile. */
export interface SpawnRequest {
	/** Carried out first, on the same worker, as batch() does. Nothing of it opens a descriptor. */
	readonly first?: readonly HostOp[];
	/** CLONE_NEW* flags of the new process. */
	readonly flags: bigint;
	/** A cgroup2 directory to start in (CLONE_INTO_CGROUP). */
	readonly cgroup?: Fd | undefined;
	/** Descriptors 0, 1 and 2 of the new process. */
	readonly stdio: readonly [Fd, Fd, Fd];
	/** Further descriptors; the nth becomes `wire.firstFreeFd + n`. */
	readonly fds: readonly Fd[];
	/**
	 * Carried out behind `first`. The descriptors that these open follow `fds`, and are closed here when the
	 * process has them.
	 */
	readonly before?: readonly HostOp[];
	/** In place of `cgroup`: which of the descriptors of `before`. */
	readonly cgroupOpened?: number | undefined;
	readonly plan: readonly Step[];
	/**
	 * Carried out on the same worker when init stands at the sync point `created`; the ops `child_*` are about
	 * it. A process that takes long to get there finds them undone: `reached` tells.
	 */
	readonly after?: readonly HostOp[] | undefined;
	/** `created` is all that it asks for: `after` is carried out as soon as it is there, and it finds the answer when it asks. Default: false. */
	readonly ahead?: boolean | undefined;
	/** Stay until its program runs, if that does not take long, and go on with its child when it forks. Default: false. */
	readonly follow?: boolean;
	/** In place of `first` and `before`, `plan` and `after`, which say the same; they are asked for when something failed. */
	readonly encoded?: EncodedSpawn | undefined;
}

/** Host operations as bytes (plan/encode.ts), for one who has them. The ops, which say the same, are asked for when one failed. */
export interface EncodedBatch {
	readonly encoded: Uint8Array;
	readonly ops: () => readonly HostOp[];
}

/** The lists of a spawn as bytes (plan/encode.ts), for one who has them. */
export interface EncodedSpawn {
	readonly before: Uint8Array;
	readonly plan: Uint8Array;
	readonly after: Uint8Array;
}

/** A ctn-init that was started. The caller owns both descriptors. */
export interface Spawned {
	readonly pid: number;
	readonly pidfd: Fd;
	/** Our end of its sync socket; closed already where `reached` is `program`. */
	readonly sync: Fd;
	/** Clock ticks since boot; with the pid it names the process for good. */
	readonly startTime: number;
	/** JSON: of descriptors 0 to 2 by what they are known again, as StateRecord has them. Empty without `after`. */
	readonly stdio: string;
	/** How far it was seen to be: `created` means that `after` is done, `program` that it has no more to report. */
	readonly reached: 'start' | 'created' | 'program';
	/** An op of `after` that failed, as batch() would throw it; init still waits. */
	readonly failure?: unknown;
}

export interface Packet {
	/** Empty at the end of the stream. */
	readonly data: Uint8Array;
	/** Descriptors that came with it (SCM_RIGHTS), close-on-exec, owned by the caller. */
	readonly fds: readonly Fd[];
	/** At the end: the other side left without reading all that we had sent. */
	readonly unread?: boolean;
}

/** How a process ended. Both are null if it was not our child, so that the kernel told nobody. */
export interface Exit {
	readonly code: number | null;
	/** Number of the signal that ended it. */
	readonly signal: number | null;
}

export interface ExitWatch {
	/** Resolves when the process has ended; it is reaped then, if it was our child. */
	readonly exit: Promise<Exit>;
	/** Keeps the event loop alive until then. A watch starts without. */
	ref(): void;
	unref(): void;
}

export interface ReadWatch {
	/** True: there is something to read, or the other side is gone. False: it was stopped. Either way the descriptor may be closed. */
	readonly ready: Promise<boolean>;
	stop(): void;
}

export interface Native {
	/**
	 * Carries out host operations in order, on one worker.
	 *
	 * At the first that fails with an errno it does not allow, the descriptors that this batch
	 * opened are closed and the error is thrown, with the op as `syscall` and its path as `subject`.
	 * What the others did stays done.
	 */
	batch(ops: readonly HostOp[]): Promise<HostResult[]>;
	/** The same, encoded before. */
	batchEncoded(list: EncodedBatch): Promise<HostResult[]>;
	/**
	 * The same while the caller does something else; what this returns waits for the results, and is to be called once.
	 * Only in a host in which batch() does not do that.
	 */
	readonly aside?: ((list: EncodedBatch) => () => Promise<HostResult[]>) | undefined;
	/** Starts ctn-init with a plan. An op of `first` or `before` that fails throws as in batch(); then nothing is started. */
	spawn(request: SpawnRequest): Promise<Spawned>;
	/** The next report of an init, or undefined when its program runs (or it died: the pidfd tells). */
	report(sync: Fd): Promise<Omit<Packet, 'data'> & {readonly report: Report | undefined}>;
	/** Resolves when there is something to read, or the other side is gone. */
	readable(fd: Fd): Promise<void>;
	/** The same, for a wait that can be given up. */
	watchReadable(fd: Fd): ReadWatch;
	/** Connects to a SEQPACKET socket in a directory. Does not wait: it fails with EAGAIN where too many others do. */
	connect(directory: string, name: string): Fd;
	/** One packet of a SEQPACKET socket; waits for it without blocking. */
	receive(socket: Fd): Promise<Packet>;
	send(socket: Fd, data: Uint8Array, fds?: readonly Fd[]): void;
	/** Never throws: a descriptor that cannot be closed is a bug that `assert`s in the tests. */
	close(fd: Fd): void;
	/** [read end, write end], close-on-exec. */
	pipe(): [Fd, Fd];
	/** A SOCK_SEQPACKET pair, or one of SOCK_STREAM; close-on-exec. */
	socketpair(isStream?: boolean): [Fd, Fd];
	pidfdOpen(pid: number): Fd;
	pidfdSendSignal(pidfd: Fd, signal: number): void;
	watchExit(pidfd: Fd): ExitWatch;
	setWindowSize(terminal: Fd, rows: number, columns: number): void;
	/** Path of a program of this package, such as `ctn-pager`. Throws `ERR_NATIVE_LOAD` if there is none. */
	programPath(name: string): string;
	sleep(milliseconds: number): Promise<void>;
	/** Hands the descriptor over to a stream of the host. */
	readStream(fd: Fd): Readable;
	writeStream(fd: Fd): Writable;
	terminalStream(fd: Fd): Duplex;
}

/** Descriptors, by number, of this process' own stdio. */
export const stdioFd = (number: 0 | 1 | 2): Fd => number as Fd;
