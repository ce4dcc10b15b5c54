// Results on disk: as data and as a chart, for the whole suite, whichever questions were asked last.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {chart} from './chart.js';
import type {Reports} from './goals.js';

export const readReports = (file: string): Reports => existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Reports : {};

export const writeReports = (file: string, reports: Reports): void => {
	writeFileSync(file, `${JSON.stringify(reports, undefined, '\t')}\n`);
};

/** Puts reports into results.json and chart.svg of a directory. What was not measured this time stays as it was. @returns everything. */
export const save = async (directory: string, reports: Reports): Promise<Reports> => {
	mkdirSync(directory, {recursive: true});
	const file = join(directory, 'results.json');
	const everything = {...readReports(file), ...reports};
	writeReports(file, everything);
	const picture = await chart(everything);
	if (picture !== undefined) {
		writeFileSync(join(directory, 'chart.svg'), `${picture}\n`);
	}

	return everything;
};
