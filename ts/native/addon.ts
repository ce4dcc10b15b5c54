// The addon's functions, as src-native/bind/ has them: numbers in, numbers or -errno out.
export interface AddonPoll {
	/** undefined, or -errno. */
	readonly done: Promise<undefined | number>;
	ref(): void;
	unref(): void;
	/** Gives up: `done` resolves to -ECANCELED. */
	stop(): void;
}

export interface Addon {
	readonly wireHash: number;
	batch(list: Uint8Array): Promise<Array<number | Uint8Array> | {index: number; errno: number}>;
	spawn(flags: bigint, exe: number, cgroup: number, cgroupOpened: number, fds: readonly number[], plan: Uint8Array, before: Uint8Array): Promise<{pid: number; pidfd: number; sync: number; startTime: number} | {index: number; errno: number} | number>;
	memfdExecutable(bytes: Uint8Array): number;
	pidfdOpen(pid: number): number;
	pidfdSendSignal(pidfd: number, signal: number): number;
	/** [code, signal], -1 for what is unknown; -EAGAIN while a tracer has the process. */
	reap(pidfd: number): readonly [number, number] | number;
	setWindowSize(terminal: number, rows: number, columns: number): number;
	socketpair(isStream?: boolean): [number, number] | number;
	pipe(): [number, number] | number;
	close(fd: number): number;
	connect(directory: string, name: string): number;
	receive(socket: number): {data: Uint8Array; fds: number[]} | number;
	send(socket: number, data: Uint8Array, fds: readonly number[]): number;
	readonly Poll: new (fd: number) => AddonPoll;
}
