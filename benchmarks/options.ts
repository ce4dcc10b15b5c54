import {parseArgs} from 'node:util';

export interface BenchmarkOptions {
	/** Fewer trials: to see that it works, not to quote. */
	readonly quick: boolean;
	/** Trials of each peer; instead of each question's own number. */
	readonly trials: number | undefined;
	/** File that gets the results as JSON. */
	readonly json: string | undefined;
	/** Directory that checkpoints are written below. */
	readonly images: string | undefined;
}

/** What every file of this directory takes on its command line. */
export const readOptions = (): BenchmarkOptions => {
	const {values} = parseArgs({
		options: {
			quick: {type: 'boolean', default: false},
			trials: {type: 'string'},
			json: {type: 'string'},
			images: {type: 'string'},
		},
	});
	const trials = values.trials === undefined ? undefined : Number(values.trials);
	if (trials !== undefined && !(Number.isInteger(trials) && trials > 0)) {
		throw new Error('--trials must be a whole number above 0');
	}

	return {quick: values.quick, trials, json: values.json, images: values.images};
};
