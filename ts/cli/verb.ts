// What a verb of the command line is, and what it is given.
import type {RuntimeCore} from '../container/runtime.js';
import type {Native} from '../native/native.js';
import type {Flag, Parsed} from './flags.js';
import type {Host} from './host.js';

/** The flags that were given, by their type. */
export class Flags {
	readonly #parsed: Parsed['flags'];

	constructor(parsed: Parsed['flags']) {
		this.#parsed = parsed;
	}

	is(name: string): boolean {
		return this.#parsed.get(name) === true;
	}

	text(name: string): string | undefined {
		const value = this.#parsed.get(name);
		return value === undefined || value === '' ? undefined : String(value);
	}

	number(name: string): number | undefined {
		return this.#parsed.get(name) as number | undefined;
	}

	list(name: string): readonly string[] {
		return this.#parsed.get(name) as readonly string[] | undefined ?? [];
	}
}

export interface Call {
	readonly host: Host;
	readonly native: Native;
	readonly runtime: RuntimeCore;
	readonly flags: Flags;
	/** Those of the command line as a whole. */
	readonly global: Flags;
	readonly args: readonly string[];
	/** Relative paths are relative to the working directory. */
	path(text: string): string;
	/** To standard output. */
	say(text: string): void;
}

export type Run = (call: Call) => Promise<number>;

export interface Verb {
	readonly summary: string;
	/** What follows the flags, for the help. */
	readonly usage: string;
	readonly flags: readonly Flag[];
	/** How many arguments it takes, and in which words runc refuses another number. */
	readonly args: readonly [number, number];
	readonly stopAt?: number;
	/** The exit code of its failures. Default: 1. */
	readonly failure?: number;
	/** Makes, changes or removes cgroups: with --systemd-cgroup that is systemd's part. */
	readonly makesCgroups?: boolean;
	/** Puts a process into a cgroup: a container says whether systemd has to, which is asked then. */
	readonly joinsCgroup?: boolean;
	/** Cannot be done without Node. */
	readonly needsNode?: boolean;
	readonly load: () => Promise<{readonly run: Run}>;
}
