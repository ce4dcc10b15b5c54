// The conditions of all rules for one system call, as tests of 32-bit words in the order they are made.
//
// What this order is decides whenever rules with different actions match the same call, and nothing in OCI
// says. It is libseccomp's, so that a profile means here what it means everywhere: the last argument first,
// its high half before its low, equality before order, the narrower range before the wider. Rules that begin
// with the same test share it. Rules with the same conditions and different actions contradict each other.
import {CtnError} from '../errors.js';
import type {Condition, Halves} from './condition.js';

/** A test of one word of `struct seccomp_data`. */
export interface WordTest {
	/** Where the word is, in bytes. */
	readonly offset: number;
	readonly op: 'EQ' | 'GT' | 'GE';
	readonly mask: number;
	readonly value: number;
	/** Of two tests of one word, the greater is made first; 'EQ' is the greatest. */
	readonly rank: number;
	readonly ascending: boolean;
	/** Of a high half. */
	readonly high: boolean;
	/** Of SCMP_CMP_MASKED_EQ, which shares tests with its like only. */
	readonly masked: boolean;
	whenTrue: Branch;
	whenFalse: Branch;
}

/** What follows a test: a verdict, further tests, or (undefined) whatever comes after the test. */
export type Branch = Verdict | WordTest[] | undefined;

interface Verdict {
	/** SECCOMP_RET_* value. */
	readonly action: number;
	/** Of two verdicts that share the test of a high half, the greater counts, or the older. */
	readonly narrowness: number;
}

export const isVerdict = (branch: Branch): branch is Verdict => branch !== undefined && !Array.isArray(branch);

/** One way for a rule to match a call. */
export interface Match {
	/** At most one for each argument; all have to hold. */
	readonly conditions: readonly Condition[];
	readonly action: number;
	/** JSON path of the rule. */
	readonly subject: string;
}

/** Leaves out what holds for every argument. `wide` compares 64 bits, else the low 32. */
export const testable = (conditions: readonly Condition[], wide: boolean): Condition[] => conditions
	.filter(({mask}) => mask.low !== 0 || (wide && mask.high !== 0))
	.sort((a, b) => a.index - b.index);

/** @throws CtnError `ERR_CONFIG_INVALID` if two matches contradict each other. */
export function orderTests(matches: readonly Match[], wide: boolean): WordTest[] {
	const tests: WordTest[] = [];
	for (const match of matches) {
		insert(tests, toTest(match, 0, wide), match.subject);
	}

	return tests;
}

function toTest(match: Match, n: number, wide: boolean): WordTest {
	const condition = match.conditions[n]!;
	// Made anew at each use: a branch that two tests shared would be merged with others in both
	const matched = (): Branch => n + 1 < match.conditions.length
		? [toTest(match, n + 1, wide)]
		: {action: match.action, narrowness: narrowness(condition)};
	return wide ? test64(condition, matched) : test32(condition, matched);
}

function narrowness({op, value: {low}}: Condition): number {
	switch (op) {
		case 'SCMP_CMP_GT':
		case 'SCMP_CMP_GE':
			return low;
		case 'SCMP_CMP_LT':
		case 'SCMP_CMP_LE':
			return -low;
		default:
			return 0;
	}
}

function word(condition: Condition, half: keyof Halves, op: WordTest['op'], whenTrue: Branch, whenFalse?: Branch): WordTest {
	const high = half === 'high';
	const ordered = condition.op === 'SCMP_CMP_GT' || condition.op === 'SCMP_CMP_GE' ? 1 : 3;
	const ascending = condition.op === 'SCMP_CMP_LT' || condition.op === 'SCMP_CMP_LE';
	return {
		offset: 16 + 8 * condition.index + (high ? 4 : 0), // seccomp_data.args, little-endian
		op,
		mask: condition.mask[half],
		value: condition.value[half],
		rank: ascending ? 2 : ordered,
		ascending,
		high,
		masked: condition.op === 'SCMP_CMP_MASKED_EQ',
		whenTrue,
		whenFalse,
	};
}

