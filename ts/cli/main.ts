#!/usr/bin/env node
// The command `ctnative`: finds the verb, hands it the rest of the arguments, and exits with its code.
import {parseArgs} from 'node:util';
import {CtnError} from '../index.js';
import {check} from './commands/check.js';
import {setupCriu} from './commands/setup-criu.js';
import {exitCodes, UsageError, type Command} from './command.js';
import {version} from './version.js';

const commands = new Map<string, Command>([['check', check], ['setup-criu', setupCriu]]);

const help = (): string => [
	'Usage: ctnative COMMAND [OPTION...]',
	'',
	'Linux containers: create, run, checkpoint and restore them.',
	'',
	'Commands:',
	...[...commands].map(([name, {summary}]) => `  ${name.padEnd(12)}${summary}`),
	'',
	'Options:',
	'  --help      show this, or with a command what it takes',
	'  --version   show the version',
	'',
	'Exit code: 0 yes, 1 no or failed, 2 wrong usage.',
].join('\n');

/** It was called wrongly, whoever noticed: we, node:util or the library. */
const isUsageError = (error: unknown): boolean =>
	error instanceof UsageError
	|| (error instanceof CtnError && error.code === 'ERR_ARGUMENT')
	|| (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'));

/** Options before, or without, a command. */
const runBare = (args: readonly string[]): number => {
	const {values} = parseArgs({args: [...args], options: {help: {type: 'boolean', short: 'h'}, version: {type: 'boolean', short: 'v'}}});
	if (!values.version && !values.help) {
		throw new UsageError('which command?');
	}

	console.log(values.version ? version() : help());
	return exitCodes.yes;
};

const run = async ([name, ...rest]: readonly string[]): Promise<number> => {
	if (name === undefined || name.startsWith('-')) {
		return runBare(name === undefined ? [] : [name, ...rest]);
	}

	const command = commands.get(name);
	if (command === undefined) {
		throw new UsageError(`there is no command '${name}' in this version; there is ${[...commands.keys()].join(', ')}`);
	}

	return command.run(rest);
};

const main = async (args: readonly string[]): Promise<number> => {
	try {
		return await run(args);
	} catch (error) {
		const isUsage = isUsageError(error);
		console.error(`ctnative: ${error instanceof Error ? error.message : String(error)}`);
		if (isUsage) {
			console.error('Try ctnative --help.');
		}

		return isUsage ? exitCodes.usage : exitCodes.no;
	}
};

// Not process.exit(): what was written to a pipe would be cut off
void main(process.argv.slice(2)).then(code => {
	process.exitCode = code;
});
