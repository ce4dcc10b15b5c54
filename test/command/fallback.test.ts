// Where there is neither a prebuilt command nor QuickJS the same command runs under Node, and says so.
import {execFile} from 'node:child_process';
import {cpSync, mkdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import type {CheckReport} from '../../ts/index.js';
import {makeBundle, tempDir, type Owner} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';

/** The package as it is installed without the native command. */
const packageWithout = (owner: Owner): string => {
	const root = tempDir(owner);
	mkdirSync(join(root, 'build/Release'), {recursive: true});
	for (const part of ['ctnative.node', 'ctn-init', 'ctn-pager']) {
		cpSync(projectPath('build/Release', part), join(root, 'build/Release', part));
	}

	cpSync(projectPath('dist/ts'), join(root, 'dist/ts'), {recursive: true});
	cpSync(projectPath('package.json'), join(root, 'package.json'));
	symlinkSync(projectPath('node_modules'), join(root, 'node_modules'));
	return root;
};

testUnless(process.getuid!() === 0 ? undefined : 'needs root', test)('without a native command the same lines run under Node, and check says so', async t => {
	const root = packageWithout(t);
	const ctnative = async (...args: string[]) => promisify(execFile)(process.execPath, [join(root, 'dist/ts/cli/main.js'), ...args]);
	const {items} = JSON.parse((await ctnative('check', '--json')).stdout) as CheckReport;
	t.like(items.find(({name}) => name === 'command'), {ok: false, level: 'optional', value: 'Node: there is no native command'});
	t.regex(items.find(({name}) => name === 'command')!.cure!, /scripts\/install-quickjs/);

	const bundle = makeBundle(t, {args: ['echo', 'under Node']});
	const id = `fallback-${process.pid}`;
	t.deepEqual(await ctnative('--root', join(root, 'state'), 'run', '--bundle', bundle, id), {stdout: 'under Node\n', stderr: ''});
	t.deepEqual(await ctnative('--root', join(root, 'state'), 'list', '--quiet'), {stdout: '', stderr: ''});
});
