// What a command of the command line is.

export const exitCodes = {yes: 0, no: 1, usage: 2} as const;

export interface Command {
	/**
	 * Parses and runs it; `--help` is one of its options.
	 *
	 * @param args What follows the name of the command.
	 * @returns The exit code.
	 */
	run(args: readonly string[]): Promise<number>;
}

export {UsageError} from './flags.js';
