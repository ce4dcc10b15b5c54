// The part of ava that compares values; it is no part of ava's interface (package.json pins the version).
declare module 'ava/lib/assert.js' {
	export class AssertionError extends Error {
		readonly assertion: string;
		readonly assertionStack: string;
		readonly formattedDetails: ReadonlyArray<{readonly label: string; readonly formatted: string}>;
	}
	export class Assertions {
		constructor(outcomes: Readonly<Record<'pass' | 'pending' | 'fail' | 'failPending' | 'skip', (...args: never[]) => unknown>> & {readonly disableSnapshots: boolean});
	}
}
