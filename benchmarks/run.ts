// Every question, or those that are named, each in a process of its own; then the goals, and everything on disk.
import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectPath} from '../test/support/paths.js';
import {tempDir} from '../test/support/temp-dir.js';
import {main, stopIfInterrupted} from './cleanup.js';
import {withResults} from './document.js';
import {goalRows} from './goals.js';
import {readOptions} from './options.js';
import {questions} from './questions.js';
import {table, type Report} from './report.js';
import {save, writeReports} from './results.js';

/** A question that takes longer hangs, and is ended. */
const mostMs = 15 * 60_000;

/** The names of those that were asked for, by name or number. */
const chosen = (asked: readonly string[]): string[] => {
	const names = questions.map(([name]) => name);
	const wanted = asked.map(word => {
		const name = names[Number(word) - 1] ?? names.find(name => name === word);
		if (name === undefined) {
			throw new Error(`there is no question ${word}: it is one of 1 to ${names.length}, or ${names.join(', ')}`);
		}

		return name;
	});
	return wanted.length > 0 ? names.filter(name => wanted.includes(name)) : names;
};

main(async scope => {
	const {quick, trials, json, images, write, questions: asked} = readOptions();
	const options = [
		...quick ? ['--quick'] : [],
		...trials === undefined ? [] : ['--trials', String(trials)],
		...images === undefined ? [] : ['--images', images],
	];
	const reports: Record<string, Report> = {};
	const failed: string[] = [];
	for (const name of chosen(asked)) {
		const file = join(tempDir(scope), 'report.json');
		console.log(`\n== ${questions.find(([other]) => other === name)![1]}`);
		const {status} = spawnSync(process.execPath, [join(__dirname, `${name}.js`), ...options, '--json', file], {stdio: 'inherit', timeout: mostMs});
		await new Promise(setImmediate); // A ^C of meanwhile is heard now
		stopIfInterrupted();
		if (status === 0) {
			reports[name] = JSON.parse(readFileSync(file, 'utf8')) as Report;
		} else {
			failed.push(name);
		}
	}

	console.log(`\n${table(goalRows(reports))}`);
	const directory = projectPath(write ? 'benchmarks/results' : 'build/benchmarks');
	const everything = await save(directory, reports);
	console.log(`\nresults.json and chart.svg are in ${directory}`);
	if (write) {
		const readme = projectPath('benchmarks/README.md');
		writeFileSync(readme, withResults(readFileSync(readme, 'utf8'), everything));
	}

	if (json !== undefined) {
		writeReports(json, reports);
	}

	if (failed.length > 0) {
		throw new Error(`these failed: ${failed.join(', ')}`);
	}
});
