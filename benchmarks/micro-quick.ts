// The timed decisions in the engine of the command; built as the command is, with this in its place.
import '../ts/command/engine.js';
import type {QuickHost} from '../ts/command/host.js';
import {measureTasks, microTasks, type MicroInput} from './micro-core.js';

declare const host: QuickHost;

/** @param argv Then the input as JSON, and for how many milliseconds each task is done. */
export const start = ([, input, forMs]: readonly string[]): void => {
	const tasks = microTasks(JSON.parse(input!) as MicroInput);
	host.print(1, JSON.stringify(measureTasks(tasks, Date.now, Number(forMs))));
	host.exit(0);
};
