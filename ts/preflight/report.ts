// What a check of the machine finds, as values.

/** `required`: no container runs without it. `recommended`: something of ctnative does not work. `optional`: an extra, or speed. */
export type CheckLevel = 'required' | 'recommended' | 'optional';

/** One thing that was looked at. */
export interface CheckItem {
	/** Stable, and unique in a report. */
	readonly name: string;
	readonly ok: boolean;
	readonly level: CheckLevel;
	/** What was found. */
	readonly value: string;
	/** What it costs that this is missing; only with `ok: false`. */
	readonly missing?: string;
	/** What to do about it, as one sentence; only with `ok: false`, and where there is something to do. */
	readonly cure?: string;
}

/** What this machine can do, and for each thing missing what it costs and the cure. */
export interface CheckReport {
	/** Everything that is required is ok. */
	readonly ok: boolean;
	readonly items: readonly CheckItem[];
}

/** An item as the rules write it down: with what to say should it not be ok. */
export interface Finding {
	readonly name: string;
	readonly ok: boolean;
	readonly level: CheckLevel;
	readonly value: string;
	readonly missing: string;
	readonly cure?: string | undefined;
}

/** Of a thing that is there nothing is missing. */
const itemOf = ({name, ok, level, value, missing, cure}: Finding): CheckItem =>
	ok ? {name, ok, level, value} : {name, ok, level, value, missing, ...(cure !== undefined && {cure})};

/** The report of these findings, in their order. */
export const reportOf = (findings: readonly Finding[]): CheckReport => ({
	ok: findings.every(({ok, level}) => ok || level !== 'required'),
	items: findings.map(itemOf),
});
