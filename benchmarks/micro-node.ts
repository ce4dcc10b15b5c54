// The timed decisions in a Node of their own: node micro-node.js INPUT MILLISECONDS IMAGES
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {readPagemap} from '../ts/images/pagemap.js';
import {readRecords, recordNames, type RecordType} from '../ts/images/records.js';
import {measureTasks, microTasks, type MicroInput, type Tasks, type Times} from './micro-core.js';

const [, , input, forMs, imagesDir] = process.argv as [string, string, string, string, string];

/** The images of a checkpoint that are records, and its pagemap, as bytes. */
const images = readdirSync(imagesDir).flatMap((name): {type: string; bytes: Buffer}[] => {
	const type = /^([a-z]+)(?:-\d+)?\.img$/.exec(name)?.[1] ?? '';
	return type === 'pagemap' || type in recordNames ? [{type, bytes: readFileSync(join(imagesDir, name))}] : [];
});

const tasks: Tasks = {
	...microTasks(JSON.parse(input) as MicroInput),
	'decode the images of a checkpoint': () => images.map(({type, bytes}) => type === 'pagemap' ? readPagemap(bytes) : readRecords(type as RecordType, bytes)),
};

/** What everything takes that is done for the first time in a process. */
const first: Times = Object.fromEntries(Object.entries(tasks).map(([name, task]) => {
	const start = performance.now();
	task();
	return [name, (performance.now() - start) * 1000];
}));

process.stdout.write(JSON.stringify({first, again: measureTasks(tasks, () => performance.now(), Number(forMs))}));
