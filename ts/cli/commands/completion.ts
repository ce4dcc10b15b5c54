// ctnative completion: a script for the shell that is used.
import {exitCodes, UsageError, type Command} from '../command.js';
import {extraCommands} from '../extra.js';
import {completionScript, shells} from '../shell.js';

const help = `Usage: ctnative completion SHELL

Prints a script that completes commands, options and containers: for bash, zsh or fish.

  bash   ctnative completion bash >/etc/bash_completion.d/ctnative
  zsh    ctnative completion zsh >/usr/local/share/zsh/site-functions/_ctnative
  fish   ctnative completion fish >/etc/fish/completions/ctnative.fish`;

export const completion: Command = {
	async run([name, ...more]) {
		if (name === '--help' || name === '-h') {
			console.log(help);
			return exitCodes.yes;
		}

		const shell = shells.find(known => known === name);
		if (shell === undefined || more.length > 0) {
			throw new UsageError(`completion takes one shell of ${shells.join(', ')}`);
		}

		process.stdout.write(completionScript(shell, extraCommands));
		return exitCodes.yes;
	},
};
