// The command alone, away from its package, as ordinary users find it: in their own namespaces, and where they may do nothing.
import {spawnSync} from 'node:child_process';
import {chmodSync, chownSync, copyFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeBundle, tempDir} from '../support/bundle.js';
import {inNative, nativeCommand, nativeTest as test} from './hosts.js';

const uid = 54_321;

interface Alone {
	readonly command: string;
	readonly bundle: string;
	/** Of the user. */
	readonly session: string;
}

const copy = (t: ExecutionContext): Alone => {
	const directory = tempDir(t);
	const bundle = makeBundle(t, {args: ['sh', '-c', 'echo >/dev/null && id -u && exit 7'], edit(config) {
		for (const mount of config.mounts) {
			mount.options = (mount.options ?? []).filter(option => option !== 'gid=5'); // There is one group
		}
	}});
	const command = join(directory, 'ctnative');
	const session = join(directory, 'session');
	[directory, bundle].forEach(path => chmodSync(path, 0o755));
	copyFileSync(nativeCommand, command);
	chmodSync(command, 0o755);
	mkdirSync(session);
	chownSync(session, uid, uid);
	return {command, bundle, session};
};

const as = (env: Readonly<Record<string, string>>, ...words: string[]): {code: number | null; out: string; err: string} => {
	const {status, stdout, stderr} = spawnSync('setpriv', ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', ...words], {encoding: 'utf8', env: {PATH: process.env['PATH'], ...env}});
	return {code: status, out: stdout, err: stderr};
};

const nested = ['unshare', '--user', '--map-root-user', '--mount', '--'];

test('root of a user namespace runs containers where its user may, with no cgroup that it cannot make', t => {
	const {command, bundle, session} = copy(t);
	t.deepEqual(as({XDG_RUNTIME_DIR: session}, ...nested, command, 'run', '--bundle', bundle, `nested-${process.pid}`), {code: 7, out: '0\n', err: ''});
});

test('a state directory that cannot be made is named', t => {
	const {command, bundle} = copy(t);
	const root = tempDir(t); // Of root alone
	const {code, err} = as({}, ...nested, command, '--root', root, 'run', '--bundle', bundle, 'one');
	t.is(code, 1);
	t.regex(err, /mkdir \/tmp\/\S+: permission denied/);
});

test('a copy of the command says what it misses for what needs Node, and does the rest', async t => {
	const {command} = copy(t);
	const checked = spawnSync(command, ['check'], {encoding: 'utf8'});
	t.is(checked.status, 1);
	t.regex(checked.stderr, /^ctnative: this needs the package that the command belongs to, .*link.*\n$/);
	t.is(spawnSync(command, ['--version'], {encoding: 'utf8'}).stdout, (await inNative(['--version'])).out);
});
