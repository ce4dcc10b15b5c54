// Every question, each in a process of its own; the results together in one JSON file.
import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir} from '../test/support/temp-dir.js';
import {main} from './cleanup.js';
import {readOptions} from './options.js';
import type {Report} from './report.js';

const questions = ['lifecycle', 'downtime'];

main(scope => {
	const {quick, trials, json, images} = readOptions();
	const options = [
		...quick ? ['--quick'] : [],
		...trials === undefined ? [] : ['--trials', String(trials)],
		...images === undefined ? [] : ['--images', images],
	];
	const reports: Record<string, Report> = {};
	for (const question of questions) {
		const file = join(tempDir(scope), 'report.json');
		const {status} = spawnSync(process.execPath, [join(__dirname, `${question}.js`), ...options, '--json', file], {stdio: 'inherit'});
		if (status !== 0) {
			return Promise.reject(new Error(`the benchmark ${question} failed`));
		}

		reports[question] = JSON.parse(readFileSync(file, 'utf8')) as Report;
	}

	if (json !== undefined) {
		writeFileSync(json, `${JSON.stringify(reports, undefined, '\t')}\n`);
	}

	return Promise.resolve();
});
