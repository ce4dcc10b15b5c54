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
	/** Of run.ts: put the results into benchmarks/results/ and README.md. */
	readonly write: boolean;
	/** Of run.ts: numbers or names of the questions to ask. Default: all. */
	readonly questions: readonly string[];
}

/** What every file of this directory takes on its command line. */
export const readOptions = (): BenchmarkOptions => {
	const {values, positionals} = parseArgs({
		allowPositionals: true,
		options: {
			quick: {type: 'boolean', default: false},
			trials: {type: 'string'},
			json: {type: 'string'},
			images: {type: 'string'},
			write: {type: 'boolean', default: false},
		},
	});
	const trials = values.trials === undefined ? undefined : Number(values.trials);
	if (trials !== undefined && !(Number.isInteger(trials) && trials > 0)) {
		throw new Error('--trials must be a whole number above 0');
	}

	return {quick: values.quick, trials, json: values.json, images: values.images, write: values.write, questions: positionals};
};
