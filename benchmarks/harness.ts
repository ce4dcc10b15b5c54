// Measures several ways of doing one thing in one run, turn by turn, so that whatever else the machine
// does meanwhile falls on all of them alike.
import {stopIfInterrupted} from './cleanup.js';

/** Values by what was measured; milliseconds, unless the question says otherwise. */
export type Parts = Readonly<Record<string, number>>;

export interface Peer {
	readonly name: string;
	/** Does the thing once and returns how long its parts took, in milliseconds; its set-up is in none. */
	readonly trial: () => Promise<Parts>;
}

export interface Figures {
	readonly name: string;
	readonly trials: number;
	readonly median: number;
	readonly p10: number;
	readonly p99: number;
	/** Median of the first peer, which is ours, divided by this one's. */
	readonly ratio: number;
}

export interface Result {
	/** Names it to the goals and from one version to the next: `back-to-back`, or `downtime-64/restore`. */
	readonly id: string;
	readonly title: string;
	readonly unit: string;
	/** Things done in one trial. */
	readonly batch: number;
	readonly figures: readonly Figures[];
}

export interface Question {
	readonly id: string;
	readonly title: string;
	/** Units of the parts that are no milliseconds. */
	readonly units?: Readonly<Record<string, string>>;
}

export interface Trials {
	readonly trials: number;
	/** Rounds that are not counted: caches fill, engines compile. */
	readonly warmUp: number;
	/** Things done in one trial. Default: 1. */
	readonly batch?: number;
	/** Rest before each trial, in milliseconds. Default: 0. */
	readonly apart?: number;
	/** Trials of one peer in a row, before it is the next one's turn. Default: 1. */
	readonly turn?: number;
}

/** Nearest rank: a value that was measured. */
export const percentile = (sorted: readonly number[], percent: number): number =>
	sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)]!;

export const sleep = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

/** Milliseconds that something takes. */
export const time = async (body: () => Promise<unknown>): Promise<number> => {
	const start = process.hrtime.bigint();
	await body();
	return Number(process.hrtime.bigint() - start) / 1e6;
};

/** Waits for all, also if one fails: what is still running could not be cleaned up. */
export const all = async (bodies: readonly Promise<unknown>[]): Promise<void> => {
	for (const outcome of await Promise.allSettled(bodies)) {
		if (outcome.status === 'rejected') {
			throw outcome.reason;
		}
	}
};

const summarize = (name: string, samples: readonly number[], ours: number | undefined): Figures => {
	const sorted = [...samples].sort((a, b) => a - b);
	const median = percentile(sorted, 50);
	return {name, trials: sorted.length, median, p10: percentile(sorted, 10), p99: percentile(sorted, 99), ratio: (ours ?? median) / median};
};

/** What trials of several contenders come to: one result a part, with those that have it. */
export const summarizeAll = ({id, title, units = {}}: Question, samples: ReadonlyMap<string, readonly Parts[]>, batch = 1): Result[] => {
	const parts = new Set([...samples.values()].flatMap(trials => trials.flatMap(trial => Object.keys(trial))));
	return [...parts].map(part => {
		const figures: Figures[] = [];
		for (const [name, trials] of samples) {
			const values = trials.flatMap(trial => part in trial ? [trial[part]!] : []);
			if (values.length > 0) {
				figures.push(summarize(name, values, figures[0]?.median));
			}
		}

		const unit = units[part] ?? 'ms';
		return part === 'total' ?
			{id, title, unit, batch, figures} :
			{id: `${id}/${part}`, title: `${title}: ${part}`, unit, batch: 1, figures};
	});
};

/** One question: runs every peer `trials` times, in turns; one result a part. The first peer is ours. */
export const compare = async (question: Question, peers: readonly Peer[], {trials, warmUp, batch = 1, apart = 0, turn = 1}: Trials): Promise<Result[]> => {
	const samples = new Map<string, Parts[]>(peers.map(({name}) => [name, []]));
	console.error(`measuring: ${question.title}`);
	for (let round = 0; round < warmUp + trials / turn; round++) {
		// Each round starts with the next peer, so that none always follows the same one
		const start = round % peers.length;
		for (const peer of [...peers.slice(start), ...peers.slice(0, start)]) {
			for (let trial = 0; trial < turn; trial++) {
				stopIfInterrupted();
				if (apart > 0) {
					await sleep(apart);
				}

				const parts = await peer.trial();
				if (round >= warmUp) {
					samples.get(peer.name)!.push(parts);
				}
			}
		}
	}

	return summarizeAll(question, samples, batch);
};
