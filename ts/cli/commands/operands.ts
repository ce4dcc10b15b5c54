// Checkpoints that a command is given: directories and archives.
import {Checkpoint} from '../../index.js';
import {UsageError} from '../command.js';

/** @throws UsageError if there is none. */
export const needCheckpoints = (command: string, paths: readonly string[]): void => {
	if (paths.length === 0) {
		throw new UsageError(`"checkpoint ${command}" takes a directory or an archive`);
	}
};

/** One after the other, so that of many archives one at a time takes room in TMPDIR. */
export const eachCheckpoint = async <Result>(paths: readonly string[], use: (checkpoint: Checkpoint, path: string) => Promise<Result>): Promise<Result[]> => {
	const results: Result[] = [];
	for (const path of paths) {
		const checkpoint = await Checkpoint.open(path);
		try {
			results.push(await use(checkpoint, path));
		} finally {
			await checkpoint.close();
		}
	}

	return results;
};
