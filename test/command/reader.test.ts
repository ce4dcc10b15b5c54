// A reader that is gone, as `head` is when it has seen enough: the end of whoever prints, in both hosts.
import {execFileSync} from 'node:child_process';
import {tempDir} from '../support/temp-dir.js';
import {nativeCommand, nativeTest as test, nodeCommand} from './hosts.js';

/** Exit status, and what it said on standard error, where standard output has no reader any more. */
const withoutReader = (words: readonly string[], before = ''): string =>
	execFileSync('bash', ['-c', `${before}
		exec 3> >(:)
		wait $!
		"$@" 2>&1 >&3
		echo "ended with $?"`, 'bash', ...words], {encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'ignore']});

const bySigpipe = 'ended with 141\n';

for (const [name, before] of [['', ''], [', though the signal was ignored before', 'trap "" PIPE']] as const) {
	test(`a command whose reader is gone ends silently${name}`, t => {
		const root = ['--root', tempDir(t)];
		for (const words of [['features'], ['list'], ['--help'], ['--version'], ['spec', '--help']]) {
			t.is(withoutReader([nativeCommand, ...root, ...words], before), bySigpipe, words.join(' '));
		}

		for (const words of [['features'], ['completion', 'bash'], ['checkpoint', 'list', root[1]!], ['check']]) {
			t.is(withoutReader([...nodeCommand, ...root, ...words], before), bySigpipe, `Node: ${words.join(' ')}`);
		}
	});
}

test('a reader of standard error that is gone changes nothing', t => {
	const without = (words: readonly string[]): string => execFileSync('bash', ['-c', 'trap "" PIPE; exec 3> >(:); wait $!; "$@" 2>&3; echo "$?"', 'bash', ...words, '--root', tempDir(t), 'state', 'nobody'], {encoding: 'utf8'});
	t.is(without([nativeCommand]), '1\n');
	t.is(without(nodeCommand), '1\n');
});
