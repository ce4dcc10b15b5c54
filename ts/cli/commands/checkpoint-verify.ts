// ctnative checkpoint verify: are the images still what was written?
import {exitCodes, type Command} from '../command.js';
import {extraHelp, parseExtra} from '../extra-lines.js';
import {eachCheckpoint, needCheckpoints} from './operands.js';
import {printable} from './tree.js';

const help = extraHelp('checkpoint verify', `Compares each file of checkpoints with its size and its checksum, as they were when it was written, and says what
there was to compare. Checksums are taken of checkpoints that are made with --leave-running.

Exit code: 0 if all is as it was, 1 if a file is missing, cut off or changed, or if nothing is known of it.`);

const wordsOf = (files: number, checksums: number): string => {
	if (files === 0) {
		return 'nothing is known of what was written, as ctnative did not write it';
	}

	return `${files} file(s) have their size, ${checksums === 0 ? 'and there are no checksums' : `and ${checksums} their checksum`}`;
};

export const verify: Command = {
	async run(words) {
		const {values, positionals} = parseExtra('checkpoint verify', words);
		if (values.help) {
			console.log(help);
			return exitCodes.yes;
		}

		needCheckpoints('verify', positionals);
		const known = await eachCheckpoint(positionals, async (checkpoint, path) => {
			const {files, checksums} = await checkpoint.verify();
			console.log(`${printable(path)}: ${wordsOf(files, checksums)}`);
			return files > 0;
		});
		return known.every(Boolean) ? exitCodes.yes : exitCodes.no;
	},
};
