// The command `ctnative` in Node: runc's verbs, and the commands that only Node can do.
import {CtnError} from '../index.js';
import {check} from './commands/check.js';
import {exporting, importing} from './commands/checkpoint-archive.js';
import {diff} from './commands/checkpoint-diff.js';
import {inspect, show} from './commands/checkpoint-inspect.js';
import {list} from './commands/checkpoint-list.js';
import {memparse} from './commands/checkpoint-memparse.js';
import {verify} from './commands/checkpoint-verify.js';
import {completion} from './commands/completion.js';
import {setupCriu} from './commands/setup-criu.js';
import {exitCodes, UsageError, type Command} from './command.js';
import {extraCommands, type ExtraLine} from './extra.js';
import {endWithReader, nodeHost} from './node-host.js';
import {runRuntimeLine} from './runtime-line.js';

const commands: Readonly<Record<string, Command>> = {
	check,
	completion,
	'setup-criu': setupCriu,
	'checkpoint export': exporting,
	'checkpoint import': importing,
	'checkpoint list': list,
	'checkpoint show': show,
	'checkpoint inspect': inspect,
	'checkpoint diff': diff,
	'checkpoint memparse': memparse,
	'checkpoint verify': verify,
};

/** It was called wrongly, whoever noticed: we, node:util or the library. */
const isUsageError = (error: unknown): boolean =>
	error instanceof UsageError
	|| (error instanceof CtnError && error.code === 'ERR_ARGUMENT')
	|| (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'));

const runCommand = async ({name, words}: ExtraLine): Promise<number> => {
	try {
		return await commands[name]!.run(words);
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
	const result = await runRuntimeLine(host, extraCommands);
	if (typeof result === 'number') {
		process.exit(result); // Somebody may still wait for what is typed
	}

	endWithReader();
	// Not process.exit(): what was written to a pipe would be cut off
	process.exitCode = await runCommand(result);
})();
