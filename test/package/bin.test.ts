// What npm puts into PATH: a shell script that becomes the native command, or else Node, with nothing of others in its environment.
import {spawnSync} from 'node:child_process';
import {chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';

const place = (path: string, text: string): void => {
	mkdirSync(dirname(path), {recursive: true});
	writeFileSync(path, text, {mode: 0o755});
};

/** As installed: the script in a package, and npm's symlink to it. */
class Installed {
	readonly package: string;
	readonly link: string;

	constructor(t: ExecutionContext) {
		const modules = join(tempDir(t), 'node modules');
		this.package = join(modules, 'ctnative');
		this.link = join(modules, '.bin/ctnative');
		mkdirSync(join(this.package, 'bin'), {recursive: true});
		mkdirSync(dirname(this.link));
		copyFileSync(projectPath('bin/ctnative'), join(this.package, 'bin/ctnative'));
		chmodSync(join(this.package, 'bin/ctnative'), 0o755);
		symlinkSync('../ctnative/bin/ctnative', this.link);
	}

	/** A program in this place of the package that says who it is, and what it was given. */
	has(path: string): void {
		place(join(this.package, path), `#!/bin/sh\nprintf '%s;' ${path} "$@"\n`);
	}

	/** Runs the command with no more environment than this. */
	run(args: readonly string[], env: Readonly<Record<string, string>> = {}): {code: number | null; out: string; err: string} {
		const {status, stdout, stderr} = spawnSync(this.link, args, {env: {...env}, encoding: 'utf8'});
		return {code: status, out: stdout, err: stderr};
	}
}

test('the native command is found without an environment, through npm\'s symlink: the built one, else the prebuilt', t => {
	const installed = new Installed(t);
	const prebuilt = `prebuilds/linux-${process.arch}/ctnative`;
	installed.has(prebuilt);
	t.deepEqual(installed.run(['exec', 'a b', '', '$x;*']), {code: 0, out: `${prebuilt};exec;a b;;$x;*;`, err: ''});
	installed.has('build/Release/ctnative');
	t.deepEqual(installed.run(['list']), {code: 0, out: 'build/Release/ctnative;list;', err: ''});
	t.deepEqual(installed.run(['list'], {PATH: ''}), {code: 0, out: 'build/Release/ctnative;list;', err: ''});
});

/** A command line under Node that tells of itself. */
const telling = 'console.log(JSON.stringify([process.argv.slice(2), Object.keys(process.env).sort()]))';

test('without one it is Node, and NODE_* and LD_* are gone before anything of Node runs', t => {
	const installed = new Installed(t);
	place(join(installed.package, 'dist/ts/cli/main.js'), telling);
	const evil = join(installed.package, 'evil.js');
	place(evil, 'console.log("evil")');
	const env = {
		NODE_OPTIONS: `--require "${evil}"`, NODE_PATH: '/nowhere', NODE_V8_COVERAGE: join(installed.package, 'coverage'), LD_LIBRARY_PATH: '/nowhere', npm_config_node_options: `--require ${evil}`,
		TWO: 'lines\nexport NODE_OPTIONS', HOME: '/root',
	};
	const {code, out, err} = installed.run(['one', 't w o'], {...env, CTNATIVE_NODE: process.execPath});
	t.is(code, 0, err);
	const [args, names] = JSON.parse(out) as [string[], string[]];
	t.deepEqual(args, ['one', 't w o']);
	t.deepEqual(names.filter(name => /^(?:NODE_|LD_|npm_)/.test(name)), []);
	t.deepEqual(names.filter(name => name === 'TWO' || name === 'HOME'), ['HOME', 'TWO'], 'the rest stays');

	const fromPath = installed.run([], {...env, PATH: `relative::${dirname(process.execPath)}`});
	t.is(fromPath.code, 0, fromPath.err);
	t.notRegex(fromPath.out, /evil|NODE_/);
});

/** Where a machine has Node in one of the places that are always looked at, they are not there for the script. */
const withoutNode = (installed: Installed): {code: number | null; err: string} => {
	const script = 'for place in /usr/local/bin/node /usr/bin/node /opt/node/bin/node; do [ ! -e $place ] || mount --bind /dev/null $place; done; exec "$@"';
	const {status, stderr} = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', installed.link], {env: {PATH: '/usr/sbin:/usr/bin:/sbin:/bin'}, encoding: 'utf8'});
	return {code: status, err: stderr};
};

testUnless(process.getuid!() === 0 ? undefined : 'needs root', test)('without Node, too, it says what it needs', t => {
	const installed = new Installed(t);
	const {code, err} = withoutNode(installed);
	t.is(code, 1);
	t.regex(err, /^ctnative: this needs Node, .*CTNATIVE_NODE/);
});
