// What each config becomes, as text: CTN_UPDATE_GOLDEN=1 writes the files anew, `git diff` tells the rest.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import type {Launch} from '../../ts/launch/launch.js';
import {describePlan} from '../../ts/plan/describe.js';
import {wire} from '../../ts/plan/wire.gen.js';
import {projectPath} from '../support/paths.js';
import {cases, launchOf} from './launches.js';

const update = process.env['CTN_UPDATE_GOLDEN'] === '1';
const directory = projectPath('test/launch/golden');

const describeLaunch = ({flags, descriptors, intoCgroup, steps}: Launch): string => [
	`clone 0x${flags.toString(16)}${intoCgroup === undefined ? '' : ` into the cgroup of descriptor ${wire.firstFreeFd + intoCgroup}`}`,
	'',
	...descriptors.map((op, index) => `${wire.firstFreeFd + index}: ${describePlan([op])}`),
	'',
	describePlan(steps),
	'',
].join('\n');

for (const [name, given] of Object.entries(cases)) {
	test(`the launch of ${name} is as it was`, t => {
		const path = `${directory}/${name}.txt`;
		const text = describeLaunch(launchOf(given));
		if (update) {
			writeFileSync(path, text);
		}

		t.is(text, existsSync(path) ? readFileSync(path, 'utf8') : '', `golden/${name}.txt; CTN_UPDATE_GOLDEN=1 accepts the new one`);
	});
}

test('every golden file belongs to a case', t => {
	t.deepEqual(readdirSync(directory).sort(), Object.keys(cases).map(name => `${name}.txt`).sort());
});
