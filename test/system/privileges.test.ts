import {chmodSync, copyFileSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Spec} from '../support/bundle.js';
import {buildWorkload} from '../support/workload.js';
import {capabilitySet} from '../../ts/linux/capabilities.js';
import {parseProcessStatus} from '../../ts/linux/proc.js';
import {systemTest as test, World} from './world.js';

type Capabilities = NonNullable<Spec['process']['capabilities']>;

const mask = (...names: string[]): bigint => capabilitySet(names.map(name => `CAP_${name}`)).mask;

const statusOf = async (world: World, edit: (config: Spec) => void) =>
	parseProcessStatus((await world.run({args: ['cat', '/proc/self/status'], edit})).stdout);

const withSets = (capabilities: Capabilities, uid = 0) => (config: Spec): void => {
	config.process.user = {uid, gid: uid};
	config.process.capabilities = capabilities;
	config.process.noNewPrivileges = false;
};

test('each of the five capability sets is what config.json says', async t => {
	const world = new World(t);
	const {capabilities} = await statusOf(world, withSets({
		bounding: ['CAP_KILL', 'CAP_CHOWN', 'CAP_SYS_CHROOT', 'CAP_NET_RAW', 'CAP_SETUID'],
		permitted: ['CAP_KILL', 'CAP_CHOWN', 'CAP_NET_RAW'],
		effective: ['CAP_KILL'],
		inheritable: ['CAP_KILL', 'CAP_CHOWN'],
		ambient: ['CAP_CHOWN'],
	}, 1000));
	// execve as a plain user: permitted and effective are what is ambient
	t.deepEqual(capabilities, {
		bounding: mask('KILL', 'CHOWN', 'SYS_CHROOT', 'NET_RAW', 'SETUID'),
		inheritable: mask('KILL', 'CHOWN'),
		ambient: mask('CHOWN'),
		permitted: mask('CHOWN'),
		effective: mask('CHOWN'),
	});
});

test('ambient capabilities need the other sets, and are never inherited by themselves', async t => {
	const world = new World(t);
	const sets = {bounding: ['CAP_KILL', 'CAP_CHOWN'], permitted: ['CAP_KILL'], effective: ['CAP_KILL'], ambient: ['CAP_KILL']};
	const {capabilities} = await statusOf(world, withSets(sets, 1000));
	t.deepEqual([capabilities.inheritable, capabilities.ambient, capabilities.permitted], [0n, 0n, 0n]);
});

test('root in the container has what the bounding set leaves', async t => {
	const world = new World(t);
	const {capabilities} = await statusOf(world, withSets({bounding: ['CAP_KILL', 'CAP_CHOWN'], permitted: ['CAP_KILL'], effective: ['CAP_KILL']}));
	t.is(capabilities.permitted, mask('KILL', 'CHOWN'));
	t.is(capabilities.bounding, mask('KILL', 'CHOWN'));
	t.is(capabilities.inheritable, 0n);
});

test('empty capabilities leave none, absent ones leave those of the host', async t => {
	const world = new World(t);
	const none = await statusOf(world, withSets({}));
	t.deepEqual(none.capabilities, {bounding: 0n, effective: 0n, permitted: 0n, inheritable: 0n, ambient: 0n});

	const host = parseProcessStatus(readFileSync('/proc/self/status', 'utf8'));
	const absent = await statusOf(world, config => {
		delete config.process.capabilities;
	});
	t.deepEqual(absent.capabilities, host.capabilities);
});

test('capabilities that the host does not have itself are left out, as under runc', async t => {
	const world = new World(t);
	const edit = withSets({bounding: ['CAP_KILL', 'CAP_SYS_RESOURCE'], permitted: ['CAP_KILL', 'CAP_SYS_RESOURCE'], effective: ['CAP_KILL']});
	const {capabilities} = await statusOf(world, edit);
	const host = parseProcessStatus(readFileSync('/proc/self/status', 'utf8')).capabilities.bounding;
	t.is(capabilities.bounding, mask('KILL', 'SYS_RESOURCE') & host);
});

test('noNewPrivileges makes set-user-id programs harmless', async t => {
	const world = new World(t);
	const ids = async (noNewPrivileges: boolean) => (await world.run({
		writable: true,
		args: ['/bin/probe', 'ids'],
		prepare(rootfs) {
			copyFileSync(buildWorkload('probe'), join(rootfs, 'bin/probe'));
			chmodSync(join(rootfs, 'bin/probe'), 0o4755);
		},
		edit(config) {
			config.process.user = {uid: 1000, gid: 1000};
			config.process.noNewPrivileges = noNewPrivileges;
		},
	})).stdout;
	t.is(await ids(true), '1000 1000 1000\n');
	t.is(await ids(false), '1000 0 0\n');
});

test('rlimits are set, with "no limit" as the largest number', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('cat /proc/self/limits', {edit: config => {
		config.process.rlimits = [
			{type: 'RLIMIT_NOFILE', soft: 64, hard: 128},
			{type: 'RLIMIT_CORE', soft: 0, hard: 0},
			{type: 'RLIMIT_STACK', soft: 1_048_576, hard: 18_446_744_073_709_551_615n as unknown as number},
			{type: 'RLIMIT_CPU', soft: 100, hard: 200},
		];
		return JSON.stringify(config, (_, value: unknown) => typeof value === 'bigint' ? 'BIG' : value).replaceAll('"BIG"', '18446744073709551615');
	}});
	t.regex(stdout, /^Max open files +64 +128 /m);
	t.regex(stdout, /^Max core file size +0 +0 /m);
	t.regex(stdout, /^Max stack size +1048576 +unlimited /m);
	t.regex(stdout, /^Max cpu time +100 +200 /m);
});

test('a limit above what the host has is refused where the host lacks CAP_SYS_RESOURCE', async t => {
	const world = new World(t);
	const may = parseProcessStatus(readFileSync('/proc/self/status', 'utf8')).capabilities.effective & mask('SYS_RESOURCE');
	const run = world.shell('ulimit -Hn', {edit: config => {
		config.process.rlimits = [{type: 'RLIMIT_NOFILE', soft: 1024, hard: 1_048_575}, {type: 'RLIMIT_MEMLOCK', soft: 1024, hard: 2 ** 40}];
	}});
	if (may) {
		t.is((await run).code, 0);
	} else {
		await t.throwsAsync(run, {code: 'ERR_INIT_STEP', message: /rlimit: EPERM \(raising a hard limit needs CAP_SYS_RESOURCE/});
	}
});
