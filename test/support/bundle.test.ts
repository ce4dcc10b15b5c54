import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {makeBundle, tempDir} from './bundle.js';
import {runcSpec} from './runc-spec.js';

const readConfig = (bundle: string): unknown => JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));

test('the config of the tests is the one that runc spec writes', t => {
	const directory = tempDir(t);
	execFileSync('runc', ['spec'], {cwd: directory});
	t.deepEqual(JSON.parse(JSON.stringify(runcSpec())), readConfig(directory));
});

test('a bundle runs under runc, and is gone afterwards', async t => {
	const runtimeRoot = tempDir(t);
	let path = '';
	const attempt = await t.try('inner', inner => {
		path = makeBundle(inner, {args: ['sh', '-c', 'id -u; ls /'], edit: config => {
			config.hostname = 'changed';
		}});
		const output = execFileSync('runc', ['--root', runtimeRoot, 'run', `ctnative-bundle-${process.pid}`], {cwd: path, encoding: 'utf8'});
		inner.regex(output, /^0\nbin\ndev\netc\n/);
		inner.like(readConfig(path), {hostname: 'changed', process: {terminal: false}});
	});
	attempt.commit();
	t.false(existsSync(path));
});
