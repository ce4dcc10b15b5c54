// The manual page is the one that the tables make, and a manual page.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {extraCommands} from '../../ts/cli/extra.js';
import {lineOf} from '../../ts/cli/extra-lines.js';
import type {Flag} from '../../ts/cli/flags.js';
import {manualPage} from '../../ts/cli/manual.js';
import {verbs} from '../../ts/cli/table.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';

const path = projectPath('man/ctnative.8');

test('man/ctnative.8 is made of the tables', t => {
	const page = manualPage(extraCommands);
	if (process.env['CTN_UPDATE_MANUAL'] === '1') {
		writeFileSync(path, page);
	}

	t.is(page, existsSync(path) ? readFileSync(path, 'utf8') : '', 'CTN_UPDATE_MANUAL=1 accepts the new one');
	t.true(JSON.parse(readFileSync(projectPath('package.json'), 'utf8')).man.includes('man/ctnative.8'));
});

const groff = spawnSync('groff', ['--version']).status === 0 ? undefined : 'groff is not installed';

testUnless(groff)('groff reads it without a warning, and every flag of every verb is in what it prints', t => {
	const {stderr, stdout} = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-c', path], {encoding: 'utf8'});
	t.is(stderr, '');
	const text = execFileSync('col', ['-b'], {input: stdout, encoding: 'utf8'}).replaceAll('‐', '-').replaceAll('−', '-');
	for (const [name, {flags}] of [...verbs, ...extraCommands.map(([name]) => [name, lineOf(name)] as const)]) {
		t.true(text.includes(name));
		t.deepEqual(flags.filter(({isHidden, name: flag}: Flag) => !isHidden && !text.includes(`--${flag}`)).map(flag => flag.name), [], name);
	}
});
