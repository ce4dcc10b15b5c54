/**
 * What the native command gives to JavaScript as `host` (src-native/command/): numbers in, numbers or
 * -errno out, as the addon in Node. Nothing of it waits but batch, resultsOf, spawned and print.
 */
import type {Addon} from '../native/addon.js';

export interface QuickHost extends Omit<Addon, 'batch' | 'spawn' | 'watchExit' | 'keepForExit' | 'Poll' | 'memfdExecutable'> {
	batch(list: Uint8Array): Awaited<ReturnType<Addon['batch']>>;
	/** Begins a batch in another thread: an id for resultsOf(), or -errno. */
	aside(list: Uint8Array): number;
	/** What it gave, when it is done; once. */
	resultsOf(id: number): Awaited<ReturnType<Addon['batch']>>;
	/** Begins, in another thread, with the batch that comes first: an id for the other two, or -errno. */
	spawn(first: Uint8Array): number;
	/** Goes on with a second batch, and starts a ctn-init: 0 or -errno. */
	spawnInit(id: number, flags: bigint, exe: number, cgroup: number, cgroupOpened: number, fds: readonly number[], before: Uint8Array, ahead: boolean, follow: boolean): number;
	/** What became of it, once. Without a plan it is called off, and no process is left. */
	spawned(id: number, plan: Uint8Array | undefined, after: Uint8Array): Awaited<ReturnType<Addon['spawn']>>;
	/** ctn-init, which is in the executable, in a sealed memfd. */
	openInit(): number;
	/** Calls `done` once, when the descriptor is readable, and behind all others if it `isLast`; the result is for keep() and forget(). */
	wait(fd: number, done: () => void, isLast?: boolean): number;
	timer(milliseconds: number, done: () => void): number;
	keep(id: number, keeps: boolean): void;
	/** True if it was still waiting. */
	forget(id: number): boolean;
	print(fd: number, text: string): void;
	exit(code: number): never;
	/** Undefined where the directory is gone. */
	cwd(): string | undefined;
	/** The environment, as `NAME=value`. */
	environment(): string[];
	/** One of it. */
	variable(name: string): string | undefined;
	/** Absolute path of this program. */
	executable(): string;
	/** Effective. */
	uid(): number;
	/** Of a terminal; undefined for anything else. */
	columns(fd: number): number | undefined;
	/** A descriptor that tells of these signals. */
	signals(numbers: readonly number[]): number;
	nextSignal(fd: number): number;
	/** Becomes another program, or -errno. */
	execute(path: string, argv: readonly string[], envp: readonly string[]): number;
	/** From 0 to below 1. */
	random(): number;
	/** UTF-8, as TextEncoder and TextDecoder have it. */
	encode(text: string): Uint8Array;
	decode(bytes: Uint8Array): string;
}
