// Memory that goes ahead of a migration while the container runs: in rounds, each with what has changed since the one before.
import {readdir, truncate} from 'node:fs/promises';
import type {DumpStats} from '../images/stats.js';
import {parentOf, roundDirectory} from '../pager/transfer.js';
import type {CheckpointResult} from './dump.js';
import type {PreDumpOptions} from './pre-dump.js';

export interface SendAhead {
	/** How many rounds there may be. */
	readonly rounds: number;
	/** Of the images of each. */
	readonly directory: string;
	preDump(options: Pick<PreDumpOptions, 'imagesDir' | 'parentImg'>): Promise<CheckpointResult>;
	send(imagesDir: string, bytes: number): Promise<void>;
}

/** So many change while a round is made of anything that runs. */
const fewPages = 64;

/**
 * Whether the container writes to less and less, and not to next to nothing: otherwise another round brings nothing.
 *
 * @param written Pages of the rounds so far.
 */
export const isWorthARound = (written: readonly number[]): boolean => {
	const [last, before] = written.toReversed();
	return last === undefined || (last > fewPages && (before === undefined || last < before * 0.9));
};

/** The next round looks up in the pagemaps what there was; its bytes are at the destination. */
const forgetPages = async (imagesDir: string): Promise<void> => {
	for (const name of await readdir(imagesDir)) {
		if (/^pages-\d+\.img$/.test(name)) {
			await truncate(`${imagesDir}/${name}`);
		}
	}
};

export interface SentAhead {
	/** CRIU's figures of each round. */
	readonly rounds: readonly DumpStats[];
	readonly sizeBytes: number;
}

/** @throws What the callbacks throw. */
export const sendAhead = async ({rounds, directory, preDump, send}: SendAhead): Promise<SentAhead> => {
	const done: DumpStats[] = [];
	let sizeBytes = 0;
	while (done.length < rounds && isWorthARound(done.map(({pagesWritten}) => Number(pagesWritten)))) {
		const imagesDir = roundDirectory(directory, done.length);
		const parentImg = parentOf(done.length);
		const result = await preDump({imagesDir, ...(parentImg !== undefined && {parentImg})});
		await send(imagesDir, result.sizeBytes);
		await forgetPages(imagesDir);
		done.push(result.stats!);
		sizeBytes += result.sizeBytes;
	}

	return {rounds: done, sizeBytes};
};
