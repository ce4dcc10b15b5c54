// How nsenter/root.c finds and makes paths of the container. Each test asks it line by line; see root_tool.c.
import {mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {errnos} from '../../ts/linux/errno.js';
import {tempDir, type Owner} from '../support/temp-dir.js';
import {compileOnce, runProgram, sanitizers} from './compile.js';

const program = compileOnce(['test/nsenter/root_tool.c', 'nsenter/root.c', 'nsenter/string.c'], [...sanitizers, '-DCTN_HOSTED']);

interface Root {
	/** On the host. */
	readonly path: string;
	/** Says where each command led. */
	ask(...commands: string[]): string[];
	directory(name: string): void;
	file(name: string): void;
	link(name: string, target: string): void;
}

/** A root filesystem with a directory beside it that nothing may reach. */
const makeRoot = (owner: Owner): Root => {
	const parent = tempDir(owner);
	const path = join(parent, 'root');
	mkdirSync(path);
	mkdirSync(join(parent, 'outside'));
	return {
		path,
		ask: (...commands) => runProgram(program(), [path], commands.map(command => `${command}\n`).join('')).trimEnd().split('\n'),
		directory(name) {
			mkdirSync(join(path, name), {recursive: true});
		},
		file(name) {
			writeFileSync(join(path, name), '');
		},
		link(name, target) {
			symlinkSync(target, join(path, name));
		},
	};
};

const failed = (errno: keyof typeof errnos): string => String(-errnos[errno]);

test('the root itself has many names', t => {
	const root = makeRoot(t);
	const names = ['', '/', '//', '.', '..', '/..', '/../..', '/../../.'];

	t.deepEqual(root.ask(...names.map(name => `open ${name}`)), names.map(() => '/ directory'));
	t.deepEqual(root.ask(...names.map(name => `make ${name}`)), names.map(() => '/ directory'));
});

test('what is there is opened and stays as it is', t => {
	const root = makeRoot(t);
	root.directory('a/b');
	root.file('a/file');

	t.deepEqual(root.ask('make /a/b', 'make a//b/', 'make_file /a/file', 'make_file_nofollow /a/file', 'open /a/../a/./b'), [
		'/a/b directory', '/a/b directory', '/a/file file', '/a/file file', '/a/b directory',
	]);
});

test('a missing directory is made with all that is missing above it', t => {
	const root = makeRoot(t);

	t.deepEqual(root.ask('make /a/b/c', 'make d//e///', 'make_nofollow /f/g'), ['/a/b/c directory', '/d/e directory', '/f/g directory']);
	t.is(statSync(join(root.path, 'a/b/c')).mode & 0o7777, 0o751);
	t.is(statSync(join(root.path, 'a/b')).mode & 0o7777, 0o755);
});

test('a missing file is made empty, in directories', t => {
	const root = makeRoot(t);

	t.deepEqual(root.ask('make_file /a/b/file', 'make_file_nofollow /c/file', 'make_file /d/file/'), ['/a/b/file file', '/c/file file', '/d/file file']);
	t.is(readFileSync(join(root.path, 'a/b/file'), 'utf8'), '');
	t.is(statSync(join(root.path, 'a/b/file')).mode & 0o7777, 0o751);
	t.true(statSync(join(root.path, 'a/b')).isDirectory());
});

test('opening makes nothing', t => {
	const root = makeRoot(t);

	t.deepEqual(root.ask('open /a', 'open /a/b', 'open /a'), [failed('ENOENT'), failed('ENOENT'), failed('ENOENT')]);
});

test('a file in the way of a directory is an error', t => {
	const root = makeRoot(t);
	root.file('file');

	t.deepEqual(root.ask('make /file/a', 'make_file /file/a/b', 'open /file/'), [failed('ENOTDIR'), failed('ENOTDIR'), failed('ENOTDIR')]);
});

test('a symlink is followed inside the root, wherever it points', t => {
	const root = makeRoot(t);
	root.directory('a/b');
	root.directory('outside');
	root.link('absolute', '/a/b');
	root.link('a/relative', 'b');
	root.link('a/b/up', '../..');
	root.link('escape', '../outside');
	root.link('far', '../../../../../../outside');
	root.link('host', '/../outside');

	t.deepEqual(root.ask('open /absolute', 'open /a/relative', 'open /a/b/up', 'open /escape', 'open /far', 'open /host', 'open /a/b/up/absolute/up/..'), [
		'/a/b directory', '/a/b directory', '/ directory', '/outside directory', '/outside directory', '/outside directory', '/ directory',
	]);
});

test('what is made behind a dangling symlink is made inside the root', t => {
	const root = makeRoot(t);
	root.directory('a');
	root.link('absolute', '/new/one');
	root.link('a/relative', 'sub/two');
	root.link('a/up', '../three');
	root.link('a/out', '../../../../four');
	root.link('host', root.path.replace(/root$/, 'outside/five'));
	root.link('slashes', '///six///');

	t.deepEqual(root.ask('make /absolute', 'make /a/relative', 'make /a/up', 'make /a/out', 'make /host', 'make /slashes'), [
		'/new/one directory', '/a/sub/two directory', '/three directory', '/four directory',
		`${root.path.replace(/root$/, 'outside/five')} directory`, '/six directory',
	]);
	t.is(statSync(join(root.path, '../outside')).nlink, 2, 'nothing was made beside the root');
});

test('a file is made behind a dangling symlink, too', t => {
	const root = makeRoot(t);
	root.link('file', '/etc/made');

	t.deepEqual(root.ask('make_file /file', 'make_file /file'), ['/etc/made file', '/etc/made file']);
});

test('a dangling symlink in the middle of a path is made a way', t => {
	const root = makeRoot(t);
	root.directory('a');
	root.link('a/link', '/elsewhere');

	t.deepEqual(root.ask('make /a/link/b/c', 'make_file a/link/file', 'make /a/link/../d'), ['/elsewhere/b/c directory', '/elsewhere/file file', '/d directory']);
});

test('dangling symlinks that lead to each other are followed to the last', t => {
	const root = makeRoot(t);
	root.directory('a');
	root.link('one', 'a/two');
	root.link('a/two', '/three');
	root.link('three', 'end/of/it');

	t.deepEqual(root.ask('make /one'), ['/end/of/it directory']);
});

test('symlinks in a circle are ELOOP', t => {
	const root = makeRoot(t);
	root.link('self', 'self');
	root.link('one', '/two');
	root.link('two', 'one');
	root.link('deep', 'deep/deeper');

	for (const name of ['self', 'one', 'two', 'one/below', 'deep']) {
		t.deepEqual(root.ask(`open /${name}`, `make /${name}`, `make_file /${name}`), [failed('ELOOP'), failed('ELOOP'), failed('ELOOP')], name);
	}
});

test('a dangling symlink that leads on through itself ends', t => {
	const root = makeRoot(t);
	root.link('a', '/b/missing');
	root.link('b', '/a/missing');

	t.deepEqual(root.ask('make /a', 'make /b'), [failed('ELOOP'), failed('ELOOP')]);
});

test('where no symlink may be, each is refused: the last, one on the way, a dangling one', t => {
	const root = makeRoot(t);
	root.directory('a');
	root.link('link', '/a');
	root.link('dangling', '/nowhere');

	for (const name of ['link', 'link/b', 'link/', 'dangling', 'dangling/b']) {
		t.deepEqual(root.ask(`open_nofollow /${name}`, `make_nofollow /${name}`, `make_file_nofollow /${name}`), [failed('ELOOP'), failed('ELOOP'), failed('ELOOP')], name);
	}

	t.deepEqual(root.ask('open /nowhere', 'open /a/b'), [failed('ENOENT'), failed('ENOENT')]);
});

test('a link of procfs that leads out of the root is none', t => {
	t.deepEqual(runProgram(program(), ['/'], 'open /proc/self/root/etc\nopen /proc/self/cwd\n').trimEnd().split('\n'), [failed('ELOOP'), failed('ELOOP')]);
});

test('what a path goes through on its way up is made, as by mkdir -p', t => {
	const root = makeRoot(t);

	t.deepEqual(root.ask('make /one/..', 'make /two/../a', 'make_file /three/../../b', 'make /four/./', 'make /five/six/..'),
		['/ directory', '/a directory', '/b file', '/four directory', '/five directory']);
	t.deepEqual(root.ask('open /one', 'open /two', 'open /three', 'open /five/six'), ['/one directory', '/two directory', '/three directory', '/five/six directory']);
});

test('a name of 255 bytes is made, one of 256 is ENAMETOOLONG', t => {
	const root = makeRoot(t);
	const name = 'n'.repeat(255);

	t.deepEqual(root.ask(`make /${name}`, `make_file /a/${name}/`, `make /${name}n`, `make /new/${name}n`, `make /new/${name}n/x`), [
		`/${name} directory`, `/a/${name} file`, failed('ENAMETOOLONG'), failed('ENAMETOOLONG'), failed('ENAMETOOLONG'),
	]);
});

test('a path as long as the kernel takes is made, a longer one is ENAMETOOLONG', t => {
	const root = makeRoot(t);
	const path = `/${'d'.repeat(199)}`.repeat(20); // 4000 bytes

	t.deepEqual(root.ask(`make ${path}`, `make ${path}${'/e'.repeat(50)}`, `open ${path}`), [`${path} directory`, failed('ENAMETOOLONG'), `${path} directory`]);
});

test('a dangling symlink whose target does not fit is ENAMETOOLONG', t => {
	const root = makeRoot(t);
	const above = `/${'d'.repeat(199)}`.repeat(15);
	root.link('long', `${'t'.repeat(250)}/`.repeat(16).slice(0, 4000));
	root.directory(above);
	root.link(`${above}/relative`, `${'t'.repeat(250)}/`.repeat(5));

	t.deepEqual(root.ask(`make ${above}/relative`), [failed('ENAMETOOLONG')]);
	t.regex(root.ask('make /long')[0]!, /^\/t{250}\/.* directory$/);
});

test('as many missing directories as a path has room for are made', t => {
	const root = makeRoot(t);
	const path = '/d'.repeat(1000);

	t.deepEqual(root.ask(`make ${path}`, `make_file ${path}/file`), [`${path} directory`, `${path}/file file`]);
});

test('the parent of a path is made, its last name is neither made nor followed', t => {
	const root = makeRoot(t);
	root.directory('a');
	root.link('a/link', '/nowhere');
	root.link('way', '/new/place');

	t.deepEqual(root.ask('parent /a/b', 'parent name', 'parent /a/link', 'parent /way/x', 'parent /', 'open /a/b', 'open /nowhere'), [
		'/a directory b', '/ directory name', '/a directory link', '/new/place directory x', failed('EINVAL'), failed('ENOENT'), failed('ENOENT'),
	]);
});

test('names may have any byte but the slash', t => {
	const root = makeRoot(t);

	t.deepEqual(root.ask('make /größe \\ "%s"/\u0001', 'make /...', 'make /.a', 'make /..a'), [
		'/größe \\ "%s"/\u0001 directory', '/... directory', '/.a directory', '/..a directory',
	]);
});
