// What build/quickjs gives its script: the host functions of the command, and QuickJS's modules `std` and `os`.
import type {QuickHost} from '../../../ts/command/host.js';
import {errnoName} from '../../../ts/linux/errno.js';

export interface EngineStat {
	readonly dev: number;
	readonly ino: number;
	readonly mode: number;
	readonly nlink: number;
	readonly uid: number;
	readonly gid: number;
	readonly rdev: number;
	readonly size: number;
	/** Milliseconds. */
	readonly atime: number;
	readonly mtime: number;
	readonly ctime: number;
}

/** Descriptors that it is not given are those of this process; others are closed. */
export interface ExecOptions {
	readonly block: false;
	readonly cwd?: string | undefined;
	readonly stdin?: number;
	readonly stdout?: number;
	readonly stderr?: number;
	readonly env?: Readonly<Record<string, string>>;
}

/** Results are -errno where they fail; those of pairs have errno second. */
interface Os {
	readonly O_RDONLY: number;
	readonly O_RDWR: number;
	open(path: string, flags: number, mode?: number): number;
	close(fd: number): number;
	read(fd: number, buffer: ArrayBuffer, offset: number, length: number): number;
	write(fd: number, buffer: ArrayBuffer, offset: number, length: number): number;
	/** As lseek(2): from the start with 0, from where it is with 1. */
	seek(fd: number, offset: number, whence: 0 | 1): number;
	remove(path: string): number;
	rename(from: string, to: string): number;
	mkdir(path: string, mode?: number): number;
	symlink(target: string, path: string): number;
	readlink(path: string): [string, number];
	readdir(path: string): [string[], number];
	stat(path: string): [EngineStat, number];
	lstat(path: string): [EngineStat, number];
	/** The pid. */
	exec(args: readonly string[], options: ExecOptions): number;
	getpid(): number;
	readonly WNOHANG: number;
	/** [pid, status], and pid is 0 where it still runs. */
	waitpid(pid: number, options: number): [number, number];
	kill(pid: number, signal: number): number;
	now(): number;
}

interface Std {
	getenviron(): Record<string, string>;
}

interface Globals {
	readonly host: QuickHost;
	readonly os: Os;
	readonly std: Std;
	readonly scriptArgs: readonly string[];
	/** Promises that were rejected, and the reasons, as long as nobody has asked. */
	readonly rejected: ReadonlyMap<Promise<unknown>, unknown>;
}

export const {host, os, std, scriptArgs, rejected} = globalThis as unknown as Globals;

/** The result, unless it is -errno: then an error such as Node throws. */
export const check = (syscall: string, result: number, path?: string | number): number => {
	if (result >= 0) {
		return result;
	}

	const code = errnoName(result);
	const subject = path === undefined ? '' : ` '${path}'`;
	throw Object.assign(new Error(`${code}: ${syscall}${subject}`), {code, errno: result, syscall, path});
};
