// The decisions that are timed alone. Pure ECMAScript: it runs in Node and in the engine of the command.
import {planCgroup} from '../ts/cgroups/plan.js';
import {buildLaunch} from '../ts/launch/build.js';
import type {LinuxSeccomp} from '../ts/oci/config.js';
import {validateConfig} from '../ts/oci/validate/index.js';
import {encodePlan} from '../ts/plan/encode.js';
import {seccompFilter} from '../ts/seccomp/cache.js';
import {compileSeccomp} from '../ts/seccomp/compile.js';
import {layouts} from '../test/launch/launches.js';

/** What both hosts are given, as JSON. */
export interface MicroInput {
	readonly config: unknown;
	readonly profile: LinuxSeccomp;
}

/** Things to be done, by what they are called in the results; each returns something that proves it. */
export type Tasks = Readonly<Record<string, () => {readonly length: number}>>;

/** Microseconds by task. */
export type Times = Readonly<Record<string, number>>;

const bundle = '/bundle';

export const microTasks = ({config, profile}: MicroInput): Tasks => {
	const valid = validateConfig(config, {bundle});
	const cgroup = planCgroup(layouts.hybrid, 'micro', undefined, valid.linux.resources);
	const launch = () => buildLaunch(valid, {
		id: 'micro', bundle, stateDirectory: '/run/ctnative/micro', cgroup: cgroup.record, tasks: cgroup.tasks,
		capabilities: 0x1ff_ffff_ffffn, seccomp: undefined, nulls: {mask: 0, ifNull: 0},
	});
	const {steps} = launch();
	return {
		'check a config': () => Object.keys(validateConfig(config, {bundle})),
		'build a launch': () => launch().steps,
		'encode a plan': () => encodePlan(steps),
		'compile a seccomp profile': () => compileSeccomp(profile, {arch: 'x64'}).filter,
		'find a compiled profile': () => seccompFilter(profile, {arch: 'x64'}).filter,
	};
};

/** The mean of doing a task for about so long. */
const mean = (name: string, task: Tasks[string], now: () => number, forMs: number): number => {
	const start = now();
	let count = 0;
	let end = start;
	while (end - start < forMs) {
		for (let turn = 0; turn < 4; turn++, count++) {
			if (task().length === 0) {
				throw new Error(`${name} came to nothing`);
			}
		}

		end = now();
	}

	return (end - start) * 1000 / count;
};

/**
 * Each task twice for about so long, the first time for the compilers; the mean of the second.
 *
 * @param now Milliseconds; a clock that only knows whole ones will do.
 */
export const measureTasks = (tasks: Tasks, now: () => number, forMs: number): Times => Object.fromEntries(Object.entries(tasks).map(([name, task]) => {
	mean(name, task, now, forMs);
	return [name, mean(name, task, now, forMs)];
}));
