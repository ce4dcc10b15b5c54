// The BPF program: dispatch on the architecture, search among the system call numbers, tests of the arguments.
import type {Entry} from './abi.js';
import {badArchitecture} from './action.js';
import {Assembler} from './assembler.js';
import type {Label} from './assembler.js';
import type {Decision} from './decision.js';
import type {Interval} from './intervals.js';
import {isVerdict} from './word-tests.js';
import type {Branch, WordTest} from './word-tests.js';

// Offsets in struct seccomp_data
const nrOffset = 0;
const archOffset = 4;

export interface Section {
	readonly entry: Entry;
	readonly intervals: readonly Interval[];
}

/** Sections in the order of the dispatch: the likeliest first. */
export function assemble(sections: readonly Section[], defaultAction: number): Uint8Array {
	const asm = new Assembler();
	const decisions = new DecisionCode(asm, defaultAction);
	const starts = [...sections].reverse().map(({entry, intervals}) => ({
		audit: entry.audit,
		label: asm.load(nrOffset, search(asm, decisions, intervals, 0, intervals.length)),
	}));
	let dispatch = asm.ret(badArchitecture);
	for (const {audit, label} of starts) {
		dispatch = asm.jump('EQ', audit, label, dispatch);
	}

	asm.load(archOffset, dispatch);
	return asm.finish();
}

/** Binary search among intervals[first] to intervals[end - 1]; the number is loaded. */
function search(asm: Assembler, decisions: DecisionCode, intervals: readonly Interval[], first: number, end: number): Label {
	const {decision} = intervals[first]!;
	if (end - first === 1) {
		return decisions.label(decision);
	}

	if (end - first === 3 && decision === intervals[first + 2]!.decision && intervals[first + 2]!.from === intervals[first + 1]!.from + 1) {
		return asm.jump('EQ', intervals[first + 1]!.from, decisions.label(intervals[first + 1]!.decision), decisions.label(decision));
	}

	const middle = first + ((end - first) >> 1);
	const upper = search(asm, decisions, intervals, middle, end);
	const lower = search(asm, decisions, intervals, first, middle);
	return asm.jump('GE', intervals[middle]!.from, upper, lower);
}

/** Where code starts. */
interface Start {
	label(): Label;
	/** The start for who has loaded the word at this offset already. */
	readonly loaded?: {readonly offset: number; readonly label: Label};
}

/** The code that decisions lead to; each is there once. */
class DecisionCode {
	readonly #asm: Assembler;
	readonly #otherwise: Start;
	readonly #labels = new Map<Decision, Label>();

	constructor(asm: Assembler, defaultAction: number) {
		this.#asm = asm;
		this.#otherwise = this.#verdict(defaultAction);
	}

	label(decision: Decision): Label {
		if (typeof decision === 'number') {
			return this.#asm.ret(decision);
		}

		const known = this.#labels.get(decision);
		if (known !== undefined) {
			return known;
		}

		const label = this.#tests(decision, this.#otherwise).label();
		this.#labels.set(decision, label);
		return label;
	}

	#verdict(action: number): Start {
		return {label: () => this.#asm.ret(action)};
	}

	#tests(tests: readonly WordTest[], otherwise: Start): Start {
		return tests.reduceRight((next, test) => this.#test(test, next), otherwise);
	}

	#branch(branch: Branch, otherwise: Start): Start {
		if (branch === undefined) {
			return otherwise;
		}

		return isVerdict(branch) ? this.#verdict(branch.action) : this.#tests(branch, otherwise);
	}

	#test(test: WordTest, next: Start): Start {
		const whenTrue = this.#branch(test.whenTrue, next);
		if (test.mask === 0) {
			return whenTrue;
		}

		const whenFalse = this.#branch(test.whenFalse, next);
		const masked = test.mask !== 0xffff_ffff;
		const from = (start: Start): Label => !masked && start.loaded?.offset === test.offset ? start.loaded.label : start.label();
		const jump = this.#asm.jump(test.op, test.value, from(whenTrue), from(whenFalse));
		const loaded = masked ? this.#asm.and(test.mask, jump) : jump;
		let label: Label | undefined;
		return {
			label: () => label ??= this.#asm.load(test.offset, loaded), // Not made where all have it loaded
			loaded: {offset: test.offset, label: loaded},
		};
	}
}
