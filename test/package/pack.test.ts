// The package as its users get it: packed, and installed where there is no compiler.
import {execFile, type ExecFileException} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {makeBundle} from '../support/bundle.js';
import {projectPath, projectRoot} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {makeTempDir, removeDir} from '../support/temp-dir.js';

const home = makeTempDir();
const consumer = join(home, 'consumer');
const bin = join(home, 'bin');
const installed = join(consumer, 'node_modules/ctnative');
test.after.always(() => removeDir(home));

/** Programs of the machine without a compiler. npm itself needs a shell and Node. */
const programs = ['env', 'node', 'npm', 'npx', 'sh'];

const find = (program: string): string =>
	(process.env['PATH'] ?? '').split(delimiter).map(directory => join(directory, program)).find(path => existsSync(path)) ?? program;

/** What npm tells the scripts it runs is about this package, and not for another npm inside of one of them. */
const outerEnv = Object.fromEntries(Object.entries(process.env)
	.filter(([name]) => !/^npm_/i.test(name) || /^npm_config_(registry|cache|cafile|proxy|https_proxy|noproxy)$/i.test(name)));

interface Outcome {
	readonly code: number;
	readonly output: string;
}

const run = (cwd: string, path: string, program: string, ...args: string[]): Promise<Outcome> => new Promise(resolve => {
	execFile(program, args, {cwd, env: {...outerEnv, PATH: path}, encoding: 'utf8'}, (error: ExecFileException | null, stdout, stderr) => {
		resolve({code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: stdout + stderr});
	});
});

const here = (program: string, ...args: string[]): Promise<Outcome> => run(projectRoot, process.env['PATH'] ?? '', program, ...args);
const there = (program: string, ...args: string[]): Promise<Outcome> => run(consumer, bin, join(bin, program), ...args);

const rootTest = testUnless(process.getuid!() === 0 ? undefined : 'needs root', test);
let tarball = '';

test.before('the package is built, packed and installed', async t => {
	const built = await here('npm', 'run', '--silent', 'prebuild');
	t.is(built.code, 0, built.output);
	const packed = await here('npm', 'pack', '--silent', '--pack-destination', home);
	t.is(packed.code, 0, packed.output);
	tarball = join(home, readdirSync(home).find(name => name.endsWith('.tgz'))!);

	mkdirSync(consumer);
	mkdirSync(bin);
	programs.forEach(program => symlinkSync(find(program), join(bin, program)));
	writeFileSync(join(consumer, 'package.json'), '{"name": "consumer", "private": true}\n');
	const result = await there('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--foreground-scripts', tarball);
	t.is(result.code, 0, result.output);
	t.notRegex(result.output, /building from source/);
});

test('a package with prebuilt parts needs no compiler', async t => {
	const compiler = await there('sh', '-c', 'command -v cc || command -v gcc || command -v make || command -v python3');
	t.not(compiler.code, 0, compiler.output);
	const command = existsSync(projectPath('build/Release/ctnative')) ? ['ctnative', 'ctnative.copyright'] : [];
	t.deepEqual(readdirSync(join(installed, 'prebuilds/linux-x64')).sort(), ['ctn-init', 'ctn-pager', ...command, 'ctnative.node']);
	if (command.length > 0) {
		t.regex(readFileSync(join(installed, 'prebuilds/linux-x64/ctnative.copyright'), 'utf8'), /Bellard[^]*Permission is hereby granted/);
	}
	t.false(existsSync(join(installed, 'build')));
});

test('require and import both give the Runtime', async t => {
	const required = await there('node', '-e', 'const {Runtime} = require("ctnative"); new Runtime(); console.log(typeof Runtime)');
	t.deepEqual(required, {code: 0, output: 'function\n'});
	const imported = await there('node', '--input-type=module', '-e', 'import {Runtime, CtnError} from "ctnative"; new Runtime(); console.log(typeof Runtime, typeof CtnError)');
	t.deepEqual(imported, {code: 0, output: 'function function\n'});
});

test('the installed addon and ctn-init are of one version', async t => {
	const list = await there('node', '-e', 'new (require("ctnative").Runtime)({root: process.argv[1]}).list().then(list => console.log(list.length))', join(home, 'state'));
	t.deepEqual(list, {code: 0, output: '0\n'});
});

