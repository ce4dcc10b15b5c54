// A user without privileges, with a bundle, a state directory and a copy of the package, and nothing else.
import {execFile, execFileSync} from 'node:child_process';
import {chmodSync, chownSync, cpSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {defaultConfig} from '../../ts/oci/spec.js';
import {tempDir} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {makeRootfs} from '../support/rootfs.js';
import type {World} from './world.js';

export const uid = 54_321;

export interface RunAs {
	/** Further variables, over those that the user has. */
	readonly env?: NodeJS.ProcessEnv;
	/** A program that runs the other. */
	readonly through?: readonly string[];
	/** Lines more that files of the host have, for the user alone. */
	readonly lines?: Readonly<Record<string, string>>;
}

export interface User {
	readonly bundle: string;
	/** Runs the body of an async function as the user; it knows `Runtime`, `runtime`, `bundle`, `config` and `output`. */
	run(body: string, options?: RunAs): Promise<unknown>;
}

/** Packages that these need, and they. */
const withDependencies = (names: readonly string[]): string[] => {
	const seen = new Set<string>();
	const visit = (name: string): void => {
		const file = projectPath(`node_modules/${name}/package.json`);
		if (!seen.has(name) && existsSync(file)) {
			seen.add(name);
			Object.keys((JSON.parse(readFileSync(file, 'utf8')) as {dependencies?: object}).dependencies ?? {}).forEach(visit);
		}
	};
	names.forEach(visit);
	return [...seen].map(name => `node_modules/${name}`);
};

/** The parts of the package that a program loads; the checkout itself may be where only root can read. */
const packageParts = ['package.json', 'dist/ts', 'build/Release/ctnative.node', 'build/Release/ctn-init', ...withDependencies(['bindings', '@homebridge/dbus-native'])];

/** @param cgroupVersion What the bundle's config is for. */
export const makeUser = (world: World, cgroupVersion: 1 | 2 = 1): User => {
	const home = tempDir(world);
	chmodSync(home, 0o755);
	const bundle = join(home, 'bundle');
	execFileSync('mkdir', [bundle, join(home, 'run')]);
	makeRootfs(join(bundle, 'rootfs'));
	const spec = defaultConfig({cgroupVersion, rootless: {uid, gid: uid}});
	writeFileSync(join(bundle, 'config.json'), JSON.stringify({...spec, process: {...spec.process, terminal: false}, root: {path: 'rootfs'}}));
	for (const part of packageParts) {
		cpSync(projectPath(part), join(home, 'package', part), {recursive: true, dereference: true});
	}

	execFileSync('chown', ['-R', `${uid}:${uid}`, home]);
	chownSync(home, uid, uid);
	return {
		bundle,
		async run(body, {env = {}, through = [], lines = {}} = {}) {
			const script = `
				const {Runtime} = require(${JSON.stringify(join(home, 'package/dist/ts/index.js'))});
				const {text} = require('node:stream/consumers');
				const runtime = new Runtime(process.env.DRIVER ? {cgroupDriver: process.env.DRIVER} : {});
				const bundle = ${JSON.stringify(bundle)};
				const config = JSON.parse(require('node:fs').readFileSync(bundle + '/config.json', 'utf8'));
				const output = async process => {
					const [status, stdout, stderr] = await Promise.all([process.wait(), text(process.stdout), text(process.stderr)]);
					return {...status, stdout, stderr};
				};
				const pipes = ['ignore', 'pipe', 'pipe'];
				const say = value => process.stdout.write(JSON.stringify(value ?? null));
				(async () => {${body}})().then(say, error => say({code: error.code ?? String(error), message: error.message, subject: error.subject, cure: error.cure}));
			`;
			const more = Object.entries(lines).map(([path, text], index) => {
				const copy = join(home, `lines-${index}`);
				writeFileSync(copy, `${existsSync(path) ? readFileSync(path, 'utf8') : ''}${text}`);
				return `[ -e ${path} ] || : >${path}; mount --bind ${copy} ${path}`;
			});
			const before = more.length === 0 ? [] : ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', [...more, 'exec "$@"'].join('\n'), 'sh'];
			const [program, ...args] = [...before, 'setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups', '--inh-caps=-all', ...through, process.execPath, '-e', script];
			const {stdout} = await promisify(execFile)(program!, args, {
				env: {PATH: process.env['PATH'], XDG_RUNTIME_DIR: join(home, 'run'), ...env}, cwd: '/',
			});
			return JSON.parse(stdout) as unknown;
		},
	};
};
