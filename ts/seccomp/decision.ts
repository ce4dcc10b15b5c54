// What a profile decides for each system call of one ABI.
import {multiplexersOf, numbersOf} from './abi.js';
import type {Abi} from './abi.js';
import type {Condition} from './condition.js';
import type {Profile, Rule} from './profile.js';
import {orderTests, testable} from './word-tests.js';
import type {Match, WordTest} from './word-tests.js';

/** A SECCOMP_RET_* value, or tests of the arguments; if none of them decides, the default action does. */
export type Decision = number | readonly WordTest[];

/** By system call number. Calls that no rule names are not in it. */
export function decisions(profile: Profile, abi: Abi): Map<number, Decision> {
	const gathered = gatherMatches(profile, abi);
	const made = new Map<string, WordTest[]>();
	const decided = new Map<number, Decision>();
	for (const [number, found] of gathered) {
		decided.set(number, typeof found === 'number' ? found : orderOnce(found, made, abi));
	}

	return decided;
}

/** The highest number that a name in the profile has, if any has one. */
export function newestKnown(profile: Profile, abi: Abi): number | undefined {
	const numbers = numbersOf(abi);
	let newest: number | undefined;
	for (const name of profile.names) {
		const number = numbers.get(name);
		if (number !== undefined && (newest === undefined || number > newest)) {
			newest = number;
		}
	}

	return newest;
}

interface KeyedMatch extends Match {
	/** Equal for matches that are the same in all but the system call. */
	readonly key: string;
}

/**
 * As libseccomp adds rules to a call: the first that has no conditions stays alone, whatever its action;
 * the ones before it are dropped and the ones after it have no effect.
 */
function gatherMatches(profile: Profile, abi: Abi): Map<number, number | KeyedMatch[]> {
	const gathered = new Map<number, number | KeyedMatch[]>();
	const add = (number: number, match: KeyedMatch): void => {
		const old = gathered.get(number);
		if (typeof old === 'number') {
			return;
		}

		if (match.conditions.length === 0) {
			gathered.set(number, match.action);
		} else if (old === undefined) {
			gathered.set(number, [match]);
		} else {
			old.push(match);
		}
	};

	const numbers = numbersOf(abi);
	for (const rule of profile.rules) {
		for (const match of matchesOf(rule, abi)) {
			for (const name of rule.names) {
				const number = numbers.get(name);
				if (number !== undefined) {
					add(number, match);
				}
			}

			for (const {number, subcalls} of multiplexersOf(abi)) {
				for (const subcall of rule.names.map(name => subcalls.get(name)).filter(found => found !== undefined)) {
					add(number, {...match, conditions: selecting(subcall, match.conditions), key: `${match.key}|${subcall}`});
				}
			}
		}
	}

	return gathered;
}

const matchesOf = ({alternatives, action, subject}: Rule, abi: Abi): KeyedMatch[] => alternatives.map((conditions, n) =>
	({conditions: testable(conditions, abi.wide), action, subject, key: `${subject}|${n}`}));

/** The first argument selects the subcall; a condition on it is lost, and the others are kept, as in libseccomp. */
const selecting = (subcall: number, conditions: readonly Condition[]): Condition[] => [
	{index: 0, op: 'SCMP_CMP_EQ', value: {high: 0, low: subcall}, mask: {high: 0xffff_ffff, low: 0xffff_ffff}},
	...conditions.filter(({index}) => index !== 0),
];

/** Calls with the same matches share one array: equal decisions are the same object. */
function orderOnce(matches: readonly KeyedMatch[], made: Map<string, WordTest[]>, abi: Abi): WordTest[] {
	const key = matches.map(match => match.key).join();
	const old = made.get(key);
	if (old !== undefined) {
		return old;
	}

	const tests = orderTests(matches, abi.wide);
	made.set(key, tests);
	return tests;
}
