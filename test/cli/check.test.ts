import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {CheckReport} from '../../ts/index.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';

interface Outcome {
	readonly code: number | string | null | undefined;
	readonly out: string;
	readonly err: string;
}

const main = projectPath('dist/ts/cli/main.js');

const run = (program: string, ...args: string[]): Promise<Outcome> => new Promise(resolve => {
	execFile(program, args, {encoding: 'utf8'}, (error, out, err) => resolve({code: error === null ? 0 : error.code, out, err}));
});

const ctnative = (...args: string[]): Promise<Outcome> => run(process.execPath, main, ...args);

const asRoot = testUnless(process.getuid?.() === 0 ? undefined : 'needs root');

asRoot('check --json says that this machine can run containers', async t => {
	const {code, out, err} = await ctnative('check', '--json');
	const report = JSON.parse(out) as CheckReport;
	t.deepEqual(report.items.filter(item => item.level === 'required' && !item.ok), []);
	t.true(report.ok);
	t.is(code, 0);
	t.is(err, '');
});

asRoot('check prints a table with three columns, in which nothing runs over', async t => {
	const {code, out} = await ctnative('check');
	t.is(code, 0);
	const [head, ...lines] = out.split('\n');
	const [result, found] = [head!.indexOf('RESULT'), head!.indexOf('FOUND')];
	const rows = lines.slice(0, lines.indexOf(''));
	t.true(rows.length > 15);
	for (const row of rows) {
		t.true(row.length <= 100, row);
		t.is(row.slice(result - 2, result).trim(), '', row);
		t.is(row.slice(found - 2, found).trim(), '', row);
		t.regex(row.slice(result, found).trim(), /^(ok|FAILED|missing|note|)$/, row);
		t.regex(row.slice(found, found + 1), /\S/, row);
	}

	t.regex(lines.at(-2)!, /^This machine can run containers/);
});

asRoot('the CRIU and the state directory to look at can be given', async t => {
	const directory = tempDir(t);
	const {out} = await ctnative('check', '--json', '--criu', join(directory, 'criu'), '--root', join(directory, 'state'));
	const {ok, items} = JSON.parse(out) as CheckReport;
	t.true(ok); // Without CRIU there are containers, but no checkpoints
	t.like(items.find(({name}) => name === 'CRIU'), {ok: false, level: 'recommended'});
	t.true(items.find(({name}) => name === 'state directory')!.value.startsWith(join(directory, 'state')));
});

test('a user without privileges is told what is missing, and the exit code is 1', async t => {
	// nobody in a new user namespace: the files of this tree can be read, and nothing else can be done
	const {code, out} = await run('unshare', '--user', process.execPath, main, 'check', '--json');
	t.is(code, 1);
	const {ok, items} = JSON.parse(out) as CheckReport;
	t.false(ok);
	const failed = items.filter(item => item.level === 'required' && !item.ok).map(({name}) => name);
	t.deepEqual(failed, ['mount API', 'user', 'capabilities']);
});

test('wrong usage is exit code 2, with what is wrong', async t => {
	const cases: ReadonlyArray<readonly [args: string[], says: RegExp]> = [
		[['check', '--jsno'], /--jsno/],
		[['check', 'extra'], /extra/],
		[['check', '--root'], /--root/],
		[['check', '--root', '/'], /root must not be \//],
	];
	for (const [args, says] of cases) {
		const {code, out, err} = await ctnative(...args);
		t.is(code, 2, args.join(' '));
		t.is(out, '');
		t.regex(err, says);
		t.regex(err, /Try ctnative --help\.\n$/);
	}
});

test('what is no command and no flag ends as with runc: 3 and 1', async t => {
	const unknown = await ctnative('chekc');
	t.like(unknown, {code: 3, out: ''});
	t.regex(unknown.err, /No help topic for 'chekc'/);

	t.is((await ctnative('--verbose')).code, 1);
});

test('--version is the one of package.json, and of the specification', async t => {
	const {version} = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {version: string};
	t.deepEqual(await ctnative('--version'), {code: 0, out: `ctnative version ${version}\nspec: 1.3.0\n`, err: ''});
});

test('--help tells of every command, and each command of its options', async t => {
	const {code, out} = await ctnative('--help');
	t.is(code, 0);
	t.regex(out, /^ {2}check {2,}\S/m);
	t.regex(out, /^ {2}setup-criu {2,}\S/m);
	const check = await ctnative('check', '--help');
	t.is(check.code, 0);
	t.regex(check.out, /--json.*--root/s);
});

test('setup-criu is the script of the package, its arguments and its exit code', async t => {
	const help = await ctnative('setup-criu', '--help');
	t.is(help.code, 0);
	t.regex(help.out, /--prefix DIR/);
	t.is((await ctnative('setup-criu', '--no-such-option')).code, 2);
});
