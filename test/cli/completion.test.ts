// Completion, asked of the shells themselves where they are.
import {execFileSync, spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {extraCommands} from '../../ts/cli/extra.js';
import {extraLines, lineOf, type ExtraName} from '../../ts/cli/extra-lines.js';
import type {Flag} from '../../ts/cli/flags.js';
import {completionScript, shells} from '../../ts/cli/shell.js';
import {globalFlags, verbs} from '../../ts/cli/table.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';

const others = extraCommands;

const main = projectPath('dist/ts/cli/main.js');

const missing = (shell: string): string | undefined => spawnSync(shell, ['-c', 'true']).status === 0 ? undefined : `${shell} is not installed`;

test('every verb and every flag that is shown is in the script of every shell', t => {
	for (const shell of shells) {
		const script = completionScript(shell, others);
		const flags: Flag[] = [...globalFlags, ...[...verbs.values()].flatMap(verb => verb.flags), ...others.flatMap(([name]) => lineOf(name).flags)].filter(({isHidden}) => !isHidden);
		t.deepEqual(flags.filter(({name}) => !script.includes(shell === 'fish' ? `-l ${name} ` : `--${name}`)).map(({name}) => name), [], shell);
		t.deepEqual([...verbs.keys(), ...others.flatMap(([name]) => name.split(' '))].filter(name => !script.includes(name)), [], shell);
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
	t.deepEqual(complete('ctnative', 'checkpoint', 'inspec'), ['inspect']);
	t.deepEqual(complete('ctnative', 'checkpoint', 'inspect', '--ps'), ['--ps-tree', '--ps-tree-cmd', '--ps-tree-env']);
	t.deepEqual(complete('ctnative', '--debug', 'checkpoint', 'memparse', '--search'), ['--search', '--search-regex']);
	t.deepEqual(complete('ctnative', 'completion', 'f'), ['fish']);
	t.deepEqual(complete('ctnative', 'check', '--js'), ['--json']);
});

testUnless(missing('fish'))('fish completes commands of two words, and their flags', t => {
	const file = join(tempDir(t), 'completion');
	writeFileSync(file, completionScript('fish', others));
	const complete = (line: string): string[] => execFileSync('fish', ['--no-config', '-c', 'function ctnative; end; source $argv[1]; complete -C $argv[2]', file, line], {encoding: 'utf8', env: {...process.env, HOME: tempDir(t)}})
		.trim().split('\n').map(word => word.split('\t', 1)[0]!);
	t.true(complete('ctnative checkpoint ins').includes('inspect'));
	t.deepEqual(complete('ctnative checkpoint inspect --ps').toSorted(), ['--ps-tree', '--ps-tree-cmd', '--ps-tree-env']);
	t.false(complete('ctnative checkpoint --ps').includes('--ps-tree'));
});

for (const [shell, options] of [['zsh', ['-n']], ['fish', ['--no-execute']]] as const) {
	testUnless(missing(shell))(`${shell} reads its script`, t => {
		const file = join(tempDir(t), 'completion');
		writeFileSync(file, completionScript(shell, others));
		t.like(spawnSync(shell, [...options, file], {encoding: 'utf8'}), {status: 0, stderr: ''});
	});
}

test('every command of ours has a line, takes each of its flags and no other, and tells of them', t => {
	t.deepEqual(Object.keys(extraLines).toSorted(), others.map(([name]) => name).toSorted());
	for (const name of (Object.keys(extraLines) as ExtraName[]).filter(name => name !== 'setup-criu' && name !== 'completion')) {
		const words = lineOf(name).flags.flatMap(({name: flag, type}) => type === undefined ? [`--${flag}`] : [`--${flag}`, '1']);
		const {status, stdout} = spawnSync(process.execPath, [main, ...name.split(' '), ...words, '--help'], {encoding: 'utf8'});
		t.is(status, 0, name);
		t.true(stdout.startsWith(`Usage: ctnative ${name}`));
		t.deepEqual(lineOf(name).flags.filter(({name: flag}) => !stdout.includes(`  --${flag}`)), []);
		t.is(spawnSync(process.execPath, [main, ...name.split(' '), '--no-such', 'x']).status, 2, name);
	}

	const script = readFileSync(projectPath('scripts/install-criu'), 'utf8');
	t.deepEqual(lineOf('setup-criu').flags.filter(({name}) => !new RegExp(`^\\s*--${name}\\b.*\\)`, 'm').test(script)), [], 'the script knows them');
});

test('the command prints the script, and refuses a shell that it does not know', t => {
	t.is(execFileSync(process.execPath, [main, 'completion', 'bash'], {encoding: 'utf8'}), completionScript('bash', others));
	t.is(spawnSync(process.execPath, [main, 'completion', 'csh']).status, 2);
});
