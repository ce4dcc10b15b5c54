// Completion, asked of the shells themselves where they are.
import {execFileSync, spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {extraCommands} from '../../ts/cli/extra.js';
import {completionScript, shells} from '../../ts/cli/shell.js';
import {globalFlags, verbs} from '../../ts/cli/table.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';

const others = extraCommands.filter(([name]) => !name.includes(' '));

const missing = (shell: string): string | undefined => spawnSync(shell, ['-c', 'true']).status === 0 ? undefined : `${shell} is not installed`;

test('every verb and every flag that is shown is in the script of every shell', t => {
	for (const shell of shells) {
		const script = completionScript(shell, others);
		const flags = [...globalFlags, ...[...verbs.values()].flatMap(verb => verb.flags)].filter(({isHidden}) => !isHidden);
		t.deepEqual(flags.filter(({name}) => !script.includes(shell === 'fish' ? `-l ${name} ` : `--${name}`)).map(({name}) => name), [], shell);
		t.deepEqual([...verbs.keys()].filter(name => !script.includes(name)), [], shell);
	}
});

testUnless(missing('bash'))('bash completes verbs, flags and containers', t => {
	const file = join(tempDir(t), 'completion');
	writeFileSync(file, completionScript('bash', others));
	const complete = (...words: string[]): string[] => execFileSync('bash', ['-c', `
		ctnative() { [ "$*" = "--root /there list --quiet" ] && echo one; }
		. "$1"; shift
		COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ctnative; printf '%s\\n' "\${COMPREPLY[@]}"
	`, 'bash', file, ...words], {encoding: 'utf8'}).trim().split('\n');
	t.deepEqual(complete('ctnative', 'st'), ['start', 'state']);
	t.deepEqual(complete('ctnative', '--root', '/there', 'kill', 'o'), ['one']);
	t.deepEqual(complete('ctnative', '--log', 'x', 'run', '--pid'), ['--pidfd-socket', '--pid-file']);
	t.deepEqual(complete('ctnative', 'run', '--bundle', '/et'), ['/etc']);
});

for (const [shell, options] of [['zsh', ['-n']], ['fish', ['--no-execute']]] as const) {
	testUnless(missing(shell))(`${shell} reads its script`, t => {
		const file = join(tempDir(t), 'completion');
		writeFileSync(file, completionScript(shell, others));
		t.like(spawnSync(shell, [...options, file], {encoding: 'utf8'}), {status: 0, stderr: ''});
	});
}

test('the command prints the script, and refuses a shell that it does not know', t => {
	const main = projectPath('dist/ts/cli/main.js');
	t.is(execFileSync(process.execPath, [main, 'completion', 'bash'], {encoding: 'utf8'}), completionScript('bash', others));
	t.is(spawnSync(process.execPath, [main, 'completion', 'csh']).status, 2);
});
