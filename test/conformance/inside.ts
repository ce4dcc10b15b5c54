// Cases that look from inside of a container: a change of config.json, a script, and what it prints.
import type {ExecutionContext} from 'ava';
import type {Spec} from '../support/runc-spec.js';
import {conformance, Place, type Differs} from './runtime.js';

export interface InsideCase {
	readonly title: string;
	/** Of the config that `runc spec` writes, without a terminal. */
	readonly edit?: (config: Spec) => void;
	/** For the container's shell. */
	readonly script: string;
	/** What it prints, without the newline at its end. */
	readonly prints?: string | RegExp;
	/** Its exit code. Default: 0. */
	readonly code?: number;
	readonly writable?: boolean;
	readonly differs?: Differs;
}

const check = async (t: ExecutionContext, {edit, script, prints, code = 0, writable = false}: InsideCase): Promise<void> => {
	const place = new Place(t);
	const bundle = place.bundle({
		args: ['sh', '-c', script],
		writable,
		edit(config) {
			edit?.(config);
		},
	});
	const outcome = await place.run(['run', '--bundle', bundle, place.id]);
	t.is(outcome.code, code, outcome.stderr);
	const printed = outcome.stdout.trimEnd();
	if (typeof prints === 'string') {
		t.is(printed, prints);
	} else if (prints) {
		t.regex(printed, prints);
	}
};

export const declareInside = (cases: readonly InsideCase[]): void => {
	for (const one of cases) {
		conformance(one.title, one.differs, async t => check(t, one));
	}
};