test('the installed command runs without an environment', async t => {
	const {code, output} = await run(consumer, '', '/usr/bin/env', '-i', `CTNATIVE_NODE=${process.execPath}`, join(consumer, 'node_modules/.bin/ctnative'), '--version');
	t.is(code, 0, output);
	t.regex(output, /^ctnative version \d/);
});

test('npx ctnative check finds this machine fit', async t => {
	// CRIU starts programs of the system, so the machine's own PATH follows
	const check = await run(consumer, `${bin}${delimiter}${process.env['PATH'] ?? ''}`, join(bin, 'npx'), '--no-install', 'ctnative', 'check');
	t.is(check.code, 0, check.output);
});

/** A life by the command, as somebody would try it. */
const live = async (t: ExecutionContext, words: readonly string[]): Promise<void> => {
	const bundle = makeBundle(t, {args: ['echo', 'lived']});
	const [program, ...line] = [...words, '--root', join(home, 'state'), 'run', '--bundle', bundle, `package-${process.pid}`];
	const {code, output} = await run(consumer, bin, program!, ...line);
	t.is(code, 0, output);
	t.regex(output, /^lived\n/); // npm may have something to say of its settings
};

rootTest('npx ctnative run runs a container', async t => live(t, [join(bin, 'npx'), '--no-install', 'ctnative']));

rootTest('npm install --global puts the command into a prefix, where it runs without Node, and its manual page', async t => {
	const prefix = join(home, 'global');
	const {code, output} = await there('npm', 'install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', '--prefer-offline', tarball);
	t.is(code, 0, output);
	await live(t, [join(prefix, 'bin/ctnative')]);
	await live(t, ['/usr/bin/env', '-i', join(prefix, 'lib/node_modules/ctnative/prebuilds/linux-x64/ctnative')]);
	t.true(existsSync(join(prefix, 'share/man/man8/ctnative.8')));
});

rootTest('with --ignore-scripts all is there, too', async t => {
	const other = join(home, 'other');
	mkdirSync(other);
	writeFileSync(join(other, 'package.json'), '{"name": "other", "private": true}\n');
	const {code, output} = await run(other, bin, join(bin, 'npm'), 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball);
	t.is(code, 0, output);
	await live(t, [join(other, 'node_modules/.bin/ctnative')]);
	const bundle = makeBundle(t, {args: ['sh', '-c', 'exit 7']});
	const script = 'new (require("ctnative").Runtime)({root: process.argv[1]}).run(process.argv[2], {bundle: process.argv[3], stdio: "ignore"}).then(async container => { console.log(await container.wait()); await container.delete(); })';
	t.deepEqual(await run(other, bin, join(bin, 'node'), '-e', script, join(home, 'state'), `package-${process.pid}`, bundle), {code: 0, output: '{ code: 7, signal: null }\n'});
});

test('programs in TypeScript see the types, from CommonJS and from modules', async t => {
	const source = `import {CtnError, Runtime, type Container} from 'ctnative';

export const run = async (): Promise<number | null> => {
	const runtime = new Runtime({root: '/run/ctnative'});
	const container: Container = await runtime.create('web', {bundle: '/bundles/web', stdio: ['ignore', 'pipe', 'pipe']});
	await container.start();
	const process = await container.exec({args: ['/bin/sh', '-c', 'id'], stdio: 'pipe'});
	const {code} = await process.wait();
	await container.checkpoint({imagesDir: '/var/tmp/web', leaveRunning: false});
	const again = await runtime.restore('web', {bundle: '/bundles/web', imagesDir: '/var/tmp/web'});
	await again.kill('SIGTERM');
	await again.delete();
	// @ts-expect-error: a container has no such method
	again.explode();
	return new CtnError('ERR_ARGUMENT', 'no').code === 'ERR_ARGUMENT' ? code : null;
};
`;
	writeFileSync(join(consumer, 'common.cts'), source);
	writeFileSync(join(consumer, 'module.mts'), source);
	writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({
		compilerOptions: {
			strict: true, noEmit: true, module: 'node16', target: 'es2022', exactOptionalPropertyTypes: true,
			// Ours are checked too; in the package they stand beside no source that could hide a fault
			skipLibCheck: false,
			typeRoots: [projectPath('node_modules/@types')],
			types: ['node'],
		},
		files: ['common.cts', 'module.mts'],
	}));
	const checked = await run(consumer, process.env['PATH'] ?? '', process.execPath, join(dirname(require.resolve('typescript/package.json')), 'bin/tsc'), '--project', consumer);
	t.deepEqual(checked, {code: 0, output: ''});
});
