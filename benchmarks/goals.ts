// What we want to reach, as one table, and whether a run reached it.
import type {Figures, Result} from './harness.js';
import {number, type Report} from './report.js';

export type Reports = Readonly<Record<string, Report>>;

/** Question, result, and contender: the first whose name starts with that. */
type Reference = readonly [question: string, result: string, contender: string];

interface Goal {
	readonly what: string;
	readonly ours: Reference;
	/** What it is divided by; without it the value counts as it is. */
	readonly by?: Reference;
	/** Of the value, or of the quotient of the times. */
	readonly atMost: number;
	/** The goal in words; for goals about "per second" it is turned round. */
	readonly wanted: string;
	readonly perSecond?: boolean;
}

const against = (what: string, question: string, result: string, contender: string, limits: Readonly<Record<string, number>>): Goal[] =>
	Object.entries(limits).map(([peer, times]): Goal => ({
		what: `${what}, against ${peer}`,
		ours: [question, result, contender],
		by: [question, result, peer],
		atMost: 1 / times,
		wanted: `≤ 1/${times}`,
	}));

const perSecond = (what: string, contender: string, limits: Readonly<Record<string, number>>): Goal[] =>
	against(what, 'lifecycle', '8-at-a-time', contender, limits).map(goal => ({...goal, wanted: `≥ ${number(1 / goal.atMost)}`, perSecond: true}));

const goals: readonly Goal[] = [
	...against('life, back to back', 'lifecycle', 'back-to-back', 'ctnative', {crun: 3.5, runc: 8}),
	...against('life, 60 ms apart', 'lifecycle', 'apart', 'ctnative', {crun: 3.5, runc: 8}),
	...against('life with seccomp', 'lifecycle', 'seccomp', 'ctnative', {crun: 4, runc: 10}),
	...against('life with pools', 'lifecycle', 'back-to-back', 'ctnative, pools', {crun: 5, runc: 11}),
	{
		what: 'life, against the C floor', wanted: '≤ 1.3', atMost: 1.3,
		ours: ['lifecycle', 'back-to-back', 'ctnative'], by: ['lifecycle', 'back-to-back', 'C floor'],
	},
	...perSecond('containers per second, 8 at a time', 'ctnative', {crun: 2, runc: 5}),
	...perSecond('containers per second, 8 at a time, with pools', 'ctnative, pools', {crun: 4, runc: 10}),
	{what: 'event loop blocked per container', wanted: '≤ 0.2 ms', atMost: 0.2, ours: ['lifecycle', 'back-to-back/event loop blocked', 'ctnative']},
	...against('exec, to its exit', 'exec', 'exec/exit', 'ctnative', {crun: 4, runc: 10}),
	...against('command line, run back to back', 'command', 'run', 'ctnative', {crun: 2.5, runc: 5}),
	...against('command line, run 60 ms apart', 'command', 'run-apart', 'ctnative', {crun: 2.5, runc: 5}),
	...against('command line, create + start + delete', 'command', 'split', 'ctnative', {crun: 2, runc: 4}),
	...against('command line, state', 'command', 'state', 'ctnative', {crun: 1.25}),
	{
		what: 'podman run, against that with crun', wanted: '≤ 1', atMost: 1,
		ours: ['command', 'podman', 'podman with ctnative'], by: ['command', 'podman', 'podman with crun'],
	},
	...against('downtime, 64 MiB full', 'downtime', 'full-64/downtime', 'ctnative', {runc: 2}),
	...against('downtime, 256 MiB full', 'downtime', 'full-256/downtime', 'ctnative', {runc: 2}),
	...against('downtime, 512 MiB full', 'downtime', 'full-512/downtime', 'ctnative', {runc: 1.67}),
	{what: 'downtime, 64 MiB lazy', wanted: '≤ 150 ms', atMost: 150, ours: ['downtime', 'full-64/downtime', 'ctnative, lazy']},
	{
		what: 'downtime, lazy 1 GiB against 64 MiB', wanted: '≤ 1.2', atMost: 1.2,
		ours: ['downtime', 'full-1024/downtime', 'ctnative, lazy'], by: ['downtime', 'full-64/downtime', 'ctnative, lazy'],
	},
	...against('20 clones, last answer', 'fanout', 'clones/last answer', 'ctnative', {runc: 2.5}),
	{
		what: 'create with 1000 containers, against 1', wanted: '≤ 1.2', atMost: 1.2,
		ours: ['growth', '1000/create', 'ctnative'], by: ['growth', '1/create', 'ctnative'],
	},
];

const find = (reports: Reports, [question, result, contender]: Reference): Figures | undefined => reports[question]?.results
	.find(({id}: Result) => id === result)?.figures
	.find(({name}) => name === contender || name.startsWith(`${contender} `));

const judge = (reports: Reports, {what, ours, by, atMost, wanted, perSecond = false}: Goal): string[] => {
	const value = find(reports, ours);
	const base = by && find(reports, by);
	if (value === undefined || (by !== undefined && base === undefined)) {
		return [what, wanted, '-', 'not measured'];
	}

	const reached = base === undefined ? value.median : value.median / base.median;
	const shown = perSecond ? number(1 / reached) : base === undefined ? `${number(reached)} ms` : reached < 0.95 ? `1/${(1 / reached).toFixed(1)}` : number(reached);
	return [what, wanted, shown, reached <= atMost ? 'met' : 'not met'];
};

/** A row for each goal: what, wanted, reached, verdict. */
export const goalRows = (reports: Reports): string[][] => [['goal', 'wanted', 'reached', ''], ...goals.map(goal => judge(reports, goal))];
