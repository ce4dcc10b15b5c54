// Whatever is wrong is told by code and place, and nothing is left: World looks, after each of these tests.
import {readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {CtnError, Runtime, type ErrorCode} from '../../ts/index.js';
import {capabilitySet} from '../../ts/linux/capabilities.js';
import {parseProcessStatus} from '../../ts/linux/proc.js';
import {tempDir, type BundleOptions, type Spec} from '../support/bundle.js';
import {systemTest as test, World} from './world.js';

interface Expected {
	readonly code: ErrorCode;
	readonly message: RegExp | string;
	readonly subject?: string;
}

/** create must fail so, with every kind of stdio, and leave nothing; and the id can be used afterwards. */
const refuses = async (t: ExecutionContext, world: World, options: BundleOptions, expected: Expected): Promise<void> => {
	const id = world.id();
	const bundle = world.bundle(options);
	for (const stdio of ['ignore', 'pipe'] as const) {
		const error = await t.throwsAsync(world.runtime.create(id, {bundle, stdio}), {instanceOf: CtnError, code: expected.code, message: expected.message});
		if (expected.subject !== undefined) {
			t.is(error?.subject, expected.subject);
		}

		t.deepEqual(Object.values(await world.leftBehind()).flat(), []);
	}

	const container = await world.runtime.create(id, {bundle: world.bundle(), stdio: 'ignore'});
	await container.delete();
};

const edited = (edit: (config: Spec) => unknown): BundleOptions => ({edit});

test('a bundle that is none is refused', async t => {
	const world = new World(t);
	for (const bundle of ['relative', '', undefined as unknown as string]) {
		await t.throwsAsync(world.runtime.create(world.id(), {bundle}), {code: 'ERR_ARGUMENT', message: /bundle must be an absolute path/});
	}

	for (const bundle of ['/no/such/bundle', tempDir(world)]) {
		await t.throwsAsync(world.runtime.create(world.id(), {bundle, stdio: 'pipe'}), {code: 'ERR_CONFIG_NOT_FOUND', message: new RegExp(`^${bundle}/config\\.json does not exist`)});
	}
});

test('config.json that is malformed, or of the wrong shape, is refused with its place', async t => {
	const world = new World(t);
	const invalid = async (edit: (config: Spec) => unknown, message: RegExp, subject?: string) =>
		refuses(t, world, edited(edit), {code: 'ERR_CONFIG_INVALID', message, ...subject === undefined ? {} : {subject}});
	await invalid(() => '{"ociVersion": ', /config\.json/);
	await invalid(() => '', /config\.json/);
	await invalid(() => '[]', /config\.json/);
	await invalid(config => ({...config, process: {...config.process, args: 'sh'}}), /process\.args must be/, 'process.args');
	await invalid(config => ({...config, process: {...config.process, args: []}}), /process\.args/, 'process.args');
	await invalid(config => ({...config, process: undefined}), /process/, 'process');
	await invalid(config => ({...config, process: {...config.process, cwd: 'here'}}), /process\.cwd/, 'process.cwd');
	await invalid(config => ({...config, process: {...config.process, env: ['NO_VALUE']}}), /process\.env\[0\]/, 'process.env[0]');
	await invalid(config => ({...config, root: {}}), /root\.path/, 'root.path');
	await invalid(config => ({...config, linux: {...config.linux, namespaces: [{type: 'nonsense'}]}}), /linux\.namespaces\[0\]\.type/, 'linux.namespaces[0].type');
	await invalid(config => ({...config, process: {...config.process, args: ['a\0b']}}), /process\.args\[0\]/, 'process.args[0]');
});

test('config.json that cannot be read as a file is an error', async t => {
	const world = new World(t);
	const bundle = world.bundle();
	rmSync(join(bundle, 'config.json'));
	symlinkSync('config.json', join(bundle, 'config.json'));
	await t.throwsAsync(world.runtime.create(world.id(), {bundle}), {instanceOf: CtnError, message: /ELOOP/});
});

test('a root filesystem that is not there is refused', async t => {
	const world = new World(t);
	await refuses(t, world, edited(config => {
		config.root.path = '/no/such/rootfs';
	}), {code: 'ERR_ROOTFS_NOT_FOUND', message: /the root filesystem \/no\/such\/rootfs does not exist/, subject: '/no/such/rootfs'});
	await refuses(t, world, edited(config => {
		config.root.path = 'nowhere';
	}), {code: 'ERR_ROOTFS_NOT_FOUND', message: /\/nowhere does not exist/});
	await refuses(t, world, edited(config => {
		config.root.path = '/etc/passwd';
	}), {code: 'ERR_ROOTFS_NOT_FOUND', message: /\/etc\/passwd (does not exist|is not a directory)/});
});

test('a program that is not there, or cannot be executed, is known when the container is created', async t => {
	const world = new World(t);
	await refuses(t, world, {args: ['nonesuch']}, {code: 'ERR_COMMAND_NOT_FOUND', message: 'nonesuch: there is no such program in the container', subject: 'nonesuch'});
	await refuses(t, world, {args: ['/bin/nonesuch']}, {code: 'ERR_COMMAND_NOT_FOUND', message: /nonesuch/});
	await refuses(t, world, {args: ['/etc/passwd']}, {code: 'ERR_COMMAND_NOT_EXECUTABLE', message: /EACCES/});
	await refuses(t, world, {args: ['/etc']}, {code: 'ERR_COMMAND_NOT_EXECUTABLE', message: /EACCES/});
	await refuses(t, world, {args: ['/etc/passwd/sh']}, {code: 'ERR_COMMAND_NOT_FOUND', message: /sh/});
});

test('a limit that the kernel refuses is an error with the file', async t => {
	const world = new World(t);
	await refuses(t, world, edited(config => {
		config.linux.resources = {cpu: {cpus: '4711'}};
	}), {code: 'ERR_CGROUP_LIMIT', message: /the kernel refused the cgroup limit cpuset\.cpus .*(EINVAL|ERANGE)/});
	await refuses(t, world, edited(config => {
		config.linux.resources = {cpu: {quota: 10, period: 100_000}};
	}), {code: 'ERR_CGROUP_LIMIT', message: /cpu\.cfs_quota_us|cpu\.max/});
});

test('a memory limit too small for any program is an error, or ends the program', async t => {
	const world = new World(t);
	const options = edited(config => {
		config.process.args = ['sleep', '0'];
		config.linux.resources = {memory: {limit: 4096}};
	});
	try {
		const {signal} = await world.run(options);
		t.is(signal, 'SIGKILL');
	} catch (error) {
		t.true(error instanceof CtnError && ['ERR_INIT_DIED', 'ERR_CGROUP_LIMIT', 'ERR_INIT_STEP', 'ERR_NATIVE'].includes(error.code), String(error));
	}
});

test('an oomScoreAdj that this process may not give is an error, any other is given', async t => {
	const world = new World(t);
	const mayLower = parseProcessStatus(readFileSync('/proc/self/status', 'utf8')).capabilities.effective & capabilitySet(['CAP_SYS_RESOURCE']).mask;
	const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
	const adjusted = (value: number) => edited(config => {
		config.process.oomScoreAdj = value;
	});
	t.is((await world.run({args: ['cat', '/proc/self/oom_score_adj'], ...adjusted(own + 123)})).stdout, `${own + 123}\n`);
	if (mayLower) {
		t.is((await world.run({args: ['cat', '/proc/self/oom_score_adj'], ...adjusted(-10)})).stdout, '-10\n');
	} else {
		await refuses(t, world, adjusted(-1000), {code: 'ERR_CONFIG_INVALID', message: /process\.oomScoreAdj -1000 was refused: EACCES \(lowering it needs CAP_SYS_RESOURCE\)/, subject: 'process.oomScoreAdj'});
	}
});

test('what is not done yet is refused by its place, not ignored', async t => {
	const world = new World(t);
	await refuses(t, world, edited(config => {
		config.linux.intelRdt = {closID: 'guaranteed'};
	}), {code: 'ERR_CONFIG_UNSUPPORTED', message: /linux\.intelRdt/, subject: 'linux.intelRdt'});
});

test('a state directory that cannot be made is an error', async t => {
	const world = new World(t);
	t.throws(() => new Runtime({root: 'relative'}), {code: 'ERR_ARGUMENT'});
	t.throws(() => new Runtime({root: '/'}), {code: 'ERR_ARGUMENT'});
	await t.throwsAsync(new Runtime({root: '/proc/nope'}).create(world.id(), {bundle: world.bundle(), stdio: 'pipe'}), {code: 'ERR_NATIVE', message: /mkdir \/proc\/nope/});
	t.deepEqual(await new Runtime({root: '/no/such/root'}).list(), []);
});

test('a script whose interpreter is not there says so when it is started', async t => {
	const world = new World(t);
	await t.throwsAsync(world.run({writable: true, args: ['/script'], prepare(rootfs) {
		writeFileSync(join(rootfs, 'script'), '#!/no/such/interpreter\n', {mode: 0o755});
	}}), {code: 'ERR_COMMAND_NOT_FOUND', message: /^\/script: the interpreter that it needs is not in the container/});
});
