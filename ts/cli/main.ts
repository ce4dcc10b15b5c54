#!/usr/bin/env node
// The command `ctnative` in Node: runc's verbs, and the commands that only Node can do.
import {CtnError} from '../index.js';
import {check} from './commands/check.js';
import {setupCriu} from './commands/setup-criu.js';
import {exitCodes, UsageError, type Command} from './command.js';
import {nodeHost} from './node-host.js';
import {runRuntimeLine} from './runtime-line.js';

const commands = new Map<string, Command>([['check', check], ['setup-criu', setupCriu]]);

/** It was called wrongly, whoever noticed: we, node:util or the library. */
const isUsageError = (error: unknown): boolean =>
	error instanceof UsageError
	|| (error instanceof CtnError && error.code === 'ERR_ARGUMENT')
	|| (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'));

const runCommand = async (args: readonly string[]): Promise<number> => {
	const at = args.findIndex(word => commands.has(word));
	try {
		return await commands.get(args[at]!)!.run(args.slice(at + 1));
	} catch (error) {
		const isUsage = isUsageError(error);
		console.error(`ctnative: ${error instanceof Error ? error.message : String(error)}`);
		if (isUsage) {
			console.error('Try ctnative --help.');
		}

		return isUsage ? exitCodes.usage : exitCodes.no;
	}
};

void (async () => {
	const host = nodeHost();
	const code = await runRuntimeLine(host, [...commands].map(([name, {summary}]) => [name, summary] as const));
	if (code === undefined) {
		// Not process.exit(): what was written to a pipe would be cut off
		process.exitCode = await runCommand(host.args);
	} else {
		process.exit(code); // Somebody may still wait for what is typed
	}
})();
