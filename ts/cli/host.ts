/**
 * What the command line needs of the program it is in, besides Native: the same verbs run in Node and
 * in the native command (ts/command/).
 */
import type {RuntimeHost} from '../container/runtime.js';
import type {Native} from '../native/native.js';

export interface Host {
	readonly native: Native;
	/** Of the package. */
	readonly version: string;
	/** What follows the name of the program. */
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Absolute path of the working directory. */
	readonly cwd: string;
	/** Effective uid. */
	readonly uid: number;
	/** Writes it all, or drops what cannot be written: 1 and 2 may be read-only, or closed. Ends by SIGPIPE when the reader of 1 is gone. */
	print(fd: 1 | 2, text: string): void;
	/** Width of the terminal that it is; undefined if it is none. */
	columns(fd: 1 | 2): number | undefined;
	/** From now on these signals do nothing but call `handler`. */
	onSignals(signals: readonly number[], handler: (signal: number) => void): void;
	/** The way to systemd, for its cgroups; undefined where there is none. */
	readonly systemd: RuntimeHost['systemd'];
	/** What this program is, to the byte: compiled seccomp filters are kept for the next one. Undefined where none are. */
	readonly filterVersion: string | undefined;
	/** For what needs Node; never returns in the native command. Undefined in Node itself. */
	readonly handOver: (() => never) | undefined;
}
