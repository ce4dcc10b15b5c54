// The addon's functions, as src-native/bind/ has them: numbers in, numbers or -errno out.
export interface AddonPoll {
	/** undefined, or -errno. */
	readonly done: Promise<undefined | number>;
	/** Gives up: `done` resolves to -ECANCELED. */
	stop(): void;
}

export interface AddonSpawned {
	readonly pid: number;
	readonly pidfd: number;
	readonly sync: number;
	readonly startTime: number;
	readonly stdio: string;
	/** 0: it was started; 1: it stands at `created` and `after` is done; 2: its sync socket has ended, and is closed. */
	readonly reached: 0 | 1 | 2;
	/** Of the op of `after` that failed, with its index. */
	readonly errno?: number;
	readonly failed?: number;
}

export interface Addon {
	readonly wireHash: number;
	batch(list: Uint8Array): Promise<Array<number | Uint8Array> | {index: number; errno: number}>;
	spawn(flags: bigint, exe: number, cgroup: number, cgroupOpened: number, fds: readonly number[], plan: Uint8Array, before: Uint8Array, after: Uint8Array, ahead: boolean, follow: boolean): Promise<AddonSpawned | {index: number; errno: number} | number>;
	memfdExecutable(bytes: Uint8Array): number;
	pidfdOpen(pid: number): number;
	pidfdSendSignal(pidfd: number, signal: number): number;
	/** [code, signal], -1 for what is unknown; -EAGAIN while a tracer has the process. */
	reap(pidfd: number): readonly [number, number] | number;
	/** The same when it has ended. It does not keep the program alive; the descriptor must not be closed before. */
	watchExit(pidfd: number): Promise<readonly [number, number] | number>;
	/** Whether watchExit() of it does. */
	keepForExit(pidfd: number, keeps: boolean): void;
	setWindowSize(terminal: number, rows: number, columns: number): number;
	socketpair(isStream?: boolean): [number, number] | number;
	pipe(): [number, number] | number;
	close(fd: number): number;
	connect(directory: string, name: string): number;
	receive(socket: number): {data: Uint8Array; fds: number[]} | number;
	send(socket: number, data: Uint8Array, fds: readonly number[]): number;
	readonly Poll: new (fd: number) => AddonPoll;
}