function test32(condition: Condition, matched: () => Branch): WordTest {
	switch (condition.op) {
		case 'SCMP_CMP_EQ':
		case 'SCMP_CMP_MASKED_EQ':
			return word(condition, 'low', 'EQ', matched());
		case 'SCMP_CMP_NE':
			return word(condition, 'low', 'EQ', undefined, matched());
		case 'SCMP_CMP_GT':
			return word(condition, 'low', 'GT', matched());
		case 'SCMP_CMP_GE':
			return word(condition, 'low', 'GE', matched());
		case 'SCMP_CMP_LE':
			return word(condition, 'low', 'GT', undefined, matched());
		case 'SCMP_CMP_LT':
			return word(condition, 'low', 'GE', undefined, matched());
	}
}

function test64(condition: Condition, matched: () => Branch): WordTest {
	const low = [test32(condition, matched)];
	switch (condition.op) {
		case 'SCMP_CMP_EQ':
		case 'SCMP_CMP_MASKED_EQ':
			return word(condition, 'high', 'EQ', low);
		case 'SCMP_CMP_NE':
			return word(condition, 'high', 'EQ', low, matched());
		case 'SCMP_CMP_GT':
		case 'SCMP_CMP_GE':
			return word(condition, 'high', 'GT', matched(), [word(condition, 'high', 'EQ', low)]);
		case 'SCMP_CMP_LE':
		case 'SCMP_CMP_LT':
			return word(condition, 'high', 'GT', undefined, [word(condition, 'high', 'EQ', low, matched())]);
	}
}

function insert(tests: WordTest[], test: WordTest, subject: string): void {
	for (const [n, other] of tests.entries()) {
		if (isSame(other, test)) {
			other.whenTrue = merge(other.whenTrue, test.whenTrue, other.high, subject);
			other.whenFalse = merge(other.whenFalse, test.whenFalse, other.high, subject);
			return;
		}

		if (isBefore(test, other)) {
			tests.splice(n, 0, test);
			return;
		}
	}

	tests.push(test);
}

const isSame = (a: WordTest, b: WordTest): boolean =>
	a.offset === b.offset && a.op === b.op && a.value === b.value && a.mask === b.mask && a.masked === b.masked;

function isBefore(a: WordTest, b: WordTest): boolean {
	if (a.offset !== b.offset) {
		return a.offset > b.offset;
	}

	if (a.rank !== b.rank) {
		return a.rank > b.rank;
	}

	return b.ascending ? a.value < b.value : a.value > b.value;
}

function merge(old: Branch, added: Branch, high: boolean, subject: string): Branch {
	if (old === undefined || added === undefined) {
		return old ?? added;
	}

	if (isVerdict(old) && isVerdict(added)) {
		if (old.action !== added.action && !high) {
			throw contradiction(subject);
		}

		return added.narrowness > old.narrowness ? added : old;
	}

	if (isVerdict(old)) {
		return old; // The rule with fewer conditions came first and takes all that the new one could match
	}

	if (isVerdict(added)) {
		if (!allVerdictsAre(added.action, old)) {
			throw contradiction(subject);
		}

		return added;
	}

	for (const test of added) {
		insert(old, test, subject);
	}

	return old;
}

const allVerdictsAre = (action: number, branch: Branch): boolean => {
	if (branch === undefined || isVerdict(branch)) {
		return branch === undefined || branch.action === action;
	}

	return branch.every(test => allVerdictsAre(action, test.whenTrue) && allVerdictsAre(action, test.whenFalse));
};

// libseccomp and so runc refuse it as well (EEXIST)
const contradiction = (subject: string): CtnError => new CtnError('ERR_CONFIG_INVALID', `${subject} contradicts a rule before it: other action, same conditions`, {subject});
