// ctnative setup-criu: the script that comes with the package, with what it was given.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {exitCodes, type Command} from '../command.js';

/** This file is dist/ts/cli/commands/setup-criu.js of the package. */
const script = join(__dirname, '../../../../scripts/install-criu');

export const setupCriu: Command = {
	async run(args) {
		const {status, error} = spawnSync('bash', [script, ...args], {stdio: 'inherit'});
		if (error) {
			throw new Error(`${script} cannot be run: ${error.message}`);
		}

		return status ?? exitCodes.no;
	},
};
