// Cases that drive the command line: commands in their order, and what each says.
import type {ExecutionContext} from 'ava';
import type {BundleOptions} from '../support/bundle.js';
import {conformance, Place, type Differs, type Outcome, type RunOptions} from './runtime.js';

export interface Expectation {
	/** Default: 0. `undefined` is any but 0. */
	readonly code?: number | undefined;
	readonly stdout?: string | RegExp;
	readonly stderr?: RegExp;
	/** Looks at JSON that it prints. */
	readonly json?: Readonly<Record<string, unknown>>;
}

/** In arguments `$ID`, `$BUNDLE` and `$DIR` (a directory of the case) are put in. */
export type Step = readonly [args: string, expected?: Expectation, options?: RunOptions];

export interface StepsCase {
	readonly title: string;
	readonly bundle?: BundleOptions;
	readonly steps: readonly Step[];
	readonly differs?: Differs;
}

const compare = (t: ExecutionContext, outcome: Outcome, expected: Expectation, what: string): void => {
	const said = `${what}: ${outcome.code} ${outcome.stdout}${outcome.stderr}`;
	if ('code' in expected && expected.code === undefined) {
		t.not(outcome.code, 0, said);
	} else {
		t.is(outcome.code, expected.code ?? 0, said);
	}

	if (typeof expected.stdout === 'string') {
		t.is(outcome.stdout, expected.stdout, said);
	} else if (expected.stdout) {
		t.regex(outcome.stdout, expected.stdout, said);
	}

	if (expected.stderr) {
		t.regex(outcome.stderr, expected.stderr, said);
	} else if ((expected.code ?? 0) === 0 && 'code' in expected === false) {
		t.is(outcome.stderr, '', said); // It would be in the container's log
	}

	if (expected.json) {
		t.like(JSON.parse(outcome.stdout), expected.json, said);
	}
};

const check = async (t: ExecutionContext, {bundle, steps}: StepsCase): Promise<void> => {
	const place = new Place(t);
	const directory = place.bundle({args: ['sleep', '1000'], ...bundle});
	for (const [text, expected = {}, options] of steps) {
		const args = text.split(' ').filter(Boolean).map(word =>
			word.replaceAll('$ID', place.id).replaceAll('$BUNDLE', directory).replaceAll('$DIR', directory).replaceAll('~', ' ').replaceAll('""', ''));
		compare(t, await place.run(args, options), expected, text);
	}
};

export const declareSteps = (cases: readonly StepsCase[]): void => {
	for (const one of cases) {
		conformance(one.title, one.differs, async t => check(t, one));
	}
};
